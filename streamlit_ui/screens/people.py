"""People and keys: who may come in, as what, by which link; and the keys of programs."""

from __future__ import annotations

from datetime import timedelta

import streamlit as st

from streamlit_ui import visit
from streamlit_ui.screens.acts import attempt, draw_failure
from streamlit_ui.screens.messages import draw_problem
from streamlit_ui.services import services
from streamlit_ui.staff import admit
from streamlit_ui.view_models.people import key_line, member_line
from tyreloop.access.api_keys import hash_of_key, new_key_text
from tyreloop.domain.errors import TyreloopError
from tyreloop.domain.staff import VISITOR_RIGHTS, Actor, ApiKey, Right, Role, StaffMember
from tyreloop.use_cases.staff import (
    change_role,
    invite_staff_member,
    issue_api_key,
    remove_staff_member,
    revoke_api_key,
    sign_out_everywhere,
)

PAGE, LINK, NEW_KEY = "people", "invitation_link", "new_key_text"
ROLE, HOURS, KEY_NAME, KEY_RIGHTS, KEY_DAYS = "inv_role", "inv_hours", "key_name", "key_rights", "key_days"
VALID_HOURS, VALID_DAYS = (24, 72, 24 * 7), (30, 90, 365)


def draw() -> None:
    """The page."""
    st.title(visit.texts()("people.title"), anchor=False)
    try:
        who = admit(PAGE)
        draw_failure()
        _draw_invitation()
        for member in services().stores.staff.all():
            _draw_member(member, who)
        _draw_keys()
    except TyreloopError as error:
        draw_problem(error)


def _draw_invitation() -> None:
    say = visit.texts()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            say("people.role"), list(Role), format_func=lambda role: say(f"people.role_{role}"), key=ROLE
        )
        st.selectbox(
            say("people.valid"),
            VALID_HOURS,
            format_func=lambda hours: say("people.hours", hours=hours),
            key=HOURS,
        )
        st.button(say("people.invite"), type="primary", on_click=_invite, key="invite")
    st.caption(say("people.invite_hint"))
    _draw_once(LINK, say("people.link_once"))


def _draw_once(key: str, sentence: str) -> None:
    """What is shown this once and kept nowhere."""
    shown = st.session_state.pop(key, None)
    if shown:
        st.success(sentence, icon=":material/content_copy:")
        st.code(shown, language=None, wrap_lines=True)


def _draw_member(member: StaffMember, who: Actor) -> None:
    say, is_self = visit.texts(), who.name == f"user:{member.name}"
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"member-{member.name}"):
        st.markdown(member_line(member, say, visit.zone()))
        st.selectbox(
            say("people.role"),
            list(Role),
            index=list(Role).index(member.role),
            format_func=lambda role: say(f"people.role_{role}"),
            key=f"role-{member.name}",
            label_visibility="collapsed",
            disabled=is_self,
            on_change=_change_role,
            args=(member.name,),
        )
        st.button(
            say("people.end_sessions"),
            key=f"end-{member.name}",
            type="tertiary",
            on_click=_end_sessions,
            args=(member.name,),
        )
        st.button(
            say("people.disable"),
            key=f"disable-{member.name}",
            type="tertiary",
            disabled=is_self,
            on_click=_disable,
            args=(member.name,),
        )


def _draw_keys() -> None:
    say = visit.texts()
    st.subheader(say("people.keys"), anchor=False)
    st.caption(say("people.keys_hint"))
    _draw_once(NEW_KEY, say("people.key_once"))
    with st.form("new-key", border=False):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.text_input(say("people.key_name"), key=KEY_NAME)
            st.multiselect(
                say("people.rights"),
                [right for right in Right if right is not Right.OPEN],
                default=sorted(VISITOR_RIGHTS - {Right.OPEN}),
                format_func=lambda right: say(f"people.right_{right}"),
                key=KEY_RIGHTS,
            )
            st.selectbox(
                say("people.valid"),
                VALID_DAYS,
                format_func=lambda days: say("people.days", days=days),
                key=KEY_DAYS,
            )
        st.caption(say("people.key_rule"))
        st.form_submit_button(say("people.make_key"), on_click=_make_key)
    draw_failure(KEY_NAME)
    for key in services().stores.keys.all():
        _draw_key(key)


def _draw_key(key: ApiKey) -> None:
    say = visit.texts()
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"key-{key.id}"):
        st.markdown(key_line(key, say, visit.zone()))
        if key.revoked_at is None:
            st.button(
                say("people.revoke"),
                key=f"revoke-{key.id}",
                type="tertiary",
                on_click=_revoke,
                args=(key.id,),
            )


def _invite() -> None:
    role, valid_for = st.session_state[ROLE], timedelta(hours=st.session_state[HOURS])

    def invite() -> None:
        secret = invite_staff_member(role, valid_for=valid_for, by=admit(PAGE), using=services().stores)
        st.session_state[LINK] = services().settings.invitation_link(secret)

    attempt(invite)


def _change_role(name: str) -> None:
    role = st.session_state[f"role-{name}"]
    attempt(lambda: change_role(name, role, by=admit(PAGE), using=services().stores))


def _end_sessions(name: str) -> None:
    attempt(lambda: sign_out_everywhere(name, by=admit(PAGE), using=services().stores))


def _disable(name: str) -> None:
    attempt(lambda: remove_staff_member(name, by=admit(PAGE), using=services().stores))


def _make_key() -> None:
    name, rights = st.session_state[KEY_NAME].strip(), st.session_state[KEY_RIGHTS]
    valid_for = timedelta(days=st.session_state[KEY_DAYS])

    def make() -> None:
        key_id, text = new_key_text()
        issue_api_key(
            name,
            rights,
            key_id=key_id,
            secret_hash=hash_of_key(text),
            by=admit(PAGE),
            using=services().stores,
            valid_for=valid_for,
        )
        st.session_state[NEW_KEY] = text

    attempt(make, at=KEY_NAME)


def _revoke(key_id: str) -> None:
    attempt(lambda: revoke_api_key(key_id, by=admit(PAGE), using=services().stores))
