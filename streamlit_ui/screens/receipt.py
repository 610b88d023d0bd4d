"""Receipt: what became of a correction, and what the model of now says about the photo."""

from __future__ import annotations

import streamlit as st

from streamlit_ui import visit
from streamlit_ui.heats import heat_again
from streamlit_ui.links import ID_IN_ADDRESS, draw_link
from streamlit_ui.opening import find
from streamlit_ui.photo_viewer import draw_photo
from streamlit_ui.previews import kept_picture, preview_of
from streamlit_ui.screens.answer import draw_verdict
from streamlit_ui.screens.messages import draw_problem
from streamlit_ui.services import services
from streamlit_ui.shown import Shown
from streamlit_ui.staff import api
from streamlit_ui.view_models.heat import HeatView
from streamlit_ui.view_models.receipt import compared, steps_of
from streamlit_ui.view_models.verdict import VerdictView
from tyreloop.domain.errors import PredictionNotFound, TyreloopError
from tyreloop.domain.feedback import Receipt
from tyreloop.domain.photos import Prediction, PredictionId, UploadedPhoto
from tyreloop.use_cases.feedback import read_receipt
from tyreloop.use_cases.photos import kept_photo

ASKED_AGAIN = "asked_again"


def draw() -> None:
    """The page."""
    say, using = visit.texts(), services()
    st.title(say("receipt.title"), anchor=False)
    wanted = PredictionId(st.query_params.get(ID_IN_ADDRESS, ""))
    try:
        then = find(wanted)
        receipt = read_receipt(wanted, by=then.visitor, receipts=using.stores.receipts)
    except PredictionNotFound:
        st.info(say("receipt.none"), icon=":material/receipt_long:")
        draw_link("history", say("pages.history"), icon="photo_library")
        return
    except TyreloopError as error:
        draw_problem(error)
        return
    st.markdown(say("receipt.lead"))
    _draw_steps(receipt, is_kept=then.keep_photo)
    _draw_then_and_now(receipt, then)


def _draw_steps(receipt: Receipt, *, is_kept: bool) -> None:
    mlflow = services().settings.mlflow_pages
    with st.container(border=True, key="receipt-steps"):
        steps = steps_of(receipt, visit.texts(), visit.zone(), mlflow_pages=mlflow, is_kept=is_kept)
        for step in steps:
            mark = ":green[:material/check_circle:]" if step.is_done else ":gray[:material/schedule:]"
            st.markdown(f"{mark} **{step.title}**  \n{step.sentence}")


def _draw_then_and_now(receipt: Receipt, then: Prediction) -> None:
    say, now = visit.texts(), _asked_again(then)
    before, after = st.columns(2, gap="medium")
    with before:
        st.subheader(say("receipt.then"), anchor=False)
        _draw_answer(Shown(then, kept_picture(then, services().stores.photos), heat_again(then)), key="then")
    with after:
        st.subheader(say("receipt.now"), anchor=False)
        if now is None:
            _draw_question(then)
        else:
            st.markdown(compared(then, now.prediction, receipt, say))
            _draw_answer(now, key="now")


def _draw_answer(shown: Shown, *, key: str) -> None:
    heat = HeatView.of(shown.prediction, shown.heat, visit.texts())
    with st.container(key=f"receipt-{key}"):
        if shown.picture is not None:
            draw_photo(shown.picture, key=f"receipt-photo-{key}", heat=heat.grid, outline=heat.outline)
        draw_verdict(VerdictView.of(shown.prediction, visit.texts()), place=f"-{key}")


def _draw_question(then: Prediction) -> None:
    if st.button(visit.texts()("receipt.ask"), icon=":material/refresh:", key="ask-again"):
        try:
            _ask_again(then)
        except TyreloopError as error:
            draw_problem(error)
            return
        st.rerun()


def _ask_again(then: Prediction) -> None:
    photo = UploadedPhoto(kept_photo(then, photos=services().stores.photos))
    answer = api().judge(photo, visitor=visit.visitor(), keep_photo=False, record=False)
    picture = preview_of(photo.data)
    st.session_state[ASKED_AGAIN] = (then.id, Shown(answer.prediction, picture, answer.heat, is_fresh=True))


def _asked_again(then: Prediction) -> Shown | None:
    about, shown = st.session_state.get(ASKED_AGAIN, (None, None))
    return shown if about == then.id else None
