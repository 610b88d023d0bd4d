"""Datasets and the photos in them: for the staff, and for programs with the right key."""

from __future__ import annotations

from shutil import copyfileobj
from tempfile import SpooledTemporaryFile

from flask import Response, request, send_file
from pydantic import Field

from inference_api.authorization import actor
from inference_api.parameters import choice, number
from inference_api.routing import Body, Moment, Routes, like
from inference_api.services import services
from inference_api.uploads import BYTES, ZIP_KINDS
from tyreloop.access.tokens import Purpose
from tyreloop.domain.damage import DamageKind
from tyreloop.domain.datasets import NAME, Difference, Item, Part, Snapshot, SnapshotSummary, count
from tyreloop.domain.errors import InvalidRequest
from tyreloop.domain.feedback import Label
from tyreloop.domain.photos import PhotoId
from tyreloop.domain.staff import Right
from tyreloop.files.dataset_files import as_csv, as_json_lines, read_zip, write_zip
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
from tyreloop.use_cases.stores import Stores
from tyreloop.vision.clean import without_metadata

routes = Routes(Right.CURATE)
IMAGES_A_PAGE, KEPT_IN_MEMORY, MAX_IMPORT_BYTES = 200, 16_000_000, 2_000_000_000
MAX_NAME_CHARACTERS = 200
SKIP = number("skip", "How many photos to leave out from the start.")
FORMAT = choice(
    "format", "A zip of folders with a manifest, a table, or JSON lines.", ("zip", "csv", "jsonl")
)

TEXT = {"type": "string"}
EXPORTS = {"application/zip": BYTES, "text/csv": TEXT, "application/jsonl": TEXT}


class DatasetBody(Body):
    """A snapshot in a list."""

    name: str
    parent: str | None
    content_hash: str
    created_by: str
    frozen_at: Moment
    counts: dict[str, int]


class DatasetsBody(Body):
    """Every snapshot, the newest first, and how many photos wait in the inbox."""

    datasets: list[DatasetBody]
    untrained: int


class NewDatasetBody(Body):
    """What is to be frozen."""

    name: str = Field(max_length=MAX_NAME_CHARACTERS, json_schema_extra=like(NAME.pattern))
    parent: str | None = Field(None, max_length=MAX_NAME_CHARACTERS)


class ImageBody(Body):
    """A photo of a dataset; the link opens it for five minutes."""

    photo_id: str | None
    label: Label
    kinds: list[DamageKind]
    part: Part
    link: str | None

    @staticmethod
    def of(item: Item, link: str | None) -> ImageBody:
        return ImageBody(
            photo_id=item.photo_id, label=item.label, kinds=list(item.kinds), part=item.part, link=link
        )


class ImagesBody(Body):
    """Photos of a dataset, a page at a time."""

    images: list[ImageBody]
    total: int


class DifferenceBody(Body):
    """From one snapshot to another, by the places of the photos."""

    added: list[str]
    gone: list[str]
    relabelled: list[str]

    @staticmethod
    def of(difference: Difference) -> DifferenceBody:
        return DifferenceBody(
            added=[item.item_hash for item in difference.added],
            gone=[item.item_hash for item in difference.gone],
            relabelled=[after.item_hash for _, after in difference.relabelled],
        )


@routes.route("GET", "/v1/datasets", DatasetsBody, name="list_datasets")
def show_datasets() -> DatasetsBody:
    """Every snapshot, the newest first, and how much waits in the inbox."""
    found = list_datasets(by=actor(), using=_curating())
    waiting = len(_curating().datasets.inbox())
    return DatasetsBody(datasets=[DatasetBody.showing(one) for one in found], untrained=waiting)


@routes.route("POST", "/v1/datasets", DatasetBody, status=201, takes=NewDatasetBody)
def create_dataset(body: NewDatasetBody) -> DatasetBody:
    """Freeze the inbox into a snapshot."""
    made = freeze_dataset(body.name, parent=body.parent, by=actor(), using=_curating())
    return DatasetBody.showing(_summary(made))


@routes.route(
    "POST",
    "/v1/datasets/<name>/import",
    DatasetBody,
    status=201,
    takes={"application/zip": BYTES},
    max_bytes=MAX_IMPORT_BYTES,
)
def import_dataset(name: str) -> DatasetBody:
    """A snapshot of what an export's zip says, or of a zip with a folder for each label."""
    if request.mimetype not in ZIP_KINDS:
        raise InvalidRequest("Send the zip file as the body, with the type application/zip.")
    with SpooledTemporaryFile(max_size=KEPT_IN_MEMORY) as file:
        copyfileobj(request.stream, file)
        photos = read_zip(file, clean=without_metadata)
        made = unpack_dataset(name, photos, by=actor(), using=_curating())
    return DatasetBody.showing(_summary(made))


@routes.route("GET", "/v1/datasets/<name>/images", ImagesBody, parameters=(SKIP,), name="list_images")
def show_images(name: str) -> ImagesBody:
    """The photos of a snapshot, or of the inbox (`untrained`), a page at a time."""
    items = list_images(name, by=actor(), using=_curating())
    page = items[SKIP() : SKIP() + IMAGES_A_PAGE]
    return ImagesBody(images=[ImageBody.of(item, _link(item)) for item in page], total=len(items))


@routes.route("GET", "/v1/datasets/<name>/export", EXPORTS, parameters=(FORMAT,))
def export_dataset(name: str) -> Response:
    """A zip of folders with a manifest; `?format=` a table or JSON lines."""
    kind = FORMAT()
    if kind == "zip":
        return _zip(name)
    items = list_images(name, by=actor(), using=_curating())
    if kind == "csv":
        return Response(as_csv(items), mimetype="text/csv")
    return Response(as_json_lines(items), mimetype="application/jsonl")


@routes.route("GET", "/v1/datasets/<old>/difference/<new>", DifferenceBody, name="compare_datasets")
def show_difference(old: str, new: str) -> DifferenceBody:
    """What came, what went, and what has another label now."""
    return DifferenceBody.of(compare_datasets(old, new, by=actor(), using=_curating()))


@routes.route("DELETE", "/v1/images/<photo_id>", None, status=204, name="remove_image")
def delete_image(photo_id: str) -> None:
    """Take a photo out of the datasets to come."""
    remove_image(PhotoId(photo_id), by=actor(), using=_curating())


@routes.route("PUT", "/v1/images/<photo_id>", None, status=204, name="restore_image")
def put_image(photo_id: str) -> None:
    """Let a removed photo in again, within thirty days."""
    restore_image(PhotoId(photo_id), by=actor(), using=_curating())


@routes.route("GET", "/v1/photos/<link>", ("image/jpeg", BYTES), right=Right.OPEN, name="get_photo")
def show_photo(link: str) -> Response:
    """The photo that a link was made for: the link is the proof, and expires."""
    said = services().door.gate.signer.read(Purpose.PHOTO, link)
    photo = _curating().photos.get(PhotoId(said.subject))
    response = Response(photo, mimetype="image/jpeg")
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _curating() -> Stores:
    return services().stores


def _summary(made: Snapshot) -> SnapshotSummary:
    counts = count(made.items)
    return SnapshotSummary(made.name, made.parent, made.content_hash, made.created_by, made.frozen_at, counts)


def _link(item: Item) -> str | None:
    if item.photo_id is None:
        return None
    return f"/v1/photos/{services().door.gate.signer.sign(Purpose.PHOTO, item.photo_id)}"


def _zip(name: str) -> Response:
    photos = pack_dataset(name, by=actor(), using=_curating())
    file = SpooledTemporaryFile(max_size=KEPT_IN_MEMORY)  # noqa: SIM115 - the response closes it
    write_zip(file, photos)
    file.seek(0)
    return send_file(file, mimetype="application/zip", as_attachment=True, download_name=f"{name}.zip")
