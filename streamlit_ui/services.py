"""What the pages use: made once for the process, none of it waits for anything while it is made."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from streamlit_ui.api_client import ApiClient
from streamlit_ui.visitor_cookie import VisitorSigner
from tyreloop.adapters.feedback import build_feedback
from tyreloop.adapters.photo_store import build_photo_store
from tyreloop.ports import Feedback, PhotoStore
from tyreloop.settings import Settings, settings


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a screen may call."""

    api: ApiClient
    feedback: Feedback
    photos: PhotoStore
    signer: VisitorSigner
    settings: Settings


@st.cache_resource(show_spinner=False)
def services() -> Services:
    """The services of this process."""
    given = settings()
    return Services(
        api=ApiClient(given.api_url),
        feedback=build_feedback(given, process="ui"),
        photos=build_photo_store(given),
        signer=VisitorSigner(given.require_secret_key()),
        settings=given,
    )
