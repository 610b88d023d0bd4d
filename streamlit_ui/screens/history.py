"""My photos: what this browser was answered; open it again, delete it, take it along."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import streamlit as st

from streamlit_ui import visit
from streamlit_ui.links import draw_link
from streamlit_ui.previews import url_of
from streamlit_ui.screens.acts import attempt, draw_failure
from streamlit_ui.screens.messages import draw_problem
from streamlit_ui.screens.report import draw_open_reports, draw_report
from streamlit_ui.services import services
from streamlit_ui.view_models.history import HistoryRow, history_csv, only, page_of, pages_in
from tyreloop.domain.errors import TyreloopError
from tyreloop.domain.photos import Answer, PhotoId, Prediction
from tyreloop.use_cases.photos import erase_photo

MOST_SHOWN = 1000
ALL = "all"
DELETED = "photo_was_deleted"


def draw() -> None:
    """The page."""
    say = visit.texts()
    st.title(say("history.title"), anchor=False)
    st.markdown(say("history.lead"))
    draw_failure()
    if st.session_state.pop(DELETED, False):
        st.success(say("history.deleted"), icon=":material/check:")
    try:
        mine = services().stores.predictions.of_visitor(visit.visitor(), limit=MOST_SHOWN)
    except TyreloopError as error:
        draw_problem(error)
        return
    if mine:
        _draw_list(mine)
        draw_open_reports()
    else:
        st.info(say("history.empty"), icon=":material/photo_library:")
        draw_link("inspect", say("pages.inspect"), icon="search")


def _draw_list(mine: Sequence[Prediction]) -> None:
    say = visit.texts()
    chosen = only(mine, _draw_filter())
    if not chosen:
        st.info(say("history.nothing_matches"), icon=":material/filter_alt:")
        return
    number = 1
    if pages_in(chosen) > 1:
        number = st.pagination(pages_in(chosen), key="history-page")
    on_page = page_of(chosen, number)
    for prediction in on_page:
        _draw_row(_row_of(prediction))
    draw_report([prediction.id for prediction in on_page], say("report.make_of_many"))
    _draw_export(chosen)
    with st.container(key="main-act-again"):
        draw_link("inspect", say("inspect.another"), icon="add_a_photo")


def _draw_filter() -> Answer | None:
    say = visit.texts()
    kind = st.pills(
        say("history.filter"),
        [ALL, *Answer],
        default=ALL,
        required=True,
        format_func=lambda kind: say(f"history.{kind}"),
        key="history-filter",
        label_visibility="collapsed",
        wrap=True,
    )
    return None if kind in (None, ALL) else Answer(kind)


def _row_of(prediction: Prediction) -> HistoryRow:
    """With what was said about it, also what still waits for the database."""
    of, stores, vote, correction = (prediction.id, prediction.visitor), services().stores, None, None
    with suppress(TyreloopError):
        vote, correction = stores.votes.get(*of), stores.corrections.get(*of)
    return HistoryRow.of(prediction, visit.texts(), visit.zone(), vote=vote, correction=correction)


def _draw_row(row: HistoryRow) -> None:
    say = visit.texts()
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"row-{row.id}"):
        _draw_thumbnail(row.photo_id)
        with st.container(gap="xsmall"):
            st.markdown(row.headline)
            st.caption(row.line)
            if row.said:
                st.markdown(row.said)
        with st.container(horizontal=True, width="content", vertical_alignment="center"):
            draw_link("inspect", say("history.open"), icon="open_in_full", prediction_id=row.id)
            if row.has_receipt:
                draw_link("receipt", say("pages.receipt"), icon="receipt_long", prediction_id=row.id)
            _draw_delete(row)


def _draw_delete(row: HistoryRow) -> None:
    say = visit.texts()
    if st.button(say("history.delete"), icon=":material/delete:", type="tertiary", key=f"del-{row.id}"):
        st.dialog(say("history.delete_title"), icon=":material/delete:")(_confirm)(row)


def _draw_thumbnail(photo_id: PhotoId | None) -> None:
    try:
        picture = url_of(services().stores.photos.thumbnail(photo_id)) if photo_id else ""
    except TyreloopError:
        picture = ""
    if picture:
        st.image(picture, width=96, alt=visit.texts()("inspect.photo_alt"))
    else:
        st.markdown(":material/image_not_supported:", width=96)


def _confirm(row: HistoryRow) -> None:
    say = visit.texts()
    st.markdown(say("history.delete_lead"))
    if st.button(say("history.delete_yes"), type="primary", key="delete-for-good"):
        attempt(lambda: _delete(row))
        st.rerun()


def _delete(row: HistoryRow) -> None:
    on_screen = visit.shown()
    erase_photo(row.id, by=visit.visitor(), using=services().stores)
    st.session_state[DELETED] = True
    if on_screen is not None and on_screen.prediction.photo_id == row.photo_id:
        visit.show(None)


def _draw_export(chosen: Sequence[Prediction]) -> None:
    say = visit.texts()
    st.download_button(
        say("history.export"),
        history_csv(chosen, say, visit.zone()),
        file_name=say("history.file_name"),
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key="history-export",
    )
