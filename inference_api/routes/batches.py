"""Many photos in, one JSON line a photo out, as each is judged."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from shutil import copyfileobj
from tempfile import SpooledTemporaryFile
from time import monotonic
from typing import IO, cast

import structlog
from flask import Response, request, stream_with_context
from werkzeug.datastructures import FileStorage

from inference_api.batches import MAX_PHOTOS, Item, items_of
from inference_api.judging import KEEP_PHOTO, Caller, caller, judge_photo
from inference_api.openapi import ProblemBody
from inference_api.problems import problem_of
from inference_api.routes.photos import PredictionBody, body_of
from inference_api.routing import Body, Routes
from inference_api.services import Services, services
from inference_api.uploads import BYTES, FIELD, ZIP_KINDS
from tyreloop.domain.errors import InvalidRequest, ServiceBusy, TyreloopError
from tyreloop.domain.photos import Source
from tyreloop.domain.staff import Right

routes = Routes(Right.INSPECT)
log = structlog.get_logger(__name__)

MAX_BATCH_BYTES = 200_000_000
IN_MEMORY_BYTES = 1_000_000
DEADLINE_SECONDS = 9.0


FORM = {
    "type": "object",
    "required": ["file"],
    "properties": {"file": {"type": "array", "items": BYTES, "minItems": 1, "maxItems": MAX_PHOTOS}},
}


class BatchLine(Body):
    """One photo of a batch: its prediction, or what went wrong with it."""

    name: str
    prediction: PredictionBody | None = None
    problem: ProblemBody | None = None


@routes.route(
    "POST",
    "/v1/predictions:batch",
    ("application/x-ndjson", BatchLine),
    takes={"multipart/form-data": FORM, "application/zip": BYTES},
    parameters=(KEEP_PHOTO,),
    max_bytes=MAX_BATCH_BYTES,
)
def create_predictions() -> Response:
    """Judge many photos, or a zip of them; one JSON line for each as it is done.

    A photo that fails is named in its line and stops nobody else; `?keep_photo=false` here too.
    """
    services().admission.require_room()
    lines = _lines(_files(), caller(Source.BATCH), services())
    return Response(stream_with_context(lines), mimetype="application/x-ndjson")


def _files() -> list[FileStorage]:
    if request.mimetype in ZIP_KINDS:
        return [FileStorage(_spooled(request.stream), filename="batch.zip")]
    files = request.files.getlist(FIELD)
    if not files:
        raise InvalidRequest("Send photos as form fields named `file`, or one zip file as the body.")
    if len(files) > MAX_PHOTOS:
        raise InvalidRequest(f"A batch has at most {MAX_PHOTOS} photos.")
    return [FileStorage(_spooled(file.stream), filename=file.filename) for file in files]


def _spooled(stream: IO[bytes]) -> IO[bytes]:
    """A copy of our own, on disk when it is large: a request's files are gone when its answer streams."""
    kept = cast(IO[bytes], SpooledTemporaryFile(IN_MEMORY_BYTES))  # noqa: SIM115 - closed after the last line
    copyfileobj(stream, kept)
    kept.seek(0)
    return kept


def _lines(files: list[FileStorage], by: Caller, using: Services) -> Iterator[str]:
    until = monotonic() + DEADLINE_SECONDS
    with ExitStack() as opened:
        for file in files:
            opened.callback(file.close)
        for item in items_of(files, max_photo_bytes=using.max_photo_bytes):
            yield _line(item, by, using, late=monotonic() > until).model_dump_json() + "\n"


def _line(item: Item, by: Caller, using: Services, *, late: bool) -> BatchLine:
    try:
        if isinstance(item.photo, TyreloopError):
            raise item.photo
        if late:
            raise ServiceBusy("The batch took too long; send the rest again.")
        judged = judge_photo(item.photo, by=by, wants_heatmap=False, using=using)
        return BatchLine(name=item.name, prediction=body_of(judged))
    except Exception as error:
        if not isinstance(error, TyreloopError):
            log.exception("batch_item_failed")
        return BatchLine(name=item.name, problem=ProblemBody(**problem_of(error, by.request_id)))
