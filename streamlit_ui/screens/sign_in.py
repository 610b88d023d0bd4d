"""Sign in: a name and a password; then the staff's pages are in the menu."""

from __future__ import annotations

import json

import streamlit as st

from streamlit_ui import oidc, visit
from streamlit_ui.screens.acts import attempt, draw_failure
from streamlit_ui.services import services
from streamlit_ui.staff import actor, has_no_role, staff_services
from streamlit_ui.staff_session import PATH
from tyreloop.use_cases.staff import sign_in, sign_out_everywhere

NAME, PASSWORD, TICKET, LEAVING = "sign_in_name", "sign_in_password", "sign_in_ticket", "sign_in_leaving"


def draw() -> None:
    """The page."""
    say, who = visit.texts(), actor()
    _send_to_browser()
    st.title(say("sign_in.title"), anchor=False)
    draw_failure()
    if who.is_known:
        st.markdown(say("sign_in.signed_in", name=who.name.removeprefix("user:")))
        st.button(say("sign_in.leave"), icon=":material/logout:", on_click=_leave, key="sign-out")
        return
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
        staff = staff_services()
        staff.door.take_sign_in(name, str(st.context.ip_address))
        member = sign_in(name, password, by=actor(), using=services().stores)
        st.session_state[TICKET] = staff.sessions.ticket(member.name, visit.visitor())

    attempt(enter)


def _leave() -> None:
    who = actor()

    def leave() -> None:
        sign_out_everywhere(who.name.removeprefix("user:"), by=who, using=services().stores)
        if staff_services().issuer is not None and oidc.claims() is not None:
            st.logout()  # it goes to the issuer, and back to the first page
        else:
            st.session_state[LEAVING] = True

    attempt(leave)


def _send_to_browser() -> None:
    """The route beside the pages sets or clears the cookie; the page is opened anew with it."""
    ticket, leaves = st.session_state.pop(TICKET, None), st.session_state.pop(LEAVING, False)
    if ticket or leaves:
        request = {"method": "POST", "body": ticket} if ticket else {"method": "DELETE"}
        st.html(
            f"<script>fetch({json.dumps(PATH)}, {json.dumps(request)})"
            ".then(() => window.location.assign(window.location.pathname))</script>",
            unsafe_allow_javascript=True,
        )
