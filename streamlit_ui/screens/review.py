"""Review: one answer after the other, by keyboard; the next photo is there before it is asked for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import streamlit as st

from streamlit_ui import visit
from streamlit_ui.photo_viewer import draw_photo
from streamlit_ui.previews import url_of
from streamlit_ui.review_photos import ReviewPhoto, heat_of, photos_ahead
from streamlit_ui.screens.acts import attempt, draw_failure
from streamlit_ui.screens.messages import draw_problem
from streamlit_ui.services import services
from streamlit_ui.staff import admit, api
from streamlit_ui.view_models.damage import name_of
from streamlit_ui.view_models.review import (
    HEAT_KEY,
    ICONS,
    KEYS,
    SKIP_KEY,
    UNDO_KEY,
    ReviewView,
    audit_line,
    nothing_line,
    progress_line,
)
from tyreloop.domain.damage import DamageKind
from tyreloop.domain.errors import Conflict, TyreloopError
from tyreloop.domain.feedback import Label
from tyreloop.domain.reviews import ReviewItem
from tyreloop.use_cases.reviews import decide_review, skip_review, take_reviews, undo_review

PAGE, SHOWS_HEAT = "review", "review_shows_heat"
AUDITED_OVER = timedelta(days=90)


def draw() -> None:
    """The page."""
    st.title(visit.texts()("review.title"), anchor=False)
    try:
        _draw_queue()
    except TyreloopError as error:
        draw_problem(error)


@st.fragment
def _draw_queue() -> None:
    say, who, using = visit.texts(), admit(PAGE), services().stores
    items = take_reviews(by=who, using=using)
    since = datetime.now(visit.zone()).replace(hour=0, minute=0, second=0, microsecond=0)
    counts = using.reviews.counts(who.name, since=since)
    draw_failure()
    if items:
        _draw_item(items[0])
        photos_ahead().fetch(item.photo_id for item in items[1:])
    else:
        st.success(nothing_line(counts, say), icon=":material/done_all:")
    if counts.done_today:
        st.button(say("review.undo"), shortcut=UNDO_KEY, on_click=_undo, key="review-undo", type="tertiary")
    with st.container(key="review-progress"):
        st.caption(progress_line(counts, say))
        st.caption(audit_line(*using.reviews.audited(since=datetime.now(UTC) - AUDITED_OVER), say))


def _draw_item(item: ReviewItem) -> None:
    photo = photos_ahead().get(item.photo_id)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _draw_photo(item, photo)
    with right, st.container(key=f"review-item-{item.prediction_id}"):
        view = ReviewView.of(item, visit.texts())
        for line in (view.why, view.model_says, view.visitor_says):
            st.markdown(line)
        if view.why_more:
            st.caption(view.why_more)
        _draw_keys(item)
        _draw_look_alikes(item, photo)


def _draw_photo(item: ReviewItem, photo: ReviewPhoto | None) -> None:
    say = visit.texts()
    if photo is None:
        st.info(say("inspect.photo_gone"), icon=":material/image_not_supported:")
        return
    shows_heat = st.session_state.get(SHOWS_HEAT, False)
    heat = heat_of(item.prediction_id, item.visitor, api()) if shows_heat else None
    if heat is not None:
        st.image(url_of(heat, "png"), width="stretch", alt=say("inspect.photo_alt"))
    else:
        outline = item.outline if shows_heat else ()
        draw_photo(photo.jpeg, key=f"review-photo-{item.prediction_id}", spot=item.spot, outline=outline)
    st.button(
        say("review.hide_heat" if shows_heat else "review.show_heat"),
        shortcut=HEAT_KEY,
        type="tertiary",
        on_click=_toggle_heat,
        key="review-heat",
    )


def _draw_keys(item: ReviewItem) -> None:
    """Keys of this item alone: one that falls into the redrawing never decides a photo unseen."""
    say = visit.texts()
    st.pills(
        say("review.kinds"),
        list(DamageKind),
        selection_mode="multi",
        default=list(item.likeliest_kinds),
        format_func=lambda kind: name_of(kind, say),
        key=f"review-kinds-{item.prediction_id}",
        wrap=True,
    )
    for label, key in KEYS.items():
        st.button(
            say(f"review.label_{label}"),
            icon=ICONS[label],
            shortcut=key,
            width="stretch",
            on_click=_decide,
            args=(item, label),
            key=f"review-{label}-{item.prediction_id}",
        )
    st.button(
        say("review.skip"),
        shortcut=SKIP_KEY,
        on_click=_skip,
        args=(item,),
        key=f"review-skip-{item.prediction_id}",
    )


def _draw_look_alikes(item: ReviewItem, photo: ReviewPhoto | None) -> None:
    if photo is None:
        return
    say, reviews = visit.texts(), services().stores.reviews
    alike = reviews.look_alikes(item.photo_id, photo.fingerprint, limit=3)
    if alike:
        st.caption(say("review.look_alikes"))
        with st.container(horizontal=True):
            for other in alike:
                kept = photos_ahead().get(other.photo_id)
                if kept is not None:
                    label = say(f"review.label_{other.label}")
                    st.image(url_of(kept.jpeg), width=120, caption=label, alt=label)


def _decide(item: ReviewItem, label: Label) -> None:
    named = st.session_state.get(f"review-kinds-{item.prediction_id}", item.likeliest_kinds)
    kinds = named if label is Label.DEFECTIVE else ()

    def decide() -> None:
        try:
            decide_review(item, label, by=admit(PAGE), using=services().stores, kinds=kinds)
        except Conflict:
            return  # a key pressed twice, or held too long: the next answer is on the screen already

    attempt(decide)


def _skip(item: ReviewItem) -> None:
    attempt(lambda: skip_review(item.prediction_id, by=admit(PAGE), using=services().stores))


def _undo() -> None:
    def undo() -> None:
        undo_review(by=admit(PAGE), using=services().stores)

    attempt(undo)


def _toggle_heat() -> None:
    st.session_state[SHOWS_HEAT] = not st.session_state.get(SHOWS_HEAT, False)
