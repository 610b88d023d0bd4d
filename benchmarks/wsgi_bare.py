"""The floor: a bare WSGI function around the service's own pipeline, under the service's own server.

It finds the photo in the form and judges it. No route, no check, no queue, nothing kept: what stands between
this and the limit is HTTP's and Python's part, whatever the application does.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from threading import BoundedSemaphore
from typing import TYPE_CHECKING

from werkzeug.http import parse_options_header

from inference_api.process import tune_process
from inference_api.uploads import FIELD, part_named
from tyreloop.vision.bundle import open_verified
from tyreloop.vision.pipeline import judge

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

tune_process()
model = open_verified(Path(os.environ["WEIGHTS"]), 1)
slots = BoundedSemaphore((os.cpu_count() or 1) + 1)


def app(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    """One photo, one answer."""
    body = environ["wsgi.input"].read()
    boundary = parse_options_header(environ["CONTENT_TYPE"])[1]["boundary"]
    photo = part_named(FIELD, body, boundary)
    with slots:
        verdict = judge(photo, model)
    answer = json.dumps({"answer": verdict.answer}).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(answer)))])
    return [answer]
