"""Serves: python -m inference_api [MODULE:APPLICATION], another application for measuring."""

from __future__ import annotations

import sys

from werkzeug.utils import import_string

from inference_api.routing import body_limit_of
from inference_api.server import serve
from tyreloop.settings import settings

application = import_string(sys.argv[1] if len(sys.argv) > 1 else "inference_api.wsgi:app")
serve(application, settings(), body_limit_of(application))
