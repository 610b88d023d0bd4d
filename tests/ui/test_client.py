"""The one client: bounded, the same key at each try, each way of not getting an answer with its code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from inference_api.routes.photos import PredictionBody
from streamlit_ui.review_photos import heat_of
from streamlit_ui.staff import api_for
from streamlit_ui.texts import Texts
from streamlit_ui.view_models.verdict import text_of_not_kept
from tests.contract.people import prediction_of
from tests.fixtures.stand_in import Asked, answering
from tests.fixtures.stores import a_door
from tyreloop.access.tokens import Purpose
from tyreloop.client import ApiClient, ApiProblem, Tries
from tyreloop.domain.damage import DamageKind, SeenKind
from tyreloop.domain.photos import (
    Answer,
    UnsureReason,
    UnusableReason,
    UploadedPhoto,
    Verdict,
    View,
    Visitor,
)
from tyreloop.domain.staff import Actor
from tyreloop.use_cases.stores import Stores

BUSY = (503, {"code": "service_busy", "detail": "Many wait.", "request_id": "req-9"})


@dataclass
class Service:
    """Says what it is told to say, and remembers how it was asked."""

    says: list[tuple[int, Any]]
    headers: list[dict[str, str]] = field(default_factory=list)
    url: str = ""


@contextmanager
def saying(*says: tuple[int, Any]) -> Iterator[Service]:
    service = Service(list(says))

    def answer(asked: Asked) -> tuple[int, Any]:
        service.headers.append(asked.headers)
        return service.says.pop(0)

    with answering(answer) as url:
        service.url = f"{url}/"
        yield service


def test_a_busy_service_is_asked_again_under_the_same_key() -> None:
    with saying(BUSY, BUSY, (201, {"answer": "good"})) as service, ApiClient(service.url) as client:
        said = client.post_photo(b"photo", visitor="alice", token="t", tries=Tries(3, 0.0))
    assert said == {"answer": "good"}
    assert len({headers["idempotency-key"] for headers in service.headers}) == 1
    assert {headers["x-visitor"] for headers in service.headers} == {"alice"}
    assert {headers["authorization"] for headers in service.headers} == {"Bearer t"}


def test_a_verdict_reaches_the_page_as_the_service_gave_it() -> None:
    seen = SeenKind(DamageKind.CRACK, 0.875, is_sure=True), SeenKind(DamageKind.BULGE, 0.25, is_sure=False)
    probabilities, outline = {"good": 0.25, "defective": 0.75}, (((0.25, 0.5), (0.75, 0.5), (0.5, 0.125)),)
    verdicts = [
        Verdict(Answer.DEFECTIVE, probabilities, kinds=seen, outline=outline, view=View.SIDEWALL),
        Verdict(Answer.UNSURE, probabilities, UnsureReason.UNFAMILIAR),
        Verdict(Answer.UNUSABLE, probabilities, UnusableReason.TOO_DARK, {"decode": 8.5}, 0.5),
    ]
    for verdict in verdicts:
        given = prediction_of(Visitor("alice"), verdict=verdict)
        body = PredictionBody.of(given).model_dump(mode="json")
        with saying((201, body)) as service, ApiClient(service.url) as client:
            answer = client.judge(UploadedPhoto(b"photo"), visitor=Visitor("alice"))
        # A vote that comes before the service's own copy brings this one along: it says the same.
        request_id = answer.prediction.request_id
        assert answer.prediction == replace(given, photo_bytes=len(b"photo"), request_id=request_id)
        assert (answer.prediction.verdict, answer.is_kept) == (verdict, True)


def test_what_could_not_be_kept_is_said_on_the_page(english: Texts, korean: Texts) -> None:
    for kept, photo_kept, wanted, sentence in [
        (True, True, True, ""),
        (True, False, False, ""),  # as its visitor chose
        (True, False, True, "no room to keep this photo"),
        (False, False, True, "could not be kept"),
    ]:
        given = prediction_of(Visitor("alice"), keep_photo=photo_kept)
        body = PredictionBody.of(given, kept=kept).model_dump(mode="json")
        with saying((201, body)) as service, ApiClient(service.url) as client:
            answer = client.judge(UploadedPhoto(b"photo"), visitor=Visitor("alice"))
        text = text_of_not_kept(answer, wanted=wanted)
        assert sentence in (english(text) if text else "")
        assert bool(text) == bool(sentence)
        assert not text or korean(text)


def test_where_visitors_must_sign_in_the_pages_ask_in_the_name_of_whoever_did(stores: Stores) -> None:
    gate = a_door(stores).gate
    body = PredictionBody.of(prediction_of(Visitor("alice"))).model_dump(mode="json")
    people = [Actor("user:sue", is_known=True), Actor("visitor:alice")]
    with saying((201, body), (201, body)) as service, ApiClient(service.url) as client:
        for who in people:
            asked = api_for(who, client, gate.signer)
            asked.judge(UploadedPhoto(b"photo"), visitor=Visitor("alice"))
    of_sue, of_nobody = (headers.get("authorization", "") for headers in service.headers)
    assert gate.signer.read(Purpose.ACCESS, of_sue.removeprefix("Bearer ")).subject == "sue"
    assert of_nobody == ""
    assert {headers["x-visitor"] for headers in service.headers} == {"alice"}


def test_a_heat_that_could_not_be_had_is_asked_for_again_and_one_that_was_is_not() -> None:
    of = prediction_of(Visitor("alice"))
    with saying(BUSY, (200, "a picture")) as service, ApiClient(service.url) as client:
        found = [heat_of(of.id, of.visitor, client) for _ in range(3)]
    assert found == [None, b'"a picture"', b'"a picture"']


def refusal_of(*says: tuple[int, Any], tries: Tries) -> ApiProblem:
    with saying(*says) as service, ApiClient(service.url) as client, pytest.raises(ApiProblem) as refused:
        client.post_photo(b"photo", tries=tries)
    return refused.value


def test_who_does_not_want_to_wait_is_told_at_once() -> None:
    refused = refusal_of(BUSY, tries=Tries(5, 0.0, lambda _: True))
    assert (refused.code, refused.request_id) == ("service_busy", "req-9")
    assert str(refused) == "Many wait."


def test_a_refusal_is_not_asked_again() -> None:
    said = {"code": "unreadable_photo", "detail": "No photo."}
    refused = refusal_of((422, said), tries=Tries(5, 0.0))
    assert (refused.status, refused.body) == (422, said)


def test_nonsense_is_an_error_of_the_service() -> None:
    assert refusal_of((500, b"<html>"), tries=Tries()).code == "internal_error"


def test_nobody_there_has_its_own_code() -> None:
    with ApiClient("http://127.0.0.1:9") as client, pytest.raises(ApiProblem) as refused:
        client.post_photo(b"photo", tries=Tries(2, 0.0))
    assert (refused.value.code, refused.value.status) == ("api_away", 0)
