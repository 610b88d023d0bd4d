"""What the pages use: made once for the process, none of it waits for anything while it is made."""

from __future__ import annotations

import atexit
from dataclasses import dataclass

import streamlit as st

from streamlit_ui.api_client import ApiClient
from streamlit_ui.visitor_cookie import VisitorSigner
from tyreloop.access.visitors import VisitorProofs
from tyreloop.bootstrap import Role, serve_stores
from tyreloop.settings import Settings, settings
from tyreloop.use_cases.stores import Stores


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a screen may call."""

    api: ApiClient
    stores: Stores
    signer: VisitorSigner
    settings: Settings


@st.cache_resource(show_spinner=False)
def services() -> Services:
    """The services of this process."""
    given = settings()
    serving = serve_stores(given, role=Role.PAGES)
    atexit.register(serving.close)
    return Services(
        api=ApiClient(given.api_url, VisitorProofs(given.require_secret_key()).prove),
        stores=serving.stores,
        signer=VisitorSigner(given.require_secret_key()),
        settings=given,
    )
