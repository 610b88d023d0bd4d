"""Where the staff begins: what waits for them in numbers; or the door, by password or one-time link."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import streamlit as st

from streamlit_ui import visit
from streamlit_ui.links import draw_link
from streamlit_ui.screens import sign_in
from streamlit_ui.screens.acts import attempt, draw_failure
from streamlit_ui.screens.messages import draw_problem
from streamlit_ui.services import services
from streamlit_ui.staff import actor
from streamlit_ui.view_models.people import Work
from tyreloop.domain.datasets import INBOX
from tyreloop.domain.errors import TyreloopError
from tyreloop.domain.orders import OrderKind
from tyreloop.domain.staff import (
    LEAST_PASSWORD_CHARACTERS,
    MOST_PASSWORD_CHARACTERS,
    Actor,
    Right,
)
from tyreloop.use_cases.datasets import list_images
from tyreloop.use_cases.staff import read_invitation, redeem_invitation

INVITE, NEW_NAME, NEW_PASSWORD = "invite", "invited_name", "invited_password"
LATELY = 50


def draw() -> None:
    """The page."""
    say, who = visit.texts(), actor()
    sign_in.send_to_browser()
    if who.is_known:
        st.title(say("staff.title"), anchor=False)
        draw_failure()
        _draw_work(who)
        sign_in.draw_signed_in(who)
    elif st.query_params.get(INVITE):
        st.title(say("staff.welcome"), anchor=False)
        draw_failure()
        _draw_invited(st.query_params[INVITE])
    else:
        st.title(say("sign_in.title"), anchor=False)
        draw_failure()
        sign_in.draw_door()


def _draw_work(who: Actor) -> None:
    try:
        for work in _works_of(who):
            with st.container(border=True, horizontal=True, vertical_alignment="center"):
                st.markdown(work.line)
                draw_link(work.page, visit.texts()(f"pages.{work.page}"), icon=work.icon)
    except TyreloopError as error:
        draw_problem(error)


def _works_of(who: Actor) -> Iterator[Work]:
    """The pages that are open to them, in the order of the loop."""
    say, stores = visit.texts(), services().stores
    if Right.REVIEW in who.rights:
        since = datetime.now(visit.zone()).replace(hour=0, minute=0, second=0, microsecond=0)
        counts = stores.reviews.counts(who.name, since=since)
        yield Work("review", "rate_review", say("staff.review", count=counts.waiting, done=counts.done_today))
    if Right.CURATE in who.rights:
        waiting = len(list_images(INBOX, by=who, using=stores))
        yield Work("datasets", "dataset", say("staff.datasets", count=waiting))
    if Right.TRAIN in who.rights:
        orders = stores.orders.latest(limit=LATELY, kind=OrderKind.TRAINING)
        yield Work(
            "learn", "school", say("staff.learn", count=sum(not order.state.is_over for order in orders))
        )
    if Right.RELEASE in who.rights:
        latest = stores.models.latest(limit=1)
        version = latest[0].to_version if latest else None
        key = "staff.release" if version else "staff.release_none"
        yield Work("release", "rocket_launch", say(key, version=version) if version else say(key))
    if Right.ADMINISTER in who.rights:
        yield Work("people", "group", say("staff.people", count=len(stores.staff.all())))


def _draw_invited(secret: str) -> None:
    say = visit.texts()
    try:
        invitation = read_invitation(secret, using=services().stores)
    except TyreloopError as error:
        draw_problem(error)
        return
    st.markdown(say("staff.invited", role=say(f"people.role_{invitation.role}")))
    with st.form("invited", border=False, width=420):
        st.text_input(say("sign_in.name"), key=NEW_NAME, autocomplete="username")
        st.caption(say("staff.name_rule"))
        st.text_input(say("sign_in.password"), key=NEW_PASSWORD, type="password", autocomplete="new-password")
        least, most = LEAST_PASSWORD_CHARACTERS, MOST_PASSWORD_CHARACTERS
        st.caption(say("staff.password_rule", least=least, most=most))
        st.form_submit_button(say("staff.join"), type="primary", on_click=_join, args=(secret,))


def _join(secret: str) -> None:
    name, password = st.session_state[NEW_NAME].strip(), st.session_state[NEW_PASSWORD]

    def join() -> None:
        sign_in.limit_tries(name)
        member = redeem_invitation(secret, name, password, by=actor(), using=services().stores)
        st.query_params.pop(INVITE, None)
        sign_in.hand_ticket(member.name)

    attempt(join)
