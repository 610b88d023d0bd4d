"""The pages, in the order of the menu. To add one: its screen, a line here, its texts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st
from streamlit.navigation.page import Page

from streamlit_ui.links import remember_pages
from streamlit_ui.screens import (
    datasets,
    history,
    insights,
    inspect,
    learn,
    many,
    people,
    receipt,
    release,
    review,
    runbook,
    staff_home,
)
from streamlit_ui.staff import actor
from streamlit_ui.texts import Texts
from tyreloop.access.rules import rule_of_page
from tyreloop.domain.staff import VISITOR_RIGHTS


@dataclass(frozen=True, slots=True)
class Entry:
    """A page by its name in addresses and texts."""

    name: str
    icon: str
    draw: Callable[[], None]
    in_menu: bool = True

    @property
    def is_staff(self) -> bool:
        """On a phone these are reached from the staff's first page: the bar has no room for them."""
        return rule_of_page(self.name) not in VISITOR_RIGHTS


ENTRIES = (
    Entry("inspect", "search", inspect.draw),
    Entry("many", "burst_mode", many.draw),
    Entry("history", "photo_library", history.draw),
    Entry("insights", "monitoring", insights.draw),
    Entry("receipt", "receipt_long", receipt.draw, in_menu=False),
    Entry("runbook", "menu_book", runbook.draw, in_menu=False),
    Entry("review", "rate_review", review.draw),
    Entry("datasets", "dataset", datasets.draw),
    Entry("learn", "school", learn.draw),
    Entry("release", "rocket_launch", release.draw),
    Entry("people", "group", people.draw),
    Entry("staff", "badge", staff_home.draw, in_menu=False),
    Entry("sign_in", "login", staff_home.draw, in_menu=False),
)


def open_entries() -> list[Entry]:
    """The pages that are open to whoever looks; the others are not even there."""
    rights = actor().rights
    return [entry for entry in ENTRIES if rule_of_page(entry.name) in rights]


def make_pages(entries: Sequence[Entry], say: Texts) -> dict[str, Page]:
    """Every page, titled in this visitor's language."""
    pages = {
        entry.name: st.Page(
            entry.draw,
            title=say(f"pages.{entry.name}"),
            url_path=entry.name,
            default=entry.name == entries[0].name,
        )
        for entry in entries
    }
    remember_pages(pages)
    return pages
