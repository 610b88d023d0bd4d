"""What the pages use: made once for the process, none of it waits for anything while it is made."""

from __future__ import annotations

import atexit
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from threading import Lock
from typing import TypeVar

from streamlit_ui.visitor_cookie import VisitorSigner
from tyreloop.access.visitors import VisitorProofs
from tyreloop.bootstrap import Role, serve_stores
from tyreloop.client import ApiClient
from tyreloop.settings import Settings, settings
from tyreloop.use_cases.stores import Stores

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a screen may call."""

    api: ApiClient
    stores: Stores
    signer: VisitorSigner
    settings: Settings


def once(make: Callable[[], Made]) -> Callable[[], Made]:
    """Made by the first who asks, for the life of the process: no visitor can have it opened anew.

    Streamlit's own caches are emptied by a message that any browser may send.
    """
    lock, made = Lock(), list[Made]()

    @wraps(make)
    def get() -> Made:
        if not made:
            with lock:
                if not made:
                    made.append(make())
        return made[0]

    return get


@once
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
