"""Learn: order a training, watch it epoch by epoch, stop it, let it go on."""

from __future__ import annotations

import streamlit as st

from streamlit_ui import visit
from streamlit_ui.screens.acts import attempt, draw_failure
from streamlit_ui.screens.messages import draw_problem
from streamlit_ui.services import services
from streamlit_ui.staff import admit
from streamlit_ui.view_models.loop import JobView, result_line
from tyreloop.domain.errors import TyreloopError
from tyreloop.domain.orders import Order, OrderId, OrderKind
from tyreloop.learning.recipe import recipe_files
from tyreloop.use_cases.datasets import list_datasets
from tyreloop.use_cases.orders import cancel_order, order_training, retry_order

PAGE, RECIPE, DATASET, START = "learn", "learn_recipe", "learn_dataset", "learn_start"
SHOWN, LINES, LOOK_EVERY = 10, 200, "2s"


def draw() -> None:
    """The page."""
    st.title(visit.texts()("learn.title"), anchor=False)
    try:
        admit(PAGE)
        _draw_order()
        draw_failure()
        _draw_jobs()
    except TyreloopError as error:
        draw_problem(error)


def _draw_order() -> None:
    say, who = visit.texts(), admit(PAGE)
    names = [one.name for one in list_datasets(by=who, using=services().stores)]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(say("learn.recipe"), list(recipe_files(services().settings)), key=RECIPE)
        st.selectbox(
            say("learn.dataset"),
            [None, *names],
            format_func=lambda name: name or say("learn.drawings"),
            key=DATASET,
        )
        st.selectbox(
            say("learn.start"),
            [None, "production"],
            format_func=lambda start: say("learn.from_production" if start else "learn.from_nothing"),
            key=START,
        )
        st.button(say("learn.order"), type="primary", on_click=_order, key="order-training")


@st.fragment(run_every=LOOK_EVERY)
def _draw_jobs() -> None:
    jobs = services().stores.orders.latest(limit=SHOWN, kind=OrderKind.TRAINING)
    for job in jobs:
        _draw_job(job)


def _draw_job(job: Order) -> None:
    say = visit.texts()
    view = JobView.of(job, say, visit.zone())
    with st.container(border=True, key=f"job-{job.id}"):
        st.markdown(view.title)
        if view.can_stop:
            st.progress(view.share, text=view.pace)
            st.button(say("learn.stop"), key=f"stop-{job.id}", on_click=_stop, args=(job.id,))
        if view.can_retry:
            st.button(say("learn.retry"), key=f"retry-{job.id}", on_click=_retry, args=(job.id,))
        if line := result_line(job, say):
            st.markdown(line)
        lines = services().stores.orders.lines(job.id, limit=LINES)
        if lines:
            with st.expander(say("learn.log"), expanded=False):
                st.code("\n".join(line.line for line in lines), language=None)


def _order() -> None:
    recipe, dataset, start = (st.session_state[key] for key in (RECIPE, DATASET, START))

    def order() -> None:
        order_training(recipe, dataset=dataset, start=start, by=admit(PAGE), using=services().stores)

    attempt(order)


def _stop(job_id: OrderId) -> None:
    attempt(lambda: cancel_order(job_id, by=admit(PAGE), using=services().stores))


def _retry(job_id: OrderId) -> None:
    attempt(lambda: retry_order(job_id, by=admit(PAGE), using=services().stores))
