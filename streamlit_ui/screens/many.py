"""Many photos at once: a row for each as it arrives, and a sheet to take along."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import pandas as pd
import streamlit as st
from streamlit.column_config import ImageColumn, ProgressColumn, SelectboxColumn
from streamlit.elements.lib.column_types import ColumnConfig

from streamlit_ui import visit
from streamlit_ui.batch import Batch, Item, State
from streamlit_ui.feedback_actions import say_vote, take_vote_back
from streamlit_ui.photo_consent import draw_consent, may_keep
from streamlit_ui.photos_in_files import MOST_PHOTOS, ZIP_MEGABYTES, NamedPhoto, photos_in
from streamlit_ui.previews import thumbnail_of
from streamlit_ui.screens.acts import attempt, draw_act, draw_advice, draw_failure
from streamlit_ui.services import services
from streamlit_ui.staff import api
from streamlit_ui.view_models.batch import (
    COLUMNS,
    ProgressView,
    batch_csv,
    batch_xlsx,
    summary,
    table_of,
    vote_words,
)
from tyreloop.client import ApiAnswer, Tries
from tyreloop.domain.photos import UploadedPhoto

BATCH, ROUND, VOTES = "batch", "many_round", "many-votes"
NO_VALUE = "–"
LOOK_AGAIN_SECONDS = 0.7
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def draw() -> None:
    """The page."""
    say = visit.texts()
    st.title(say("many.title"), anchor=False)
    batch: Batch | None = st.session_state.get(BATCH)
    if batch is None:
        st.markdown(say("many.lead", count=MOST_PHOTOS, megabytes=ZIP_MEGABYTES))
        _draw_intake()
    elif batch.is_running:
        st.fragment(_draw_running, run_every=LOOK_AGAIN_SECONDS)(batch)
    else:
        _draw_finished(batch)


def _draw_intake() -> None:
    with st.container(key="main-act-upload"):
        files = st.file_uploader(
            visit.texts()("many.upload"),
            accept_multiple_files=True,
            key=f"many-{st.session_state.get(ROUND, 0)}",
            max_upload_size=ZIP_MEGABYTES,
            label_visibility="collapsed",
        )
        draw_advice()
    if files and draw_order([(file.name, file.getvalue()) for file in files]):
        st.rerun()


def draw_order(files: Sequence[tuple[str, bytes]]) -> bool:
    """How many there are, and the button that begins with them; whether it was pressed."""
    say, limit = visit.texts(), services().settings.photo_max_megabytes
    photos = photos_in(files, max_bytes=int(limit * 1e6))
    if not photos:
        st.warning(say("many.none_inside"), icon=":material/folder_off:")
        return False
    if len(photos) == MOST_PHOTOS:
        st.info(say("many.too_many", count=MOST_PHOTOS), icon=":material/info:")
    is_pressed = draw_act("predict-many", say("many.predict", count=len(photos)))
    draw_consent()
    if is_pressed:
        begin(photos)
    return is_pressed


def begin(photos: list[NamedPhoto]) -> None:
    """Judge these in the background; the page follows them."""
    asked, whose, keep = api(), visit.visitor(), may_keep()

    def judge(photo: UploadedPhoto, key: str, tries: Tries) -> ApiAnswer:
        return asked.judge(photo, visitor=whose, keep_photo=keep, key=key, tries=tries)

    items = (Item(photo.name, photo.load) for photo in photos)
    st.session_state[BATCH] = Batch(items, judge, thumbnail_of, keep=keep)
    st.session_state[ROUND] = st.session_state.get(ROUND, 0) + 1  # lets go of what was uploaded


def _draw_running(batch: Batch) -> None:
    say = visit.texts()
    view = ProgressView.of(batch, say)
    st.progress(view.share, text=view.line)
    st.button(say("many.cancel"), icon=":material/cancel:", key="cancel-many", on_click=batch.cancel)
    st.dataframe(
        _frame(batch), column_config=_columns(), hide_index=True, row_height=56, placeholder=NO_VALUE
    )
    if not batch.is_running:
        st.rerun()


def _draw_finished(batch: Batch) -> None:
    say = visit.texts()
    st.markdown(f"**{summary(batch, say)}**")
    draw_failure()
    st.data_editor(
        _frame(batch),
        column_config=_columns(),
        disabled=[name for name in COLUMNS if name != "vote"],
        hide_index=True,
        row_height=56,
        placeholder=NO_VALUE,
        key=VOTES,
        on_change=_vote,
        args=(batch,),
    )
    if any(item.shown and item.shown.not_kept for item in batch.items):
        st.info(say("many.about_not_kept"), icon=":material/cloud_off:")
    st.caption(say("many.vote_hint"))
    _draw_buttons(batch)


def _draw_buttons(batch: Batch) -> None:
    say = visit.texts()
    name = say("many.file_name")
    with st.container(horizontal=True):
        st.button(
            say("many.another"), icon=":material/add_a_photo:", on_click=_start_over, key="other-photos"
        )
        if batch.count(State.FAILED) or batch.count(State.CANCELLED):
            st.button(say("many.retry"), icon=":material/refresh:", on_click=batch.retry, key="retry-many")
        _draw_download(say("history.export"), partial(batch_csv, batch, say), f"{name}.csv", "text/csv")
        _draw_download(say("many.xlsx"), partial(batch_xlsx, batch, say), f"{name}.xlsx", XLSX)


def _draw_download(label: str, make: partial[bytes], file_name: str, mime: str) -> None:
    icon = ":material/download:"
    st.download_button(label, make, file_name=file_name, mime=mime, icon=icon, on_click="ignore", key=label)


def _frame(batch: Batch) -> pd.DataFrame:
    frame = pd.DataFrame(table_of(batch, visit.texts()), columns=list(COLUMNS))
    shares = pd.to_numeric(frame["damage_probability"]).clip(0.01, 0.99)  # nothing is certain
    return frame.assign(damage_probability=shares.round(2))


def _columns() -> dict[str, ColumnConfig | str | None]:
    say = visit.texts()
    names = {name: say(f"columns.{name}") for name in COLUMNS}
    return {
        **names,
        "photo": ImageColumn(names["photo"], width="small"),
        "damage_probability": ProgressColumn(
            names["damage_probability"], min_value=0, max_value=1, format="percent", color="auto-inverse"
        ),
        "vote": SelectboxColumn(names["vote"], options=list(vote_words(say))),
    }


def _vote(batch: Batch) -> None:
    """The rows whose vote was touched, each through the same use case as a thumb."""
    words, using = vote_words(visit.texts()), services().stores
    for number, changes in st.session_state[VOTES]["edited_rows"].items():
        shown = batch.items[number].shown
        liked = words.get(changes.get("vote"))
        if shown is None or (shown.vote.liked if shown.vote else None) == liked:
            continue
        if liked is None:
            attempt(partial(take_vote_back, shown, using=using))
        else:
            attempt(partial(say_vote, shown, liked=liked, using=using))


def _start_over() -> None:
    st.session_state.pop(BATCH, None)
