"""Datasets and the photos in them: for the staff, and for programs with the right key."""

from __future__ import annotations

from shutil import copyfileobj
from tempfile import SpooledTemporaryFile

from flask import Blueprint, Response, request, send_file
from flask.typing import ResponseReturnValue

from inference_api.context import answer, read_body, services
from inference_api.doorkeeper import actor
from inference_api.loop_bodies import (
    DatasetBody,
    DatasetsBody,
    DifferenceBody,
    ImageBody,
    ImagesBody,
    NewDatasetBody,
)
from inference_api.uploads import ZIP_KINDS
from tyreloop.access.tokens import Purpose
from tyreloop.domain.datasets import Item, Snapshot, SnapshotSummary, count
from tyreloop.domain.errors import InvalidRequest
from tyreloop.domain.photos import PhotoId
from tyreloop.files.dataset_files import as_csv, as_json_lines, read_zip, write_zip
from tyreloop.loop_ports import Curating
from tyreloop.use_cases.datasets import (
    compare_datasets,
    freeze_dataset,
    list_datasets,
    list_images,
    pack_dataset,
    remove_image,
    restore_image,
    unpack_dataset,
)
from tyreloop.vision.clean import without_metadata

routes = Blueprint("datasets", __name__)
IMAGES_A_PAGE, KEPT_IN_MEMORY, MAX_IMPORT_BYTES = 200, 16_000_000, 2_000_000_000


@routes.get("/v1/datasets")
def show_datasets() -> ResponseReturnValue:
    """Every snapshot, and how much waits in the inbox."""
    found = list_datasets(by=actor(), using=_curating())
    waiting = len(_curating().datasets.inbox())
    return answer(DatasetsBody(datasets=[DatasetBody.of(one) for one in found], untrained=waiting))


@routes.post("/v1/datasets")
def create_dataset() -> ResponseReturnValue:
    """Freeze the inbox into a snapshot."""
    body = read_body(NewDatasetBody)
    made = freeze_dataset(body.name, parent=body.parent, by=actor(), using=_curating())
    return answer(DatasetBody.of(_summary(made)), 201)


@routes.post("/v1/datasets/<name>/import")
def import_dataset(name: str) -> ResponseReturnValue:
    """A snapshot of what an export's zip says, or of a zip with a folder for each label."""
    request.max_content_length = MAX_IMPORT_BYTES
    if request.mimetype not in ZIP_KINDS:
        raise InvalidRequest("Send the zip file as the body, with the type application/zip.")
    with SpooledTemporaryFile(max_size=KEPT_IN_MEMORY) as file:
        copyfileobj(request.stream, file)
        photos = read_zip(file, clean=without_metadata)
        made = unpack_dataset(name, photos, by=actor(), using=_curating())
    return answer(DatasetBody.of(_summary(made)), 201)


@routes.get("/v1/datasets/<name>/images")
def show_images(name: str) -> ResponseReturnValue:
    """The photos of a snapshot, or of the inbox (`untrained`)."""
    items = list_images(name, by=actor(), using=_curating())
    page = items[_skipped() : _skipped() + IMAGES_A_PAGE]
    return answer(ImagesBody(images=[ImageBody.of(item, _link(item)) for item in page], total=len(items)))


@routes.get("/v1/datasets/<name>/export")
def export_dataset(name: str) -> ResponseReturnValue:
    """A zip of folders with a manifest, or with `?format=` a table or JSON lines."""
    said = request.args.get("format", "zip")
    if said not in ("zip", "csv", "jsonl"):
        raise InvalidRequest("format is zip, csv or jsonl.")
    if said == "zip":
        return _zip(name)
    items = list_images(name, by=actor(), using=_curating())
    text, kind = (as_csv(items), "text/csv") if said == "csv" else (as_json_lines(items), "application/jsonl")
    return Response(text, mimetype=kind)


@routes.get("/v1/datasets/<old>/difference/<new>")
def show_difference(old: str, new: str) -> ResponseReturnValue:
    """What came, what went, and what has another label now."""
    return answer(DifferenceBody.of(compare_datasets(old, new, by=actor(), using=_curating())))


@routes.delete("/v1/images/<photo_id>")
def delete_image(photo_id: str) -> ResponseReturnValue:
    """Take a photo out of the datasets to come."""
    remove_image(PhotoId(photo_id), by=actor(), using=_curating())
    return "", 204


@routes.put("/v1/images/<photo_id>")
def put_image(photo_id: str) -> ResponseReturnValue:
    """Let a removed photo in again, within thirty days."""
    restore_image(PhotoId(photo_id), by=actor(), using=_curating())
    return "", 204


@routes.get("/v1/photos/<link>")
def show_photo(link: str) -> ResponseReturnValue:
    """The photo that a link was made for; the link expires."""
    said = services().door.gate.signer.read(Purpose.PHOTO, link)
    photo = _curating().photos.get(PhotoId(said.subject))
    response = Response(photo, mimetype="image/jpeg")
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _curating() -> Curating:
    return services().loop.curating


def _summary(made: Snapshot) -> SnapshotSummary:
    counts = count(made.items)
    return SnapshotSummary(made.name, made.parent, made.content_hash, made.created_by, made.frozen_at, counts)


def _link(item: Item) -> str | None:
    if item.photo_id is None:
        return None
    return f"/v1/photos/{services().door.gate.signer.sign(Purpose.PHOTO, item.photo_id)}"


def _skipped() -> int:
    said = request.args.get("skip", "0")
    if not said.isdecimal():
        raise InvalidRequest("skip is a number.")
    return int(said)


def _zip(name: str) -> Response:
    photos = pack_dataset(name, by=actor(), using=_curating())
    file = SpooledTemporaryFile(max_size=KEPT_IN_MEMORY)  # noqa: SIM115 - the response closes it
    write_zip(file, photos)
    file.seek(0)
    return send_file(file, mimetype="application/zip", as_attachment=True, download_name=f"{name}.zip")
