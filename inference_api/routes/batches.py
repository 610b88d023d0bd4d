"""Many photos in, one JSON line a photo out, as each is judged."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from shutil import copyfileobj
from tempfile import SpooledTemporaryFile
from time import monotonic
from typing import IO, cast

import structlog
from flask import Blueprint, Response, request, stream_with_context
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from inference_api.batches import MAX_PHOTOS, Item, items_of
from inference_api.bodies import BatchLine, ProblemBody
from inference_api.context import services
from inference_api.judging import Caller, caller, judge_photo
from inference_api.problems import document
from inference_api.services import Services
from inference_api.uploads import FIELD, ZIP_KINDS
from tyreloop.domain.errors import InvalidRequest, ServiceBusy, TyreloopError
from tyreloop.domain.photos import Source

routes = Blueprint("batches", __name__)
log = structlog.get_logger(__name__)

MAX_BATCH_BYTES = 200_000_000
IN_MEMORY_BYTES = 1_000_000
DEADLINE_SECONDS = 9.0


@routes.post("/v1/predictions:batch")
def create_predictions() -> ResponseReturnValue:
    """Judge many photos; a photo that fails is named in its line and stops nobody else."""
    services().admission.require_room()
    request.max_content_length = MAX_BATCH_BYTES
    with services().slow_bodies.watched(request.environ):
        files = _files()
    lines = _lines(files, caller(Source.BATCH), services())
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
        judged = judge_photo(item.photo, by=by, explained=False, using=using)
        return BatchLine(name=item.name, prediction=judged.body)
    except TyreloopError as error:
        return BatchLine(name=item.name, problem=ProblemBody(**document(error, by.request_id)))
    except Exception:
        log.exception("batch_item_failed")
        return BatchLine(name=item.name, problem=ProblemBody(**document(TyreloopError(), by.request_id)))
