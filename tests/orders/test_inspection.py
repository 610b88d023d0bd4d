"""An inspection: the service answers each photo of a dataset once, whatever stops it meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from threading import Event
from typing import Any

import pytest

from tests.datasets.conftest import a_jpeg
from tests.fixtures.stand_in import Asked, answering
from tests.orders.conftest import SUE, House
from tyreloop.access.tokens import Purpose, TokenSigner
from tyreloop.domain.datasets import Packed, hash_of_place, part_of
from tyreloop.domain.feedback import Label
from tyreloop.domain.orders import OrderId, OrderState
from tyreloop.domain.photos import PhotoId
from tyreloop.settings import read_settings
from tyreloop.use_cases.datasets import unpack_dataset
from tyreloop.use_cases.orders import carry_out, order_inspection
from tyreloop.use_cases.stores import Stores
from tyreloop.worker.handlers import proof_of
from tyreloop.worker.inspection import MAX_ASKED, VISITOR, Inspection

PHOTOS = 25
JPEG = a_jpeg(1)  # one photo for all: the service of these tests looks at the last byte
RIGHT = Label.GOOD
ANSWERS = {0: "good", 1: "good", 2: "defective", 3: "unsure", 4: "unusable"}  # by the last byte modulo five


@dataclass
class Service:
    """A stand-in for the service: counts what it is asked, and is moody when told to be."""

    url: str = ""
    asked: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    moods: list[int] = field(default_factory=list)  # statuses that come before the answers
    breaks_after: int | None = None
    on_break: Any = None

    def answer(self, asked: Asked) -> tuple[int, dict[str, str]]:
        self.headers.append(asked.headers)
        self.paths.append(asked.path)
        if self.moods:
            return self.moods.pop(0), {"code": "moody"}
        self.asked.append(asked.body)
        if self.breaks_after == len(self.asked):
            self.on_break()
        return 201, {"answer": ANSWERS[asked.body[-1] % 5]}


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()
    with answering(service.answer) as service.url:
        yield service


@pytest.fixture
def inspection(service: Service, stores: Stores) -> Inspection:
    """Over a dataset `one` of good tyres; the store has lost the last of them."""
    unpack_dataset("one", [packed(number) for number in range(PHOTOS)], by=SUE, using=stores)
    stores.photos.delete(photo_of(PHOTOS - 1))
    return Inspection(stores.datasets, stores.photos, service.url, pause=lambda _: None)


def photo_of(number: int) -> PhotoId:
    return PhotoId(sha256(JPEG + bytes([number])).hexdigest())


def packed(number: int) -> Packed:
    photo = photo_of(number)
    return Packed(hash_of_place(photo), RIGHT, part_of(photo), photo, JPEG + bytes([number]))


COUNTS = {"right": 10, "wrong": 9, "unsure": 5, "gone": 1}


def run(
    house: House, job_id: OrderId, work: Inspection, *, stopping: Event | None = None
) -> OrderState | None:
    return carry_out(
        job_id,
        worker="worker-1",
        handlers={"inspection": work},
        using=house.using,
        stopping=stopping or Event(),
    )


def test_every_photo_is_answered_and_counted(house: House, inspection: Inspection, service: Service) -> None:
    job_id = order_inspection("one", by=SUE, using=house.using).id
    assert run(house, job_id, inspection) is OrderState.DONE
    job = house.job(job_id)
    assert job.result == {"photos": PHOTOS, "counts": COUNTS}
    assert job.progress == {"done": PHOTOS, "total": PHOTOS, "seconds_left": 0, "counts": COUNTS}
    assert len(service.asked) == len(set(service.asked)) == PHOTOS - 1
    assert {path.split("?")[1] for path in service.paths} == {"demo=true&keep_photo=false&record=false"}
    assert {headers["x-visitor"] for headers in service.headers} == {VISITOR}


def test_a_worker_that_ends_goes_on_after_the_last_that_was_counted(
    house: House, inspection: Inspection, service: Service
) -> None:
    job_id, stopping = order_inspection("one", by=SUE, using=house.using).id, Event()
    service.breaks_after, service.on_break = 13, stopping.set
    assert run(house, job_id, inspection, stopping=stopping) is OrderState.QUEUED
    assert house.job(job_id).progress["done"] == 10
    assert run(house, job_id, inspection) is OrderState.DONE
    assert house.job(job_id).result["counts"] == COUNTS


def test_a_busy_service_is_asked_again_and_no_answer_is_made_up(
    house: House, inspection: Inspection, service: Service
) -> None:
    job_id = order_inspection("one", by=SUE, using=house.using).id
    service.moods = [503, 429, 500]
    assert run(house, job_id, inspection) is OrderState.DONE
    assert house.job(job_id).result["counts"] == COUNTS


def test_a_service_that_stays_away_parks_the_job(
    house: House, inspection: Inspection, service: Service
) -> None:
    job_id = order_inspection("one", by=SUE, using=house.using).id
    service.moods = [503] * MAX_ASKED * 3
    states = [run(house, job_id, inspection) for _ in range(3)]
    assert states == [OrderState.QUEUED, OrderState.QUEUED, OrderState.PARKED]
    assert service.asked == []


def test_a_service_that_lets_nobody_in_fails_the_job(
    house: House, inspection: Inspection, service: Service
) -> None:
    job_id = order_inspection("one", by=SUE, using=house.using).id
    service.moods = [401]
    assert run(house, job_id, inspection) is OrderState.FAILED
    assert house.job(job_id).error == "The service does not let the job in."


def test_a_dataset_that_is_not_there_fails_the_job(house: House, inspection: Inspection) -> None:
    job_id = order_inspection("none", by=SUE, using=house.using).id
    assert run(house, job_id, inspection) is OrderState.FAILED


def test_where_visitors_sign_in_the_job_knocks_in_the_name_of_who_ordered_it() -> None:
    given = {"secret_key": "a secret of the tests, long enough to sign", "visitors_must_sign_in": True}
    settings = read_settings(beside_stack=False, **given)
    proof = proof_of(settings)("user:sue")
    signer = TokenSigner(given["secret_key"], lambda: datetime.now(UTC))
    assert proof is not None
    assert signer.read(Purpose.ACCESS, proof).subject == "sue"
    assert proof_of(settings)("key:nightly") is None
    assert proof_of(read_settings(beside_stack=False, visitors_must_sign_in=False))("user:sue") is None
