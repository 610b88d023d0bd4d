"""The process that serves: the one module that acts when it is imported."""

from __future__ import annotations

import atexit
import sys

from inference_api.allocator import keep_memory_small
from inference_api.app import create_app
from inference_api.running import build
from tyreloop.logs import configure_logs
from tyreloop.settings import settings

# A thread that comes back from the model waits this long for Python at most; 5 ms is a fifth of an answer.
sys.setswitchinterval(0.0005)
keep_memory_small()
configure_logs(settings(), service="api")
_services, _background = build(settings())
_background.start()
atexit.register(_background.stop)

app = create_app(_services)
