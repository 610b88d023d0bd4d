"""Inspect: a photo goes in, a verdict comes out and stays."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from streamlit_ui import visit
from streamlit_ui.links import ID_IN_ADDRESS, go_to
from streamlit_ui.opening import find, open_again
from streamlit_ui.photo_consent import draw_choices, may_keep
from streamlit_ui.photos_in_files import ZIP_MEGABYTES, is_zip
from streamlit_ui.previews import preview_of, url_of
from streamlit_ui.samples import Sample
from streamlit_ui.screens import many
from streamlit_ui.screens.acts import draw_act, draw_advice
from streamlit_ui.screens.answer import draw_answer
from streamlit_ui.screens.gallery import draw_gallery
from streamlit_ui.screens.messages import draw_problem
from streamlit_ui.screens.report import draw_report
from streamlit_ui.services import services
from streamlit_ui.shown import Shown
from streamlit_ui.staff import api
from streamlit_ui.view_models.refusal import refusal_of
from streamlit_ui.view_models.verdict import text_of_not_kept
from tyreloop.domain.errors import TyreloopError
from tyreloop.domain.photos import PredictionId, UploadedPhoto

UPLOAD_ROUND, PREVIEW, JUDGED_AT_ONCE = "upload_round", "preview", "judged_at_once"
File = tuple[str, bytes]


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
    say = visit.texts()
    draw_answer(answer)
    if answer.is_own:
        draw_report([answer.prediction.id], say("report.make"))
    st.button(say("inspect.another"), icon=":material/add_a_photo:", on_click=_start_over, key="another")


def _draw_intake() -> None:
    say = visit.texts()
    st.title(say("inspect.title"), anchor=False)
    st.markdown(say("inspect.lead"))
    files = _draw_uploader()
    if len(files) > 1 or any(name.lower().endswith(".zip") and is_zip(data) for name, data in files):
        _draw_many(files)
        return
    if files:
        _draw_one(*files[0])
    draw_choices()
    if not files and (sample := draw_gallery()) is not None:
        _try(sample)


def _draw_uploader() -> Sequence[File]:
    """It takes whatever is dropped: the browser would refuse by a file's name, and say so nowhere."""
    with st.container(key="main-act-upload"):
        files = st.file_uploader(
            visit.texts()("upload.label"),
            accept_multiple_files=True,
            key=f"photo-{st.session_state.get(UPLOAD_ROUND, 0)}",
            max_upload_size=ZIP_MEGABYTES,
            label_visibility="collapsed",
        )
        draw_advice()
    return [(file.name, file.getvalue()) for file in files]


def _draw_one(name: str, data: bytes) -> None:
    photo = UploadedPhoto(data)
    picture = _preview(photo)
    if picture is None:
        limit = services().settings.photo_max_megabytes
        st.error(refusal_of(name, data, visit.texts(), megabytes=limit), icon=":material/error:")
        return
    with st.container(key="preview"):
        st.image(url_of(picture), alt=visit.texts()("inspect.photo_alt"))
    is_first = visit.judges_at_once() and st.session_state.get(JUDGED_AT_ONCE) != photo.id
    if draw_act("predict", visit.texts()("inspect.predict")) or is_first:
        st.session_state[JUDGED_AT_ONCE] = photo.id
        _predict(photo, picture)


def _draw_many(files: Sequence[File]) -> None:
    """Several at once are judged on the page for many, a row for each."""
    if many.draw_order(files):
        _start_over()
        go_to("many")


def _preview(photo: UploadedPhoto) -> bytes | None:
    """Made once for each photo, not at each run of the page."""
    if st.session_state.get(PREVIEW, (None, None))[0] != photo.id:
        st.session_state[PREVIEW] = (photo.id, preview_of(photo.data) if photo.data else None)
    picture: bytes | None = st.session_state[PREVIEW][1]
    return picture


def _try(sample: Sample) -> None:
    """A drawn picture is there to be tried: what is said about it is counted with nothing real."""
    _predict(sample.photo, preview_of(sample.photo.data), is_demo=True)


def _predict(photo: UploadedPhoto, picture: bytes | None, *, is_demo: bool = False) -> None:
    try:
        with st.spinner(visit.texts()("inspect.predicting")):
            answer = api().judge(photo, visitor=visit.visitor(), is_demo=is_demo, keep_photo=may_keep())
    except TyreloopError as error:
        draw_problem(error, is_read=False)
        return
    not_kept = text_of_not_kept(answer, wanted=may_keep())
    visit.show(Shown(answer.prediction, picture, answer.heat, is_fresh=True, not_kept=not_kept))
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
