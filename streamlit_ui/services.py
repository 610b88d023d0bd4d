"""What the pages use: made once for the process, none of it waits for anything while it is made."""

from __future__ import annotations

import atexit
from dataclasses import dataclass

import streamlit as st

from streamlit_ui.api_client import ApiClient
from streamlit_ui.visitor_cookie import VisitorSigner
from tyreloop.adapters.feedback import open_feedback
from tyreloop.files.photos import build_photo_store
from tyreloop.ports import Erasing, Feedback, PhotoStore, Receipts
from tyreloop.settings import Settings, settings
from tyreloop.store.db import Database
from tyreloop.store.feedback import PostgresReceipts


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a screen may call."""

    api: ApiClient
    feedback: Feedback
    erasing: Erasing
    database: Database
    receipts: Receipts
    signer: VisitorSigner
    settings: Settings

    @property
    def photos(self) -> PhotoStore:
        return self.erasing.photos


@st.cache_resource(show_spinner=False)
def services() -> Services:
    """The services of this process."""
    given = settings()
    stores = open_feedback(given, process="ui")
    atexit.register(stores.close)
    return Services(
        api=ApiClient(given.api_url),
        feedback=stores.feedback,
        erasing=Erasing(stores.erasures, build_photo_store(given)),
        database=stores.database,
        receipts=PostgresReceipts(stores.database),
        signer=VisitorSigner(given.require_secret_key()),
        settings=given,
    )
