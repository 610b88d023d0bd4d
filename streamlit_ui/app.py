"""The pages' server: Streamlit's own with the visitor's cookie in front; `streamlit run` finds `app`."""

from __future__ import annotations

import streamlit as st
from starlette.middleware import Middleware

from streamlit_ui.visitor_cookie import VisitorCookie, VisitorSigner
from tyreloop.logs import configure_logs
from tyreloop.settings import settings

configure_logs(settings(), service="ui")

app = st.App(
    "pages.py",
    middleware=[Middleware(VisitorCookie, signer=VisitorSigner(settings().require_secret_key()))],
)
