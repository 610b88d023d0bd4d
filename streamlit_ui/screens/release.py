"""Release: what is in Production since when and by whom, all versions side by side, and the way back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial

import streamlit as st

from streamlit_ui import visit
from streamlit_ui.previews import url_of
from streamlit_ui.review_photos import photos_ahead
from streamlit_ui.screens.acts import attempt, draw_failure
from streamlit_ui.screens.messages import draw_problem
from streamlit_ui.screens.tables import draw_table
from streamlit_ui.services import services
from streamlit_ui.staff import admit, releasing
from streamlit_ui.view_models.charts import DARK_INK, LIGHT_INK, claims
from streamlit_ui.view_models.release import (
    about_line,
    lacks_exam,
    picture_in,
    release_line,
    reliability_points,
    run_line,
    sources_table,
    verdict_lines,
    versions_table,
    votes_line,
    wall_caption,
    wall_title,
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

PAGE, REASON, WHY_BACK, FORCE, CHOSEN, SHOWN = (
    "release",
    "release_reason",
    "release_why_back",
    "release_force",
    "release_chosen",
    20,
)
REFUSED = "release_refused"
PROMOTION, WAY_BACK = "of_a_promotion", "of_the_way_back"


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
    _draw_history()
    _draw_unsigned()
    candidates = list_candidates(by=who, using=releasing())[:SHOWN]
    with st.container(key="versions"):
        st.subheader(say("release.versions"), anchor=False)
        draw_table(versions_table(candidates, say))
        st.caption(say("release.cell_hint"))
    _draw_chosen(candidates)
    _draw_way_back()


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


def _draw_chosen(candidates: Sequence[Candidate]) -> None:
    """One version from near: the newest that is not in Production, unless somebody chooses another."""
    say, known = visit.texts(), {one.version: one for one in candidates}
    if not known:
        return
    newest = next((one.version for one in candidates if not one.is_in_production), candidates[0].version)
    chosen = st.selectbox(
        say("release.look_at"),
        list(known),
        index=list(known).index(newest),
        format_func=lambda version: f"{say('release.version')} {version}",
        key=CHOSEN,
    )
    _draw_candidate(known[chosen])


def _draw_candidate(one: Candidate) -> None:
    say = visit.texts()
    with st.container(border=True, key=f"candidate-{one.version}"):
        st.markdown(f"**{say('release.version')} {one.version}**")
        st.caption(about_line(one, say, visit.zone()))
        if one.run_id:
            st.caption(run_line(one.run_id, services().settings.mlflow_pages, say))
        for line in verdict_lines(one, say):
            (st.warning if one.objections else st.success)(line)
        if lacks_exam(one):
            _draw_exam(one)
        if not one.is_in_production:
            _draw_promotion(one)
        _draw_figures(one)
        if one.wall:
            _draw_wall(one)


def _draw_exam(one: Candidate) -> None:
    """Held here and now: nothing can be said for or against a version before."""
    say = visit.texts()
    if st.button(
        say("release.examine"), type="primary", icon=":material/quiz:", key=f"examine-{one.version}"
    ):
        with st.spinner(say("release.examining")):
            attempt(partial(_examine, one.version))
        st.rerun()


def _draw_promotion(one: Candidate) -> None:
    say = visit.texts()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(say("release.reason"), key=REASON)
        if one.objections:
            st.checkbox(say("release.force"), key=FORCE)
        st.button(
            say("release.promote"),
            type="secondary" if one.objections else "primary",
            key=f"promote-{one.version}",
            on_click=_promote,
            args=(one.version,),
        )
    draw_failure(PROMOTION)
    if st.session_state.pop(REFUSED, None) == one.version:
        st.warning(say("release.not_promoted", version=one.version), icon=":material/block:")


def _draw_figures(one: Candidate) -> None:
    say = visit.texts()
    if rows := sources_table(one, say):
        st.markdown(f"**{say('release.by_source')}**")
        draw_table(rows)
    if points := reliability_points(one, say):
        st.markdown(f"**{say('release.reliability')}**")
        st.caption(say("release.about_reliability"))
        titles = (say("release.claims"), say("release.keeps"))
        ink = LIGHT_INK if st.context.theme.type == "dark" else DARK_INK
        st.vega_lite_chart(claims(points, titles=titles, ink=ink), alt=say("release.reliability"))


def _draw_way_back() -> None:
    say = visit.texts()
    with st.container(horizontal=True, vertical_alignment="bottom", key="way-back"):
        st.text_input(say("release.why_back"), key=WHY_BACK)
        st.button(say("release.back"), icon=":material/undo:", on_click=_roll_back, key="roll-back")
    draw_failure(WAY_BACK)


def _draw_wall(one: Candidate) -> None:
    say, places = visit.texts(), [hung["place"] for hung in one.wall if "place" in hung]
    with st.expander(say("release.wall"), icon=":material/photo_library:"):
        photos = services().stores.datasets.photos_at(places) if places else {}
        for outcome in ("broke", "fixed"):
            hung = [entry for entry in one.wall if entry["outcome"] == outcome]
            st.markdown(wall_title(one, outcome, len(hung), say))
            with st.container(horizontal=True, key=f"wall-{one.version}-{outcome}"):
                for entry in hung:
                    _hang(entry, photos)


def _hang(entry: Mapping[str, str], photos: Mapping[str, PhotoId]) -> None:
    picture = picture_in(entry)
    if picture is None and (photo_id := photos.get(entry.get("place", ""))) is not None:
        kept = photos_ahead().get(photo_id)
        picture = kept.jpeg if kept else None
    if picture is not None:
        caption = wall_caption(entry, visit.texts())
        with st.container(width=150):
            st.image(url_of(picture), width=140, caption=caption, alt=caption)


def _promote(version: int) -> None:
    reason, force = st.session_state.get(REASON, ""), st.session_state.get(FORCE, False)

    def promote() -> None:
        try:
            promote_version(version, by=admit(PAGE), using=releasing(), reason=reason, force=force)
        except PromotionRefused as error:
            st.session_state[REFUSED] = error.version

    attempt(promote, at=PROMOTION)


def _examine(version: int) -> None:
    from tyreloop.learning.judging.run_exam import (  # noqa: PLC0415 - a page that only shows runs no model
        examine_version,
        questions_for_exam,
    )

    questions = questions_for_exam((), services().settings, lambda _: None)
    examine_version(version, questions, by=admit(PAGE), using=releasing())


def _examine_and_sign(version: int) -> None:
    attempt(partial(_examine, version))
    _promote(version)


def _roll_back() -> None:
    reason = st.session_state[WHY_BACK]

    def roll_back() -> None:
        roll_back_version(by=admit(PAGE), using=releasing(), reason=reason)

    attempt(roll_back, at=WAY_BACK)
