"""Release: what is in Production since when and by whom, what could be, and the way back."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from streamlit_ui import visit
from streamlit_ui.review_photos import photos_ahead
from streamlit_ui.screens.acts import attempt, draw_failure
from streamlit_ui.screens.messages import draw_problem
from streamlit_ui.services import services
from streamlit_ui.staff import admit, promoting
from streamlit_ui.view_models.loop import MOMENT, candidate_line
from streamlit_ui.view_models.release import picture_in, run_line, votes_line, wall_caption
from tyreloop.domain.candidate import Candidate
from tyreloop.domain.errors import TyreloopError
from tyreloop.domain.photos import PhotoId
from tyreloop.domain.release import Release
from tyreloop.use_cases.promote_version import list_candidates, promote_version, roll_back_version
from tyreloop.use_cases.read_release_votes import read_release_votes

PAGE, REASON, FORCE, SHOWN = "release", "release_reason", "release_force", 20


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
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(say("release.reason"), key=REASON)
        st.checkbox(say("release.force"), key=FORCE)
        st.button(say("release.back"), icon=":material/undo:", on_click=_roll_back, key="roll-back")
    for one in list_candidates(by=who, using=promoting())[:SHOWN]:
        _draw_candidate(one)


def _draw_history() -> None:
    say, releases = visit.texts(), promoting().releasing.releases.latest(limit=5)
    for release in releases:
        when = release.released_at.astimezone(visit.zone()).strftime(MOMENT)
        by = release.released_by.removeprefix("user:")
        key = f"release.{release.kind}"
        st.markdown(say(key, version=release.to_version, when=when, by=by, reason=release.reason or "–"))
        if release is releases[0]:
            _draw_votes(release)


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
        promote_version(version, by=admit(PAGE), using=promoting(), reason=reason, force=force)

    attempt(promote)


def _roll_back() -> None:
    reason = st.session_state[REASON]

    def roll_back() -> None:
        roll_back_version(by=admit(PAGE), using=promoting(), reason=reason)

    attempt(roll_back)
