"""Inspect: a photo goes in, a verdict comes out and stays."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from streamlit_ui import visit
from streamlit_ui.keeping import draw_choice, may_keep
from streamlit_ui.links import ID_IN_ADDRESS, go_to
from streamlit_ui.opening import find, open_again
from streamlit_ui.photos_in_files import MOST_PHOTOS, PHOTO_TYPES, photos_in
from streamlit_ui.previews import preview_of
from streamlit_ui.samples import Sample
from streamlit_ui.screens import many
from streamlit_ui.screens.answer import draw_answer
from streamlit_ui.screens.gallery import draw_gallery
from streamlit_ui.screens.messages import draw_problem
from streamlit_ui.services import services
from streamlit_ui.shown import Shown
from tyreloop.domain.errors import TyreloopError
from tyreloop.domain.photos import PredictionId, UploadedPhoto

UPLOAD_ROUND, PREVIEW = "upload_round", "preview"


def draw() -> None:
    """The page; a verdict takes the place of the questions in the same run, which halves the wait for it."""
    _return_to_address()
    questions, verdict = st.empty(), st.container()
    if visit.shown() is None:
        with questions.container():
            _draw_intake()
    answer = visit.shown()
    if answer is not None:
        questions.empty()
        with verdict:
            _draw_answer(answer)


def _draw_answer(answer: Shown) -> None:
    draw_answer(answer)
    st.button(
        visit.texts()("inspect.another"), icon=":material/add_a_photo:", on_click=_start_over, key="another"
    )


def _draw_intake() -> None:
    say = visit.texts()
    st.title(say("inspect.title"), anchor=False)
    st.markdown(say("inspect.lead"))
    photos = _draw_uploader()
    if len(photos) > 1:
        _draw_many(photos)
    elif photos:
        _draw_one(photos[0][1])
    elif (sample := draw_gallery()) is not None:
        _try(sample)


def _draw_uploader() -> Sequence[tuple[str, bytes]]:
    files = st.file_uploader(
        visit.texts()("upload.label"),
        type=list(PHOTO_TYPES),
        accept_multiple_files=True,
        key=f"photo-{st.session_state.get(UPLOAD_ROUND, 0)}",
        max_upload_size=int(services().settings.photo_max_megabytes),
        label_visibility="collapsed",
    )
    return [(file.name, file.getvalue()) for file in files]


def _draw_one(data: bytes) -> None:
    photo = UploadedPhoto(data)
    picture = _preview(photo)
    _draw_preview(picture)
    label, above_the_choice = visit.texts()("inspect.predict"), st.container()
    draw_choice()
    if above_the_choice.button(
        label, type="primary", icon=":material/search:", width="stretch", key="predict"
    ):
        _predict(photo, picture)


def _draw_many(files: Sequence[tuple[str, bytes]]) -> None:
    """Several at once are judged on the page for many, a row for each."""
    say, limit = visit.texts(), services().settings.photo_max_megabytes
    photos = photos_in(files, most_bytes=int(limit * 1e6))
    if len(files) > MOST_PHOTOS:
        st.info(say("many.too_many", count=MOST_PHOTOS), icon=":material/info:")
    label, above_the_choice = say("many.predict", count=len(photos)), st.container()
    draw_choice()
    if above_the_choice.button(
        label, type="primary", icon=":material/search:", width="stretch", key="predict-several"
    ):
        many.begin(photos)
        _start_over()
        go_to("many")


def _preview(photo: UploadedPhoto) -> bytes | None:
    """Made once for each photo, not at each run of the page."""
    if st.session_state.get(PREVIEW, (None, None))[0] != photo.id:
        st.session_state[PREVIEW] = (photo.id, preview_of(photo.data))
    picture: bytes | None = st.session_state[PREVIEW][1]
    return picture


def _draw_preview(picture: bytes | None) -> None:
    say = visit.texts()
    if picture is None:
        st.caption(say("inspect.preview_failed"))
        return
    with st.container(key="preview"):
        st.image(picture, alt=say("inspect.photo_alt"))


def _try(sample: Sample) -> None:
    """A drawn picture is there to be tried: what is said about it is counted with nothing real."""
    _predict(sample.photo, preview_of(sample.photo.data), is_demo=True)


def _predict(photo: UploadedPhoto, picture: bytes | None, *, is_demo: bool = False) -> None:
    using = services()
    try:
        with st.spinner(visit.texts()("inspect.predicting")):
            answer = using.api.judge(photo, visitor=visit.visitor(), is_demo=is_demo, keep_photo=may_keep())
    except TyreloopError as error:
        draw_problem(error)
        return
    visit.show(Shown(answer.prediction, picture, answer.heat, is_fresh=True))
    st.session_state.pop(PREVIEW, None)
    st.query_params[ID_IN_ADDRESS] = answer.prediction.id


def _return_to_address() -> None:
    """After a reload, or from a link: the answer that the address names."""
    wanted, on_screen = st.query_params.get(ID_IN_ADDRESS), visit.shown()
    if on_screen is not None and wanted in (None, on_screen.prediction.id):
        st.query_params[ID_IN_ADDRESS] = on_screen.prediction.id
    elif wanted:
        try:
            visit.show(open_again(find(PredictionId(wanted))))
        except TyreloopError as error:
            draw_problem(error)


def _start_over() -> None:
    visit.show(None)
    st.query_params.pop(ID_IN_ADDRESS, None)
    st.session_state[UPLOAD_ROUND] = st.session_state.get(UPLOAD_ROUND, 0) + 1
