"""Signing in and out: by a name and a password, or by the organisation's issuer."""

from __future__ import annotations

import json

import streamlit as st

from streamlit_ui import oidc, visit
from streamlit_ui.screens.acts import attempt
from streamlit_ui.services import services
from streamlit_ui.staff import actor, has_no_role, staff_services
from streamlit_ui.staff_session import PATH
from tyreloop.domain.staff import Actor
from tyreloop.use_cases.staff import sign_in, sign_out_everywhere

NAME, PASSWORD, TICKET, LEAVING = "sign_in_name", "sign_in_password", "sign_in_ticket", "sign_in_leaving"


def draw_signed_in(who: Actor) -> None:
    """Who they are, and the way out."""
    say = visit.texts()
    st.markdown(say("sign_in.signed_in", name=who.name.removeprefix("user:")))
    st.button(say("sign_in.leave"), icon=":material/logout:", on_click=_leave, key="sign-out")


def draw_door() -> None:
    """A name and a password, or the organisation's own way."""
    say = visit.texts()
    if staff_services().issuer is not None:
        _draw_issuer()
    with st.form("sign-in", border=False, width=420):
        st.text_input(say("sign_in.name"), key=NAME, autocomplete="username")
        st.text_input(say("sign_in.password"), key=PASSWORD, type="password", autocomplete="current-password")
        st.form_submit_button(say("sign_in.enter"), type="primary", on_click=_enter)
    st.caption(say("sign_in.hint"))


def _draw_issuer() -> None:
    """Whom the issuer let in, but who is nobody here, reads so; and may come as somebody else."""
    say = visit.texts()
    if has_no_role():
        st.warning(say("sign_in.no_role"), icon=":material/block:")
        st.button(say("sign_in.as_another"), on_click=st.logout, key="issuer-out")
        return
    st.button(say("sign_in.issuer"), icon=":material/key:", on_click=st.login, key="issuer-in")
    st.caption(say("sign_in.or"))


def _enter() -> None:
    name, password = st.session_state[NAME].strip(), st.session_state[PASSWORD]

    def enter() -> None:
        limit_tries(name)
        hand_ticket(sign_in(name, password, by=actor(), using=services().stores).name)

    attempt(enter)


def limit_tries(name: str) -> None:
    """Guesses cost time: per address and name."""
    staff_services().door.take_sign_in(name, str(st.context.ip_address))


def hand_ticket(name: str) -> None:
    """What the browser exchanges for the cookie when the page is drawn."""
    st.session_state[TICKET] = staff_services().sessions.ticket(name, visit.visitor())


def _leave() -> None:
    who = actor()

    def leave() -> None:
        sign_out_everywhere(who.name.removeprefix("user:"), by=who, using=services().stores)
        if staff_services().issuer is not None and oidc.claims() is not None:
            st.logout()  # it goes to the issuer, and back to the first page
        else:
            st.session_state[LEAVING] = True

    attempt(leave)


def send_to_browser() -> None:
    """The route beside the pages sets or clears the cookie; the page is opened anew with it."""
    ticket, leaves = st.session_state.pop(TICKET, None), st.session_state.pop(LEAVING, False)
    if ticket or leaves:
        request = {"method": "POST", "body": ticket} if ticket else {"method": "DELETE"}
        st.html(
            f"<script>fetch({json.dumps(PATH)}, {json.dumps(request)})"
            ".then(() => window.location.assign(window.location.pathname))</script>",
            unsafe_allow_javascript=True,
        )
