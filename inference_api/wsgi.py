"""The process that serves: the one module that acts when it is imported."""

from __future__ import annotations

import atexit

from inference_api.app import create_app
from inference_api.process import tune_process
from inference_api.running import build
from tyreloop.logs import configure_logs
from tyreloop.settings import settings

tune_process()
configure_logs(settings(), service="api")
_services, _background = build(settings())
_background.start()
atexit.register(_background.stop)

app = create_app(_services)
