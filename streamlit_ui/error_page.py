"""An error nobody foresaw: logged whole, told in one sentence with a number, in the visitor's language."""

from __future__ import annotations

from uuid import uuid4

import structlog

from streamlit_ui.screens.messages import draw_problem
from tyreloop.client import ApiProblem

log = structlog.get_logger(__name__)
CODE = "internal_error"


def tell_visitor(error: Exception) -> bool:
    """True: Streamlit need not draw its own box."""
    request_id = uuid4().hex
    log.error("page_failed", exc_info=error, request_id=request_id)
    draw_problem(ApiProblem(CODE, request_id))
    return True
