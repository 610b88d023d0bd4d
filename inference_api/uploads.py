"""The photo inside a request: a form's field `file`, or the body itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.http import parse_options_header

from tyreloop.domain.errors import InvalidRequest
from tyreloop.domain.photos import UploadedPhoto

FIELD = "file"
BYTES: Mapping[str, Any] = {"type": "string", "format": "binary"}
PHOTO: Mapping[str, Any] = {**BYTES, "minLength": 1}
PHOTO_KINDS = ("image/jpeg", "image/png", "image/webp", "image/heic", "image/avif")
PHOTO_FORM: Mapping[str, Any] = {"type": "object", "required": [FIELD], "properties": {FIELD: PHOTO}}
PHOTO_CONTENT = {"multipart/form-data": PHOTO_FORM, **dict.fromkeys(PHOTO_KINDS, PHOTO)}
ZIP_KINDS = {"application/zip", "application/x-zip-compressed"}
MAX_PARTS = 16
MAX_PART_HEADERS = 8_192
NO_PHOTO = "Send the photo as the form field `file`, or as the body with an image's content type."


def read_photo() -> UploadedPhoto:
    """The photo of this request; the body is read once, in one piece and bounded."""
    kind, options = parse_options_header(request.headers.get("Content-Type"))
    body = _whole_body()
    if kind == "multipart/form-data":
        data = part_named(FIELD, body, options.get("boundary", ""))
    elif kind.startswith("image/") or kind == "application/octet-stream":
        data = body
    else:
        raise InvalidRequest(NO_PHOTO)
    if not data:
        raise InvalidRequest(NO_PHOTO)
    return UploadedPhoto(data)


def _whole_body() -> bytes:
    """It lies in memory or in a file of the server's: taken in one piece, past the readers that count."""
    length = request.content_length
    if length is None:
        return request.get_data(cache=False)
    if length > (request.max_content_length or 0):
        raise RequestEntityTooLarge
    body: bytes = request.environ["wsgi.input"].read(length)
    if len(body) < length:
        raise InvalidRequest("The photo did not arrive whole.")
    return body


def part_named(name: str, body: bytes, boundary: str) -> bytes:
    """One field of a form that lies in memory: two searches, one copy."""
    if not boundary:
        raise InvalidRequest("The form has no boundary.")
    line = b"--" + boundary.encode("latin-1", "replace")
    position = body.find(line)
    for _ in range(MAX_PARTS):
        headers_begin = position + len(line) + 2
        headers_end = body.find(b"\r\n\r\n", headers_begin, headers_begin + MAX_PART_HEADERS)
        if position < 0 or headers_end < 0:
            break
        position = body.find(b"\r\n" + line, headers_end + 2)
        if _field_name(body[headers_begin:headers_end]) == name and position >= 0:
            return bytes(memoryview(body)[headers_end + 4 : position])
        position += 2
    raise InvalidRequest(NO_PHOTO)


def _field_name(headers: bytes) -> str | None:
    for line in headers.decode("utf-8", "replace").split("\r\n"):
        title, _, value = line.partition(":")
        if title.strip().lower() == "content-disposition":
            return parse_options_header(value.strip())[1].get("name")
    return None
