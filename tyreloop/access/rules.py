"""The one table of who may open which page; what is not in it is refused. Routes say it themselves."""

from __future__ import annotations

from collections.abc import Mapping

from tyreloop.domain.staff import Right

PAGES: Mapping[str, Right] = {
    "inspect": Right.INSPECT,
    "history": Right.INSPECT,
    "many": Right.INSPECT,
    "receipt": Right.INSPECT,
    "insights": Right.INSPECT,
    "runbook": Right.INSPECT,
    "about": Right.OPEN,
    "privacy": Right.OPEN,
    "sign_in": Right.OPEN,
    "staff": Right.OPEN,
    "review": Right.REVIEW,
    "datasets": Right.CURATE,
    "learn": Right.TRAIN,
    "release": Right.RELEASE,
    "people": Right.ADMINISTER,
}


def rule_of_page(path: str) -> Right | None:
    """The right that a page asks for."""
    return PAGES.get(path)
