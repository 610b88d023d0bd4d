"""Release: what is in Production since when and by whom, what could be, and the way back."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

import streamlit as st

from streamlit_ui import visit
from streamlit_ui.review_photos import photos_ahead
from streamlit_ui.screens.acts import attempt, draw_failure
from streamlit_ui.screens.messages import draw_problem
from streamlit_ui.services import services
from streamlit_ui.staff import admit, releasing
from streamlit_ui.view_models.loop import candidate_line
from streamlit_ui.view_models.release import (
    picture_in,
    refusal_lines,
    release_line,
    run_line,
    votes_line,
    wall_caption,
)
from tyreloop.domain.errors import RegistryUnavailable, TyreloopError
from tyreloop.domain.models import Candidate, Release
from tyreloop.domain.photos import PhotoId
from tyreloop.models.release import (
    PromotionRefused,
    list_candidates,
    promote_version,
    read_release_votes,
    roll_back_version,
    settle,
    unsigned_move,
)

PAGE, REASON, FORCE, SHOWN = "release", "release_reason", "release_force", 20
REFUSED = "release_refused"


def draw() -> None:
    """The page."""
    st.title(visit.texts()("release.title"), anchor=False)
    try:
        _draw()
    except TyreloopError as error:
        draw_problem(error)


def _draw() -> None:
    say, who = visit.texts(), admit(PAGE)
    draw_failure()
    for line in st.session_state.pop(REFUSED, []):
        st.warning(line, icon=":material/block:")
    _draw_history()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(say("release.reason"), key=REASON)
        st.checkbox(say("release.force"), key=FORCE)
        st.button(say("release.back"), icon=":material/undo:", on_click=_roll_back, key="roll-back")
    _draw_unsigned()
    for one in list_candidates(by=who, using=releasing())[:SHOWN]:
        _draw_candidate(one)


def _draw_history() -> None:
    say = visit.texts()
    with suppress(RegistryUnavailable):
        settle(releasing())
    releases = [one for one in releasing().models.latest(limit=20) if one.record or one.stands][:5]
    standing = next((one for one in releases if one.stands), None)
    for release in releases:
        st.markdown(release_line(release, say, visit.zone()))
        if release is standing:
            _draw_votes(release)


def _draw_unsigned() -> None:
    """A move past us waits: one press examines it and, if the gate lets it, signs it."""
    say, version = visit.texts(), unsigned_move(by=admit(PAGE), using=releasing())
    if version is not None:
        with st.container(border=True, key="unsigned"):
            st.warning(say("release.unsigned", version=version), icon=":material/gpp_maybe:")
            st.button(
                say("release.examine_and_sign"), key="sign", on_click=_examine_and_sign, args=(version,)
            )


def _draw_votes(release: Release) -> None:
    using, until = services().stores, services().stores.clock()
    votes = read_release_votes(release, by=admit(PAGE), counts=using.vote_counts, until=until)
    with st.container(key="votes-since"):
        st.markdown(votes_line(release, votes, visit.texts()))


def _draw_candidate(one: Candidate) -> None:
    say = visit.texts()
    with st.container(border=True, key=f"candidate-{one.version}"):
        st.markdown(candidate_line(one, say, visit.zone()))
        if one.run_id:
            st.caption(run_line(one.run_id, services().settings.mlflow_pages, say))
        if one.is_in_production:
            st.badge(say("release.in_production"), color="green", icon=":material/check:")
        else:
            st.button(
                say("release.promote"), key=f"promote-{one.version}", on_click=_promote, args=(one.version,)
            )
        if one.wall:
            _draw_wall(one)


def _draw_wall(one: Candidate) -> None:
    say, places = visit.texts(), [hung["place"] for hung in one.wall if "place" in hung]
    with st.expander(say("release.wall"), icon=":material/photo_library:"):
        photos = services().stores.datasets.photos_at(places) if places else {}
        for outcome in ("broke", "fixed"):
            hung = [entry for entry in one.wall if entry["outcome"] == outcome]
            st.markdown(say(f"release.wall_{outcome}", count=len(hung)))
            with st.container(horizontal=True, key=f"wall-{one.version}-{outcome}"):
                for entry in hung:
                    _hang(entry, photos)


def _hang(entry: Mapping[str, str], photos: Mapping[str, PhotoId]) -> None:
    picture = picture_in(entry)
    if picture is None and (photo_id := photos.get(entry.get("place", ""))) is not None:
        kept = photos_ahead().get(photo_id)
        picture = kept.jpeg if kept else None
    if picture is not None:
        st.image(picture, width=140, caption=wall_caption(entry, visit.texts()))


def _promote(version: int) -> None:
    reason, force = st.session_state[REASON], st.session_state[FORCE]

    def promote() -> None:
        try:
            promote_version(version, by=admit(PAGE), using=releasing(), reason=reason, force=force)
        except PromotionRefused as error:
            st.session_state[REFUSED] = refusal_lines(error.version, error.reasons, visit.texts())

    attempt(promote)


def _examine_and_sign(version: int) -> None:
    from tyreloop.learning.judging.run_exam import (  # noqa: PLC0415 - a page that only shows runs no model
        examine_version,
        questions_for_exam,
    )

    given = services().settings

    def examine() -> None:
        questions = questions_for_exam((), given, lambda _: None)
        allowed = given.allow_pickled_models
        examine_version(version, questions, by=admit(PAGE), using=releasing(), allow_pickled=allowed)

    attempt(examine)
    _promote(version)


def _roll_back() -> None:
    reason = st.session_state[REASON]

    def roll_back() -> None:
        roll_back_version(by=admit(PAGE), using=releasing(), reason=reason)

    attempt(roll_back)
