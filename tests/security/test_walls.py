"""What a stranger may try at the API's routes: refused early, cheaply and by name."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from http import HTTPStatus
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from inference_api import Services, create_app
from inference_api.app import SUBJECTS
from tests.api.test_access_matrix import PASSWORD, a_staffed_door
from tests.contract.people import prediction_of
from tests.fakes import FakeRegistry
from tests.fixtures.service import service_over
from tests.vision.bundles import write_bundle
from tyreloop.access.door import ADDRESS_KEEPS, Door
from tyreloop.access.networks import networks_in
from tyreloop.access.rate_limits import MAX_CALLERS, RateLimit
from tyreloop.domain.photos import Visitor
from tyreloop.domain.staff import Right, Role
from tyreloop.models.cache import ModelCache
from tyreloop.models.register import register_bundle
from tyreloop.models.shelf import ModelShelf
from tyreloop.use_cases.stores import Stores

ALICE = Visitor("alice-0001")
NUL = "a\0b"


@pytest.fixture
def services(stores: Stores, tmp_path: Path) -> Services:
    return service_over(stores, ModelShelf(FakeRegistry, ModelCache(tmp_path / "models")))


@pytest.fixture
def client(services: Services) -> Iterator[FlaskClient]:
    with create_app(services).test_client() as client:
        yield client


@pytest.fixture
def admin(services: Services) -> Iterator[FlaskClient]:
    door, proofs = a_staffed_door(services.stores)
    with create_app(replace(services, door=door)).test_client() as client:
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {proofs[Role.ADMIN]}"
        yield client


BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("PUT", f"/v1/predictions/{'0' * 32}/vote"): {"liked": True, "comment": "", "reasons": []},
    ("PUT", f"/v1/predictions/{'0' * 32}/correction"): {"label": "good"},
    ("POST", "/v1/tokens"): {"name": "", "password": ""},
    ("POST", "/v1/datasets"): {"name": "", "parent": ""},
    ("POST", "/v1/jobs"): {"kind": "", "recipe": "", "dataset": "", "start": ""},
}
TEXTS = [
    (*route, field) for route, body in BODIES.items() for field, said in body.items() if isinstance(said, str)
]


@pytest.mark.parametrize(("method", "path", "field"), TEXTS)
def test_a_nul_in_a_field_is_refused(admin: FlaskClient, method: str, path: str, field: str) -> None:
    response = admin.open(path, method=method, json={**BODIES[method, path], field: NUL})
    assert (response.status_code, response.get_json()["code"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    "path",
    [
        "/v1/predictions/a%00b",
        "/v1/predictions/a%00b/receipt",
        "/v1/datasets/a%00b/images",
        "/v1/datasets/a%00b/difference/one",
        "/v1/datasets/one/images?skip=%00",
        "/v1/datasets/one/export?format=a%00b",
        "/v1/jobs/a%00b",
        "/v1/photos/a%00b",
    ],
)
def test_a_nul_in_an_address_is_refused(admin: FlaskClient, path: str) -> None:
    assert admin.get(path).status_code == HTTPStatus.BAD_REQUEST


@pytest.mark.parametrize(("method", "path"), BODIES)
def test_a_large_body_of_json_is_refused_before_it_is_looked_at(
    admin: FlaskClient, method: str, path: str
) -> None:
    body = {**BODIES[method, path], "reasons": [""] * 400_000}
    tracemalloc.start()
    response = admin.open(path, method=method, json=body)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (response.status_code, response.get_json()["code"]) == (413, "photo_too_large")
    assert most < 30_000_000  # the body itself, written by the client of this test


def test_lists_and_texts_have_lengths(client: FlaskClient) -> None:
    vote = f"/v1/predictions/{'0' * 32}/vote"
    for body in ({"reasons": ["other"] * 6}, {"reasons": [""] * 10_000}, {"comment": "x" * 1_001}):
        assert client.put(vote, json={"liked": True, **body}).status_code == HTTPStatus.BAD_REQUEST


def test_answers_carry_the_headers_that_keep_browsers_safe(client: FlaskClient) -> None:
    for path in ("/", "/docs/", "/openapi.json", "/healthz", "/nowhere"):
        headers = client.get(path, buffered=True).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]


def test_only_the_named_hosts_are_answered(client: FlaskClient) -> None:
    for host, status in (("localhost", 200), ("127.0.0.1:5002", 200), ("evil.example", 400), ("", 400)):
        assert client.get("/openapi.json", headers={"Host": host}).status_code == status, host
    probe = {"Host": "10.1.2.3:5002"}  # which knows no name
    assert client.get("/healthz", headers=probe).status_code == 200


def test_metrics_are_for_the_inside(services: Services) -> None:
    client = create_app(services).test_client()
    inside, outside = {"REMOTE_ADDR": "127.0.0.1"}, {"REMOTE_ADDR": "203.0.113.7"}
    assert client.get("/metrics", environ_base=inside).status_code == HTTPStatus.OK
    assert client.get("/metrics", environ_base=outside).status_code == HTTPStatus.FORBIDDEN
    wider = create_app(replace(services, metrics_from=networks_in("203.0.113.0/24"))).test_client()
    assert wider.get("/metrics", environ_base=outside).status_code == HTTPStatus.OK


def test_methods_that_a_stranger_makes_up_are_one_label(client: FlaskClient) -> None:
    for number in range(20):
        client.open("/healthz", method=f"MADEUP{number}")
    assert "MADEUP" not in client.get("/metrics").text


def test_a_stranger_of_many_names_is_refused_and_others_are_not(services: Services) -> None:
    door, _ = a_staffed_door(services.stores, per_minute=20)
    client = create_app(replace(services, door=door)).test_client()
    read = f"/v1/predictions/{'0' * 32}"
    statuses = [
        client.get(read, headers={"X-Visitor": f"stranger-{number:04}"}).status_code for number in range(30)
    ]
    assert statuses.count(HTTPStatus.TOO_MANY_REQUESTS) == 10
    elsewhere = client.get(read, headers={"X-Visitor": ALICE}, environ_base={"REMOTE_ADDR": "203.0.113.7"})
    assert elsewhere.status_code == HTTPStatus.NOT_FOUND


def test_one_address_cannot_flood_the_reviewers(services: Services) -> None:
    door, proofs = a_staffed_door(services.stores, per_minute=3_000)
    client = create_app(replace(services, door=door)).test_client()
    predictions = [prediction_of(Visitor(f"stranger-{number:04}")) for number in range(30)]
    services.stores.predictions.add_all(predictions)
    statuses = []
    for prediction, (what, body) in product(
        predictions, (("vote", {"liked": False}), ("correction", {"label": "defective"}))
    ):
        response = client.put(
            f"/v1/predictions/{prediction.id}/{what}",
            json=body,
            headers={"X-Visitor": prediction.visitor},
        )
        statuses.append(response.status_code)
    assert statuses.count(HTTPStatus.TOO_MANY_REQUESTS) >= 25
    known = client.put(
        f"/v1/predictions/{predictions[0].id}/vote",
        json={"liked": True},
        headers={"X-Visitor": predictions[0].visitor, "Authorization": f"Bearer {proofs['key-inspect']}"},
    )
    assert known.status_code == HTTPStatus.OK


def test_guesses_under_many_names_end_and_the_right_person_comes_in_elsewhere(services: Services) -> None:
    door, _ = a_staffed_door(services.stores)
    client = create_app(replace(services, door=door)).test_client()
    for number in range(60):
        wrong = {"name": f"name-{number}", "password": "a wrong password"}
        last = client.post("/v1/tokens", json=wrong)
    assert last.status_code == HTTPStatus.TOO_MANY_REQUESTS
    right = {"name": "the-admin", "password": PASSWORD}
    elsewhere = client.post("/v1/tokens", json=right, environ_base={"REMOTE_ADDR": "203.0.113.7"})
    assert elsewhere.status_code == HTTPStatus.CREATED


def test_a_photo_that_is_deleted_is_gone_and_only_its_visitor_may(
    client: FlaskClient, services: Services
) -> None:
    prediction = prediction_of(ALICE)
    services.stores.predictions.add(prediction)
    services.stores.photos.put(prediction.photo_id, b"jpeg")
    path = f"/v1/predictions/{prediction.id}/photo"
    assert client.delete(path, headers={"X-Visitor": "bob-000001"}).status_code == HTTPStatus.NOT_FOUND
    assert client.delete(path, headers={"X-Visitor": ALICE}).status_code == HTTPStatus.NO_CONTENT
    assert client.delete(path, headers={"X-Visitor": ALICE}).status_code == HTTPStatus.NOT_FOUND
    assert services.stores.predictions.get(prediction.id) is None


def test_a_visitor_is_proven_by_what_we_signed_and_not_by_a_name(
    client: FlaskClient, services: Services
) -> None:
    hers = client.get("/v1/model").headers["X-Visitor"]
    name, _, proof = hers.rpartition(".")
    prediction = prediction_of(Visitor(name))
    services.stores.predictions.add(prediction)
    path = f"/v1/predictions/{prediction.id}"
    assert client.get(path, headers={"X-Visitor": hers}).status_code == HTTPStatus.OK
    for guess in (name, f"{name}.{'0' * 31}", f"{name}.{proof[:-1]}", f"{name}.", proof):
        assert client.get(path, headers={"X-Visitor": guess}).status_code in (401, 404)
    assert client.get(path).status_code == HTTPStatus.NOT_FOUND
    again = client.get("/v1/model", headers={"X-Visitor": hers})
    assert again.headers["X-Visitor"] == hers


def test_a_limit_forgets_whom_it_need_not_remember() -> None:
    now = 0.0
    limit = RateLimit(per_minute=60, burst=5, now=lambda: now)
    for number in range(100):
        limit.take(f"stranger-{number}")
    now = 6.0
    limit.take("alice")
    assert limit.remembered == 1
    for number in range(MAX_CALLERS + 10):
        limit.take(f"stranger-{number}")
    assert limit.remembered == MAX_CALLERS


def test_of_one_visitor_and_one_address_only_so_many_bytes_are_kept_a_day(
    services: Services, bright: bytes, tmp_path: Path
) -> None:
    registry = FakeRegistry()
    registry.move_production(
        register_bundle(write_bundle(tmp_path / "sound"), description="", registry=registry)
    )
    services.shelf._registry = lambda: registry
    services.shelf.look()
    door = Door(services.door.gate, RateLimit(per_minute=0), day_bytes=len(bright) * 3)
    with create_app(replace(services, door=door)).test_client() as client:
        kept = [_is_kept(client, bright, ALICE) for _ in range(5)]
        others = [_is_kept(client, bright, Visitor(f"made-up-{number:04}")) for number in range(60)]
    assert kept == [True, True, True, False, False]
    assert others.count(True) == 3 * ADDRESS_KEEPS - 3


def _is_kept(client: FlaskClient, photo: bytes, visitor: Visitor) -> bool:
    said = {"X-Visitor": str(visitor), "Content-Type": "image/jpeg"}
    response = client.post("/v1/predictions", data=photo, headers=said)
    assert response.status_code == HTTPStatus.CREATED
    return bool(response.get_json()["photo_kept"])


def test_a_visitors_name_alone_opens_nothing() -> None:
    """Whoever guesses a name that a program chose still needs an answer's id, 128 bits that nobody lists."""
    spoken = [route for routes in SUBJECTS for route in routes if route.right is Right.INSPECT]
    assert len(spoken) > 8
    assert {(route.method, route.path) for route in spoken if "<prediction_id>" not in route.path} == {
        ("POST", "/predict"),
        ("POST", "/v1/predictions"),
        ("POST", "/v1/predictions:batch"),
        ("POST", "/v1/reports"),  # of answers that are named by their ids
        ("GET", "/v1/reports"),  # which tells no id of an answer to a name that we did not sign
        ("DELETE", "/v1/reports/<report_id>"),
    }
