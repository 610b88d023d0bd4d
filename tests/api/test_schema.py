"""What the document promises, asked of a running service by a caller with every right, of what exists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case
from schemathesis.checks import CHECKS
from schemathesis.generation import GenerationMode
from schemathesis.schemas import APIOperation

from tests.datasets.conftest import Shelf, a_jpeg, bring_in
from tests.fixtures.service_process import started
from tests.fixtures.stores import photos_in
from tests.review.conftest import a_queue_in
from tyreloop.access.api_keys import hash_of_key, new_key_text
from tyreloop.domain.staff import Act, Actor, ApiKey, Right, Role
from tyreloop.use_cases.staff import add_staff_member, invite_staff_member
from tyreloop.use_cases.stores import Stores

pytestmark = pytest.mark.slow
CASES = 5  # of each operation: so many as the document allows, and so many that it does not
PASSWORD = "a password of the tests"
ROOT = Actor("shell:root", frozenset(Right), is_known=True)
PHOTO = a_jpeg(0)
ORDERS = {"training": {"recipe": "demo", "dataset": None}, "inspection": {"dataset": "winter"}}
GRAFANA_SIGNS_IT = {("POST /v1/alerts", 401)}
KINDS_OF_BYTES = ("application/zip", "image/jpeg", "image/png", "image/webp", "image/heic", "image/avif")


@schemathesis.serializer(*KINDS_OF_BYTES)
def as_it_is(_: Any, body: Any) -> Any:
    return body


@dataclass
class House:
    """A running service with something of every kind, and a caller who may do everything."""

    url: str
    stores: Stores
    key: str = ""
    visitor: str = "visitor-0"
    numbers: Any = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        key_id, self.key = new_key_text()
        issued = ApiKey(key_id, "every", frozenset(Right), "root", datetime.now(UTC))
        act = Act.of(ROOT, "key_issued", "every", issued.created_at)
        self.stores.keys.add(issued, secret_hash=hash_of_key(self.key), act=act)
        add_staff_member("sue", PASSWORD, Role.SCIENTIST, by=ROOT, using=self.stores)
        bring_in(self.stores, "winter", good=2, defective=2)
        self.shelf = Shelf((queue := a_queue_in(self.stores)).using, queue)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}", "X-Visitor": self.visitor}

    def ask(self, method: str, path: str, **said: Any) -> requests.Response:
        answer = requests.request(method, self.url + path, headers=self.headers, timeout=30, **said)
        assert answer.ok, answer.text
        return answer

    def a_prediction(self) -> str:
        photo = {"file": a_jpeg(next(self.numbers))}
        prediction = str(self.ask("POST", "/v1/predictions", files=photo).json()["id"])
        self.ask("PUT", f"/v1/predictions/{prediction}/correction", json={"label": "defective"})
        return prediction

    def a_report(self) -> str:
        return str(self.ask("POST", "/v1/reports", json={"predictions": [self.a_prediction()]}).json()["id"])

    def an_order(self) -> str:
        order = {"kind": "inspection", "dataset": "winter"}
        return str(self.ask("POST", "/v1/jobs", json=order).json()["id"])

    def a_link(self) -> str:
        images = self.ask("GET", "/v1/datasets/winter/images").json()["images"]
        return str(images[0]["link"]).rpartition("/")[2]

    def a_reviewed_photo(self) -> str:
        return self.shelf.reviewed(next(self.numbers))

    def an_invitation(self) -> str:
        return invite_staff_member(Role.REVIEWER, valid_for=timedelta(hours=1), by=ROOT, using=self.stores)

    def a_thing_after(self, method: str, path: str, thing: str) -> str:
        self.ask(method, path.format(thing))
        return thing

    def a_zip(self) -> bytes:
        return self.ask("GET", "/v1/datasets/winter/export").content

    def a_photo_in(self, body: Any) -> Any:
        return {"file": PHOTO} if isinstance(body, dict) else PHOTO

    def let_it_speak_of_what_is_there(self, case: Case) -> None:
        """What no document can say: which ids exist, which bytes are a photo, what belongs together."""
        self.visitor = f"visitor-{next(self.numbers)}"  # who has not yet asked for too much
        things: Mapping[str, Callable[[], str]] = {
            "prediction_id": self.a_prediction,
            "report_id": self.a_report,
            "job_id": self.an_order,
            "photo_id": self.a_reviewed_photo,
            "link": self.a_link,
            "token": self.an_invitation,
            **dict.fromkeys(("name", "old", "new"), lambda: "winter"),
            "importDataset": lambda: f"winter-{next(self.numbers)}",
            "restoreImage": lambda: self.a_thing_after("DELETE", "/v1/images/{}", self.a_reviewed_photo()),
            "retryJob": lambda: self.a_thing_after("POST", "/v1/jobs/{}/cancel", self.an_order()),
        }
        bodies: Mapping[str, Callable[[Any], Any]] = {
            "predict": self.a_photo_in,
            "createPrediction": self.a_photo_in,
            "createPredictions": lambda body: self.a_zip() if case.media_type == "application/zip" else body,
            "importDataset": lambda body: self.a_zip(),
            "createReport": lambda body: body | {"predictions": [self.a_prediction()]},
            "createToken": lambda body: {"name": "sue", "password": PASSWORD},
            "redeem": lambda body: body | {"password": PASSWORD},
            "createJob": lambda body: body | ORDERS[body["kind"]],
            "putCorrection": lambda body: body if body["label"] == "defective" else {"label": body["label"]},
            "createDataset": lambda body: body | {"parent": self.a_reviewed_photo() and "winter"},
        }
        name = case.operation.definition.raw["operationId"]
        if name in bodies:
            case.body = bodies[name](case.body)
        gaps = case.path_parameters or {}
        gaps.update({gap: things[name if name in things else gap]() for gap in gaps})


def test_every_operation_answers_as_the_document_says(
    stores: Stores, emptied_dsn: dict[str, Any], service_data_dir: Path
) -> None:
    names = {"dbname": "DB", "host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD"}
    database = {f"POSTGRES_{name}": str(emptied_dsn[key]) for key, name in names.items()}
    with started(service_data_dir, **database) as service:
        url = f"http://127.0.0.1:{service.port}"
        house = House(url, replace(stores, photos=photos_in(service_data_dir)))
        met: Counter[tuple[str, int]] = Counter()
        document = schemathesis.openapi.from_url(f"{url}/openapi.json")
        document.config.checks.negative_data_rejection.expected_statuses = ["4xx"]
        for found in document.get_all_operations():
            operation = found.ok()
            ask_all(operation, GenerationMode.POSITIVE, house, met)
            if operation.path_parameters or operation.query or operation.body:
                ask_all(operation, GenerationMode.NEGATIVE, house, Counter())
    assert {(label, status) for label, status in met if status >= 300} == GRAFANA_SIGNS_IT
    assert met.total() > 150


def ask_all(
    operation: APIOperation[Any, Any, Any, Any],
    mode: GenerationMode,
    house: House,
    met: Counter[tuple[str, int]],
) -> None:
    """So many cases of an operation, each time the same; what the document does not promise fails."""
    is_right = mode is GenerationMode.POSITIVE
    # What we put into a case that is right no longer looks like what was made for it.
    left_out = [CHECKS.get_one("negative_data_rejection")] if is_right else []

    @settings(
        max_examples=CASES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Case) -> None:
        if is_right:
            house.let_it_speak_of_what_is_there(case)
        response = case.call(base_url=house.url, headers=house.headers)
        case.validate_response(response, excluded_checks=left_out)
        met[operation.label, response.status_code] += 1

    ask()
