"""Every route, every role, one's own and others' things: generated from the application and the one table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from itertools import product
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from inference_api import Services, create_app
from inference_api.app import SUBJECTS
from inference_api.routing import Routes, install
from tests.contract.people import prediction_of
from tests.fixtures.stores import a_door, kept_in
from tyreloop.access.api_keys import hash_of_key, new_key_text
from tyreloop.access.door import Door
from tyreloop.access.gate import Gate
from tyreloop.access.rate_limits import RateLimit
from tyreloop.access.tokens import Purpose, TokenSigner
from tyreloop.domain.photos import Visitor
from tyreloop.domain.staff import VISITOR_RIGHTS, Act, Actor, ApiKey, Right, Role
from tyreloop.store.db import Database
from tyreloop.use_cases.staff import add_staff_member, invite_staff_member, revoke_api_key
from tyreloop.use_cases.stores import Stores

ALICE, BOB = Visitor("alice-0001"), Visitor("bob-000001")
PASSWORD = "a password of the tests"
ROOT = Actor("shell:root", frozenset(Right), is_known=True)
SHUT = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
KEYS = {f"key-{right}": frozenset({right}) for right in Right if right is not Right.OPEN}
RIGHTS: Mapping[str, frozenset[Right]] = {
    "visitor": VISITOR_RIGHTS,
    **{role.value: role.rights for role in Role},
    **{name: rights | {Right.OPEN} for name, rights in KEYS.items()},
}


def a_staffed_door(
    staffing: Stores, *, visitors_may_inspect: bool = True, per_minute: int = 0
) -> tuple[Door, dict[str, str]]:
    """A door, and the proof that each kind of caller holds."""
    signer = TokenSigner("a secret of the tests, long enough to sign", staffing.clock)
    proofs = {}
    for role in Role:
        add_staff_member(f"the-{role}", PASSWORD, role, by=ROOT, using=staffing)
        proofs[role.value] = signer.sign(Purpose.ACCESS, f"the-{role}")
    for name, rights in KEYS.items():
        key_id, proofs[name] = new_key_text()
        key = ApiKey(key_id, name, rights, "root", datetime.now(UTC))
        staffing.keys.add(
            key, secret_hash=hash_of_key(proofs[name]), act=Act.of(ROOT, "key_issued", name, key.created_at)
        )
    gate = Gate(signer, staffing, visitors_may_inspect=visitors_may_inspect)
    return Door(gate, RateLimit(per_minute=per_minute)), proofs


RIGHT_OF = {(route.method, route.path): route.right for routes in SUBJECTS for route in routes}


def routes_of(app: Flask) -> Iterator[tuple[str, str]]:
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield method, rule.rule


def ask(
    client: FlaskClient, method: str, path: str, *, proof: str | None = None, visitor: Visitor = ALICE
) -> TestResponse:
    headers = {"X-Visitor": visitor, **({"Authorization": f"Bearer {proof}"} if proof else {})}
    body = {"json": {}} if method in ("POST", "PUT", "PATCH") else {}
    return client.open(path, method=method, headers=headers, buffered=True, **body)


def filled(path: str) -> str:
    """A path with something in its gaps."""
    return path.replace("<int:", "<").replace("<", "").replace(">", "").replace("prediction_id", "0" * 32)


@pytest.fixture
def door(stores: Stores) -> tuple[Door, dict[str, str]]:
    return a_staffed_door(stores)


@pytest.fixture
def client(services: Services, door: tuple[Door, dict[str, str]]) -> Iterator[FlaskClient]:
    with create_app(replace(services, door=door[0])).test_client() as client:
        yield client


def test_every_route_has_a_rule(services: Services) -> None:
    assert [route for route in routes_of(create_app(services)) if route not in RIGHT_OF] == []


def test_a_route_that_no_rule_names_is_shut_for_everybody(
    services: Services, door: tuple[Door, dict[str, str]]
) -> None:
    app = create_app(replace(services, door=door[0]))
    app.add_url_rule("/v1/forgotten", view_func=lambda: "open!")
    for proof in (None, *door[1].values()):
        assert ask(app.test_client(), "GET", "/v1/forgotten", proof=proof).status_code == HTTPStatus.FORBIDDEN


def test_the_matrix_of_routes_and_roles_holds(client: FlaskClient, door: tuple[Door, dict[str, str]]) -> None:
    wrong = []
    for (method, path), (who, rights) in product(routes_of(client.application), RIGHTS.items()):
        response = ask(client, method, filled(path), proof=door[1].get(who))
        may = RIGHT_OF[method, path] in rights
        if may != (response.status_code not in SHUT or _is_a_wrong_password(path, response)):
            wrong.append((method, path, who, response.status_code))
    assert wrong == []


def _is_a_wrong_password(path: str, response: TestResponse) -> bool:
    return path in ("/v1/tokens", "/v1/alerts", "/v1/photos/<link>") and response.status_code in SHUT


def test_a_stranger_is_told_to_sign_in_and_a_colleague_that_it_is_not_theirs(
    services: Services, door: tuple[Door, dict[str, str]]
) -> None:
    app, more = create_app(replace(services, door=door[0])), Routes(Right.ADMINISTER)
    more.route("GET", "/v1/secret", None)(lambda: None)
    install(app, [more])
    answers = {who: ask(app.test_client(), "GET", "/v1/secret", proof=door[1].get(who)) for who in RIGHTS}
    open_for = {who for who, response in answers.items() if response.status_code == HTTPStatus.OK}
    assert open_for == {"admin", "key-administer"}
    assert answers["visitor"].status_code == HTTPStatus.UNAUTHORIZED
    assert answers["visitor"].headers["WWW-Authenticate"] == "Bearer"
    assert answers["reviewer"].status_code == HTTPStatus.FORBIDDEN


OWNED = [route for route in RIGHT_OF if "<prediction_id>" in route[1]]


@pytest.mark.parametrize("who", RIGHTS)
def test_nobody_reaches_another_visitors_prediction(
    client: FlaskClient, services: Services, door: tuple[Door, dict[str, str]], who: str
) -> None:
    of_alice = prediction_of(ALICE)
    services.stores.predictions.add(of_alice)
    there = set(routes_of(client.application))
    for route in OWNED:
        method, path = route
        if (method, path) in there:
            response = ask(
                client,
                method,
                path.replace("<prediction_id>", of_alice.id),
                proof=door[1].get(who),
                visitor=BOB,
            )
            assert response.status_code >= HTTPStatus.BAD_REQUEST, (route, who)
    assert services.stores.votes.get(of_alice.id, BOB) is None
    assert services.stores.predictions.get(of_alice.id) == of_alice
    own = ask(client, "GET", f"/v1/predictions/{of_alice.id}", visitor=ALICE)
    assert own.status_code == HTTPStatus.OK


def test_where_visitors_must_sign_in_they_see_only_what_is_open(services: Services) -> None:
    door, proofs = a_staffed_door(services.stores, visitors_may_inspect=False)
    client = create_app(replace(services, door=door)).test_client()
    for method, path in routes_of(client.application):
        status = ask(client, method, filled(path)).status_code
        if RIGHT_OF[method, path] is not Right.OPEN:
            assert status == HTTPStatus.UNAUTHORIZED
    read = f"/v1/predictions/{'0' * 32}"
    assert ask(client, "GET", read, proof=proofs["reviewer"]).status_code == HTTPStatus.NOT_FOUND


def test_a_name_and_a_password_give_a_token_that_opens(client: FlaskClient) -> None:
    good = client.post("/v1/tokens", json={"name": "the-admin", "password": PASSWORD})
    assert good.status_code == HTTPStatus.CREATED
    read = ask(client, "GET", f"/v1/predictions/{'0' * 32}", proof=good.get_json()["access_token"])
    assert read.status_code == HTTPStatus.NOT_FOUND
    bad = client.post("/v1/tokens", json={"name": "the-admin", "password": "a wrong password"})
    assert (bad.status_code, bad.get_json()["code"]) == (HTTPStatus.UNAUTHORIZED, "not_signed_in")


def test_sign_ins_are_written_down_with_the_requests_id(client: FlaskClient, services: Services) -> None:
    for password in (PASSWORD, "a wrong password"):
        client.post(
            "/v1/tokens",
            json={"name": "the-admin", "password": password},
            headers={"X-Request-ID": "request-77", "X-Visitor": ALICE},
        )
    refused, done = services.stores.audit.latest(limit=2)
    assert (done.action, refused.action) == ("sign_in", "sign_in_refused")
    assert (done.subject, done.actor, done.request_id) == ("user:the-admin", f"visitor:{ALICE}", "request-77")


def test_a_one_time_link_makes_an_account_once(
    client: FlaskClient, door: tuple[Door, dict[str, str]]
) -> None:
    staffing = door[0].gate.staffing
    secret = invite_staff_member(Role.REVIEWER, valid_for=timedelta(hours=1), by=ROOT, using=staffing)
    asked = {"name": "park", "password": PASSWORD}
    made = client.post(f"/v1/staff/invitations/{secret}", json=asked)
    assert (made.status_code, made.get_json()) == (HTTPStatus.CREATED, {"name": "park", "role": "reviewer"})
    assert client.post("/v1/tokens", json=asked).status_code == HTTPStatus.CREATED
    again = client.post(f"/v1/staff/invitations/{secret}", json={**asked, "name": "choi"})
    assert (again.status_code, again.get_json()["code"]) == (HTTPStatus.GONE, "invitation_spent")


def test_guessing_passwords_ends_after_ten(client: FlaskClient) -> None:
    guess = {"name": "the-admin", "password": "a wrong password"}
    statuses = [client.post("/v1/tokens", json=guess).status_code for _ in range(12)]
    assert statuses.count(HTTPStatus.TOO_MANY_REQUESTS) == 2


def test_a_revoked_key_opens_nothing(
    client: FlaskClient, services: Services, door: tuple[Door, dict[str, str]]
) -> None:
    staffing, read = services.stores, f"/v1/predictions/{'0' * 32}"
    key = next(key for key in staffing.keys.all() if key.name == "key-inspect")
    assert ask(client, "GET", read, proof=door[1]["key-inspect"]).status_code == HTTPStatus.NOT_FOUND
    revoke_api_key(key.id, by=ROOT, using=staffing)
    assert ask(client, "GET", read, proof=door[1]["key-inspect"]).status_code == HTTPStatus.UNAUTHORIZED


def test_one_caller_cannot_take_all_and_health_is_never_refused(services: Services) -> None:
    door, _ = a_staffed_door(services.stores, per_minute=20)
    client = create_app(replace(services, door=door)).test_client()
    read = f"/v1/predictions/{'0' * 32}"
    statuses = [ask(client, "GET", read).status_code for _ in range(7)]
    assert statuses[:5] == [HTTPStatus.NOT_FOUND] * 5
    assert statuses[6] == HTTPStatus.TOO_MANY_REQUESTS
    assert ask(client, "GET", read, visitor=BOB).status_code == HTTPStatus.NOT_FOUND
    assert client.get("/healthz").status_code == HTTPStatus.OK


def test_without_staff_every_proof_is_refused(
    services: Services, door: tuple[Door, dict[str, str]], own_database_dsn: dict[str, Any]
) -> None:
    with closing(Database(own_database_dsn)) as database:
        client = create_app(replace(services, door=a_door(kept_in(database)))).test_client()
        for proof in door[1].values():
            assert ask(client, "GET", "/v1/model", proof=proof).status_code == HTTPStatus.UNAUTHORIZED
