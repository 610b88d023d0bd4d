"""Somebody else vouches for the staff: what their words mean, and what they cannot do."""

from __future__ import annotations

from typing import Any

import pytest

from streamlit_ui.oidc import secrets_for
from tests.access.conftest import PASSWORD, ROOT
from tests.fakes import Time
from tyreloop.access.gate import Gate
from tyreloop.access.issuer import Issuer, issuer_of, roles_in
from tyreloop.access.tokens import Purpose
from tyreloop.domain.errors import NotAllowed, NotConfigured, NotSignedIn
from tyreloop.domain.staff import Actor, Role
from tyreloop.settings import read_settings
from tyreloop.use_cases.staff import (
    add_staff_member,
    remove_staff_member,
    sign_in,
    sign_in_with_oidc,
    sign_out_everywhere,
)
from tyreloop.use_cases.stores import Stores

ISSUER = Issuer(roles_in("ml=scientist, checkers=reviewer, ops=admin"), "groups", "tyreloop-pages")
NOBODY = Actor("visitor:alice", request_id="request-9")


def claims(time: Time, **changes: Any) -> dict[str, Any]:
    said = {
        "iss": "https://id.example",
        "aud": "tyreloop-pages",
        "sub": "0042",
        "iat": int(time.now.timestamp()),
        "preferred_username": "Kim.Lee@example.com",
        "groups": ["everybody", "ml"],
    }
    return {**said, **changes}


def let_in(staffing: Stores, said: dict[str, Any]) -> Actor:
    return sign_in_with_oidc(ISSUER, said, by=NOBODY, using=staffing)


def test_a_person_comes_in_with_the_role_of_their_group(staffing: Stores, time: Time) -> None:
    actor = let_in(staffing, claims(time))
    assert actor.name.startswith("user:sso-kim.lee-")
    assert (actor.rights, actor.request_id, actor.is_known) == (Role.SCIENTIST.rights, "request-9", True)
    assert let_in(staffing, claims(time)) == actor
    [line] = staffing.audit.latest(limit=9)
    assert (line.action, line.actor) == ("staff_added", "visitor:alice")
    assert line.details == {"role": "scientist", "issuer": True}


def test_the_strongest_group_counts_and_the_role_follows_the_issuer(staffing: Stores, time: Time) -> None:
    assert let_in(staffing, claims(time, groups=["checkers", "ops", "ml"])).rights == Role.ADMIN.rights
    assert let_in(staffing, claims(time, groups="checkers")).rights == Role.REVIEWER.rights
    assert staffing.audit.latest(limit=1)[0].action == "staff_role_changed"
    assert len(staffing.staff.all()) == 1


@pytest.mark.parametrize("groups", [[], ["everybody"], "ML", None, ["admin"]])
def test_without_a_group_of_ours_nobody_comes_in(staffing: Stores, time: Time, groups: Any) -> None:
    with pytest.raises(NotAllowed):
        let_in(staffing, claims(time, groups=groups))


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "other-pages"},
        {"aud": ["other-pages", "more"]},
        {"aud": None},
        {"sub": None},
        {"sub": 42},
        {"iss": None},
        {"iat": None},
        {"iat": "1762000000"},
        {"iat": True},
    ],
)
def test_words_that_are_not_for_us_or_not_whole_open_nothing(
    staffing: Stores, time: Time, changes: dict[str, Any]
) -> None:
    with pytest.raises(NotSignedIn):
        let_in(staffing, claims(time, **changes))
    assert list(staffing.staff.all()) == []


def test_words_count_for_half_a_day(staffing: Stores, time: Time) -> None:
    said = claims(time)
    time.passes(hours=12)
    assert let_in(staffing, said).is_known
    time.passes(seconds=1)
    with pytest.raises(NotSignedIn):
        let_in(staffing, said)


def test_two_people_of_one_name_are_two_and_no_local_account_is_taken_over(
    staffing: Stores, time: Time
) -> None:
    first, second = let_in(staffing, claims(time)), let_in(staffing, claims(time, sub="0043"))
    elsewhere = let_in(staffing, claims(time, iss="https://other.example"))
    assert len({first.name, second.name, elsewhere.name}) == 3
    name = first.name.removeprefix("user:")
    remove_staff_member(second.name.removeprefix("user:"), by=ROOT, using=staffing)
    add_staff_member(second.name.removeprefix("user:"), PASSWORD, Role.ADMIN, by=ROOT, using=staffing)
    with pytest.raises(NotAllowed):
        let_in(staffing, claims(time, sub="0043"))
    with pytest.raises(NotSignedIn):
        sign_in(name, staffing.staff.password_hash(name) or "", by=NOBODY, using=staffing)


def test_whom_an_admin_removed_stays_out(staffing: Stores, time: Time) -> None:
    name = let_in(staffing, claims(time)).name.removeprefix("user:")
    remove_staff_member(name, by=ROOT, using=staffing)
    with pytest.raises(NotAllowed):
        let_in(staffing, claims(time))


def test_who_signed_out_everywhere_asks_the_issuer_again(staffing: Stores, time: Time) -> None:
    old = claims(time)
    actor = let_in(staffing, old)
    time.passes(seconds=2)
    sign_out_everywhere(actor.name.removeprefix("user:"), by=actor, using=staffing)
    with pytest.raises(NotSignedIn):
        let_in(staffing, old)
    time.passes(seconds=1)
    assert let_in(staffing, claims(time)) == actor


def test_a_session_of_ours_and_the_issuers_word_are_one_person(
    staffing: Stores, gate: Gate, time: Time
) -> None:
    actor = let_in(staffing, claims(time))
    token = gate.signer.sign(Purpose.SESSION, actor.name.removeprefix("user:"))
    assert gate.of_token(Purpose.SESSION, token, request_id="request-9") == actor


@pytest.mark.parametrize(
    ("said", "starts"),
    [
        ({"preferred_username": None, "email": "lee@example.com"}, "user:sso-lee-"),
        ({"preferred_username": "김민지", "email": None}, "user:sso-"),
        ({"preferred_username": "x" * 90}, "user:sso-xxxxxxxxxxxxxxxxxxxx-"),
        ({"preferred_username": "../; DROP TABLE"}, "user:sso-..-drop-table-"),
    ],
)
def test_odd_names_become_plain_ones(staffing: Stores, time: Time, said: dict[str, Any], starts: str) -> None:
    assert let_in(staffing, claims(time, **said)).name.startswith(starts)


@pytest.mark.parametrize("text", ["", "ml", "ml=boss", "=admin", "ml=scientist,,ops"])
def test_odd_roles_stop_the_start(text: str) -> None:
    with pytest.raises(NotConfigured, match="OIDC_ROLES"):
        roles_in(text)


def test_settings_name_an_issuer_whole_or_not_at_all() -> None:
    assert issuer_of(read_settings(beside_stack=False)) is None
    half = {"oidc_metadata_url": "https://id.example/.well-known/openid-configuration"}
    with pytest.raises(NotConfigured, match="OIDC_CLIENT_ID"):
        issuer_of(read_settings(beside_stack=False, **half))
    whole = read_settings(
        beside_stack=False,
        **half,
        oidc_client_id="tyreloop-pages",
        oidc_client_secret="hush",
        oidc_roles="ops=admin",
        pages_url="https://tyres.example/",
        secret_key="a secret of the tests, long enough to sign",
    )
    assert issuer_of(whole) == Issuer({"ops": Role.ADMIN}, "groups", "tyreloop-pages")
    told = secrets_for(whole)
    assert 'redirect_uri = "https://tyres.example/oauth2callback"' in told
    assert "a secret of the tests" not in told
