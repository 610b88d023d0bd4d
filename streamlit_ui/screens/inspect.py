"""Inspect: a photo goes in, a verdict comes out and stays."""

from __future__ import annotations

import streamlit as st

from streamlit_ui import visit
from streamlit_ui.links import ID_IN_ADDRESS
from streamlit_ui.previews import preview_of
from streamlit_ui.saying import recall
from streamlit_ui.screens.answer import draw_answer
from streamlit_ui.screens.gallery import draw_gallery
from streamlit_ui.screens.messages import draw_problem
from streamlit_ui.services import services
from streamlit_ui.shown import Shown
from tyreloop.domain.errors import TyreloopError
from tyreloop.domain.photo import UploadedPhoto
from tyreloop.domain.prediction import Prediction, PredictionId
from tyreloop.use_cases.read_prediction import read_prediction

UPLOAD_ROUND, PREVIEW = "upload_round", "preview"
PHOTO_TYPES = ["jpg", "jpeg", "png", "webp", "heic", "heif", "avif"]


def draw() -> None:
    """The page."""
    _return_to_address()
    answer = visit.shown()
    if answer is None:
        _draw_intake()
    else:
        draw_answer(answer)
        st.button(
            visit.texts()("inspect.another"),
            icon=":material/add_a_photo:",
            on_click=_start_over,
            key="another",
        )


def _draw_intake() -> None:
    say = visit.texts()
    st.title(say("inspect.title"), anchor=False)
    st.markdown(say("inspect.lead"))
    photo = _draw_uploader()
    if photo is None:
        if (sample := draw_gallery()) is not None:
            _predict(sample.photo, preview_of(sample.photo.data))
        return
    picture = _preview(photo)
    _draw_preview(picture)
    if st.button(
        say("inspect.predict"), type="primary", icon=":material/search:", width="stretch", key="predict"
    ):
        _predict(photo, picture)


def _draw_uploader() -> UploadedPhoto | None:
    file = st.file_uploader(
        visit.texts()("upload.label"),
        type=PHOTO_TYPES,
        key=f"photo-{st.session_state.get(UPLOAD_ROUND, 0)}",
        max_upload_size=int(services().settings.photo_max_megabytes),
        label_visibility="collapsed",
    )
    return UploadedPhoto(file.getvalue()) if file is not None else None


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


def _predict(photo: UploadedPhoto, picture: bytes | None) -> None:
    using = services()
    try:
        with st.spinner(visit.texts()("inspect.predicting")):
            answer = using.api.judge(photo, visitor=visit.visitor())
    except TyreloopError as error:
        draw_problem(error)
        return
    visit.show(Shown(answer.prediction, picture, answer.heat, is_fresh=True))
    st.query_params[ID_IN_ADDRESS] = answer.prediction.id
    st.rerun()


def _return_to_address() -> None:
    """After a reload, or from a link of one's own: the answer that the address names."""
    wanted, on_screen = st.query_params.get(ID_IN_ADDRESS), visit.shown()
    if on_screen is not None and wanted in (None, on_screen.prediction.id):
        st.query_params[ID_IN_ADDRESS] = on_screen.prediction.id
    elif wanted:
        _open(PredictionId(wanted))


def _open(wanted: PredictionId) -> None:
    using = services()
    try:
        prediction = read_prediction(wanted, by=visit.visitor(), predictions=using.feedback.predictions)
        visit.show(recall(Shown(prediction, _kept_picture(prediction)), using=using.feedback))
    except TyreloopError as error:
        draw_problem(error)


def _kept_picture(prediction: Prediction) -> bytes | None:
    try:
        return preview_of(services().photos.get(prediction.photo_id))
    except TyreloopError:
        return None


def _start_over() -> None:
    visit.show(None)
    st.query_params.pop(ID_IN_ADDRESS, None)
    st.session_state[UPLOAD_ROUND] = st.session_state.get(UPLOAD_ROUND, 0) + 1
