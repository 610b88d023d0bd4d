"""The pages' server: Streamlit's own with the visitor's cookie in front; `streamlit run` finds `app`."""

from __future__ import annotations

import gc
from datetime import UTC, datetime

import streamlit as st
from starlette.middleware import Middleware

import streamlit_ui.frame  # noqa: F401 - all that a page needs, before the first visitor waits for it
from streamlit_ui import installable, oidc, reports
from streamlit_ui.error_page import tell_visitor
from streamlit_ui.guard import FILES, Guard
from streamlit_ui.staff_session import StaffSessions
from streamlit_ui.visitor_cookie import VisitorCookie, VisitorSigner
from tyreloop.access.networks import Proxies, networks_in
from tyreloop.access.open_files import allow_open_files
from tyreloop.access.tokens import TokenSigner
from tyreloop.logs import configure_logs
from tyreloop.settings import settings

configure_logs(settings(), service="ui")
allow_open_files(FILES)
# Streamlit collects garbage after each run of a page; what was loaded once need not be looked at each time.
gc.collect()
gc.freeze()

oidc.configure(settings())  # before the server is made, which signs cookies with its secret
_secret = settings().require_secret_key()
_visitors = VisitorSigner(_secret)
_staff = StaffSessions(TokenSigner(_secret, lambda: datetime.now(UTC)), _visitors)

app = st.App(
    "pages.py",
    routes=[*_staff.routes(), *reports.routes(), *installable.routes()],
    on_script_error=tell_visitor,
    middleware=[
        Middleware(
            Guard,
            pages=settings().pages,
            hosts=settings().allowed_hosts,
            proxies=Proxies(settings().proxy_trusted),
            metrics_from=networks_in(settings().metrics_from),
        ),
        Middleware(VisitorCookie, signer=_visitors),
    ],
)
