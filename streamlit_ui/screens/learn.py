"""Learn: see what a training takes, order it, watch it epoch by epoch, stop it, let it go on."""

from __future__ import annotations

from functools import partial

import streamlit as st

from streamlit_ui import visit
from streamlit_ui.screens.acts import attempt, draw_act, draw_failure
from streamlit_ui.screens.messages import draw_problem
from streamlit_ui.services import services
from streamlit_ui.staff import admit
from streamlit_ui.view_models.learn import USUAL, JobView, OrderView, in_order, result_line
from tyreloop.domain.datasets import Lessons
from tyreloop.domain.errors import TyreloopError
from tyreloop.domain.orders import Order, OrderId, OrderKind
from tyreloop.learning.plan import duration_of
from tyreloop.learning.recipe import recipe_files, recipe_named
from tyreloop.use_cases.datasets import list_datasets, read_dataset
from tyreloop.use_cases.orders import cancel_order, order_training, retry_order

PAGE, RECIPE, DATASET, START = "learn", "learn_recipe", "learn_dataset", "learn_start"
SHOWN, LINES, LOOK_EVERY, LOOKED_BACK = 10, 200, "2s", 50


def draw() -> None:
    """The page."""
    st.title(visit.texts()("learn.title"), anchor=False)
    try:
        admit(PAGE)
        draw_failure()
        _draw_order()
        _draw_jobs()
    except TyreloopError as error:
        draw_problem(error)


def _draw_order() -> None:
    say, who = visit.texts(), admit(PAGE)
    names = [one.name for one in list_datasets(by=who, using=services().stores)]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        recipe = st.selectbox(
            say("learn.recipe"), in_order(list(recipe_files(services().settings))), key=RECIPE
        )
        dataset = st.selectbox(
            say("learn.dataset"),
            [*names, None],
            format_func=lambda name: name or say("learn.drawings"),
            key=DATASET,
        )
        st.selectbox(
            say("learn.start"),
            [None, "production"],
            index=int(recipe in USUAL[:1]),
            format_func=lambda start: say("learn.from_production" if start else "learn.from_nothing"),
            key=f"{START}-{recipe}",
        )
    view = _view(recipe, dataset)
    with st.container(border=True, key="what-it-takes"):
        st.markdown(f"**{view.purpose}**")
        for line in view.lines:
            st.markdown(line)
        if view.problem:
            st.warning(view.problem, icon=":material/block:")
    draw_act(
        "order-training",
        say("learn.order"),
        icon="school",
        disabled=bool(view.problem),
        on_click=partial(_order, recipe, dataset),
    )


def _view(name: str, dataset: str | None) -> OrderView:
    """What the order would take, before anybody gives it."""
    using, recipe = services().stores, recipe_named(name, services().settings)
    lessons = None
    if dataset is not None:
        lessons = Lessons.among(read_dataset(dataset, by=admit(PAGE), using=using).items)
    count = lessons.good + lessons.defective if lessons else recipe.drawing.count if recipe.drawing else 0
    earlier = using.orders.latest(limit=LOOKED_BACK, kind=OrderKind.TRAINING)
    answers = using.models.answer_milliseconds()
    duration = duration_of(recipe, count, earlier=earlier, answer_milliseconds=answers)
    return OrderView.of(recipe, lessons, duration, visit.texts())


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
                st.code("\n".join(line.line for line in lines), language=None, wrap_lines=True)


def _order(recipe: str, dataset: str | None) -> None:
    start = st.session_state[f"{START}-{recipe}"]

    def order() -> None:
        order_training(recipe, dataset=dataset, start=start, by=admit(PAGE), using=services().stores)

    attempt(order)


def _stop(job_id: OrderId) -> None:
    attempt(lambda: cancel_order(job_id, by=admit(PAGE), using=services().stores))


def _retry(job_id: OrderId) -> None:
    attempt(lambda: retry_order(job_id, by=admit(PAGE), using=services().stores))
