# ruff: noqa: N999 - the name that gunicorn looks for
"""gunicorn: one process with threads, so that one copy of the model serves all cores."""

from tyreloop.settings import settings

bind = f"{settings().flask_host}:{settings().flask_port}"
worker_class = "gthread"
workers = 1
threads = 96  # waiting photos each hold one; admission bounds how many wait
preload_app = False  # onnxruntime's sessions do not survive a fork
graceful_timeout = 15
keepalive = 15
backlog = 512
limit_request_line = 4094
accesslog = None  # the application writes one line for each request
errorlog = "-"
control_socket_disable = True
