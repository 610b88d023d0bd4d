"""Who of the staff looks at the pages, and what the staff's pages use."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from uuid import uuid4

import streamlit as st

from streamlit_ui import oidc, visit
from streamlit_ui.services import once, services
from streamlit_ui.staff_session import NAME, StaffSessions
from tyreloop.access.door import Door
from tyreloop.access.issuer import Issuer, issuer_of
from tyreloop.access.rules import rule_of_page
from tyreloop.access.tokens import Purpose, TokenSigner
from tyreloop.bootstrap import build_door, open_releasing
from tyreloop.client import ApiClient
from tyreloop.domain.errors import NotAllowed, TyreloopError
from tyreloop.domain.staff import Actor
from tyreloop.models.release import Releasing
from tyreloop.use_cases.staff import sign_in_with_oidc


@dataclass(frozen=True, slots=True)
class StaffServices:
    """Everything that only the staff's screens may call, beside the stores."""

    door: Door
    sessions: StaffSessions
    issuer: Issuer | None  # who vouches for people beside our own accounts


@once
def staff_services() -> StaffServices:
    """The staff's services of this process."""
    given = services()
    door = build_door(given.settings, given.stores)
    sessions = StaffSessions(door.gate.signer, given.signer)
    return StaffServices(door=door, sessions=sessions, issuer=issuer_of(given.settings))


@once
def releasing() -> Releasing:
    """What the Release page uses; only there anybody waits for the registry's client to load."""
    return open_releasing(services().settings, services().stores)


def actor() -> Actor:
    """Whom the staff's cookie proves, with their role of now; a visitor where it proves nobody."""
    gate, request_id = staff_services().door.gate, uuid4().hex
    cookie, nobody = st.context.cookies.get(NAME), gate.visitor(visit.visitor(), request_id)
    if not cookie:
        return _vouched_for(nobody)
    try:
        return gate.of_token(Purpose.SESSION, cookie, request_id=request_id)
    except TyreloopError:
        return _vouched_for(nobody)


def api() -> ApiClient:
    """The service, asked in the name of whoever signed in: where visitors must, it answers nobody else."""
    if not services().settings.visitors_must_sign_in:
        return services().api
    return api_for(actor(), services().api, staff_services().door.gate.signer)


def api_for(who: Actor, api: ApiClient, signer: TokenSigner) -> ApiClient:
    """As this person asks it; a stranger has nothing to show."""
    kind, _, name = who.name.partition(":")
    return api.in_name_of(signer.sign(Purpose.ACCESS, name)) if kind == "user" else api


def _vouched_for(nobody: Actor) -> Actor:
    """Whom the issuer names, where there is one; the reason why not is shown where people sign in."""
    with suppress(TyreloopError):
        return _named_by_issuer(nobody) or nobody
    return nobody


def _named_by_issuer(by: Actor) -> Actor | None:
    """Whom the issuer names; None where there is no issuer, or it has said nothing."""
    staff = staff_services()
    said = oidc.claims() if staff.issuer else None
    if staff.issuer is None or said is None:
        return None
    return sign_in_with_oidc(staff.issuer, said, by=by, using=services().stores)


def has_no_role() -> bool:
    """Whether the issuer knows whoever looks, and they are nobody here all the same."""
    try:
        _named_by_issuer(actor())
    except NotAllowed:
        return True
    except TyreloopError:
        return False
    return False


def admit(page: str) -> Actor:
    """Whoever looks, if this page is open to them: each of the staff's screens begins with this."""
    right, who = rule_of_page(page), actor()
    if right is None:
        raise NotAllowed("No rule says who may open this page, so nobody may.")
    who.require(right)
    return who
