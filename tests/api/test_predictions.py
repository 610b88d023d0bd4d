"""A photo in, a verdict out."""

from __future__ import annotations

import json
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any, cast

import pytest
from flask.testing import FlaskClient

from inference_api import Services, create_app
from inference_api.judging import explained
from tests.fakes import FakeRegistry, LogAtOnce
from tests.vision.bundles import write_bundle
from tyreloop.domain.photos import Prediction, PredictionId, UploadedPhoto
from tyreloop.models.shelf import ModelShelf, ShelfClassifier
from tyreloop.use_cases.stores import Stores

ALICE = {"X-Visitor": "alice-in-the-garage"}
BOB = {"X-Visitor": "bob-on-the-road"}


@pytest.mark.parametrize("path", ["/predict", "/v1/predictions?source=ui"])
def test_a_photo_in_a_form_gets_a_verdict(api: FlaskClient, bright: bytes, path: str) -> None:
    response = api.post(path, data={"note": "x", "file": (BytesIO(bright), "tyre.jpg")}, headers=ALICE)

    body = response.get_json()
    assert response.status_code == 201
    assert (body["answer"], body["predicted_class"], body["reason"]) == ("good", "good", None)
    assert body["model"] == {"name": "tyre-defect", "version": 1}
    assert body["demo_model"] is False
    assert "model;dur=" in response.headers["Server-Timing"]
    assert response.headers["X-Visitor"] == ALICE["X-Visitor"]


def test_a_photo_as_the_body_gets_the_same_verdict(api: FlaskClient, dark: bytes) -> None:
    body = api.post("/v1/predictions", data=dark, content_type="image/jpeg").get_json()

    assert body["answer"] == "defective"


def test_who_asks_why_gets_a_heatmap(api: FlaskClient, dark: bytes) -> None:
    plain = api.post("/predict", data=dark, content_type="image/jpeg").get_json()
    explained = api.post("/predict?explain=true", data=dark, content_type="image/jpeg").get_json()

    assert plain["heatmap"] is None
    assert explained["heatmap"]["grid"][0][0] > 0.5
    assert explained["heatmap"]["overlay_png"].startswith("iVBOR")  # PNG's first bytes in base64

    lean = api.post("/predict?explain=true&overlay=false", data=dark, content_type="image/jpeg").get_json()
    assert lean["heatmap"] == {**explained["heatmap"], "overlay_png": None}


@pytest.mark.parametrize(("said", "is_demo"), [("", False), ("?demo=true", True)])
def test_what_was_only_tried_is_marked(
    api: FlaskClient, stores: Stores, bright: bytes, said: str, is_demo: bool
) -> None:
    made = api.post(f"/v1/predictions{said}", data=bright, content_type="image/jpeg").get_json()
    prediction = stores.predictions.get(PredictionId(made["id"]))
    assert prediction is not None
    assert prediction.is_demo is is_demo


@pytest.mark.parametrize(
    ("said", "kept"), [("", True), ("?keep_photo=true", True), ("?keep_photo=false", False)]
)
def test_the_visitor_says_whether_the_photo_is_kept(
    api: FlaskClient, stores: Stores, bright: bytes, said: str, kept: bool
) -> None:
    made = api.post(f"/v1/predictions{said}", data=bright, content_type="image/jpeg").get_json()
    batch = api.post(f"/v1/predictions:batch{said}", data={"file": (BytesIO(bright), "tyre.jpg")})
    for prediction_id in (made["id"], json.loads(batch.text)["prediction"]["id"]):
        prediction = stores.predictions.get(PredictionId(prediction_id))
        assert prediction is not None
        assert prediction.keep_photo is kept
    assert api.post("/predict?keep_photo=perhaps", data=bright, content_type="image/jpeg").status_code == 400


def test_a_new_visitor_is_told_their_name_and_finds_the_prediction_again(
    api: FlaskClient, bright: bytes
) -> None:
    made = api.post("/v1/predictions", data=bright, content_type="image/jpeg")
    name = {"X-Visitor": made.headers["X-Visitor"]}
    path = f"/v1/predictions/{made.get_json()['id']}"

    assert api.get(path, headers=name).get_json()["answer"] == "good"
    assert api.get(path, headers=BOB).get_json()["code"] == "prediction_not_found"


def test_the_caller_s_request_id_comes_back(api: FlaskClient, bright: bytes) -> None:
    given = api.get("/healthz", headers={"X-Request-ID": "from-the-browser-1"})
    odd = api.get("/healthz", headers={"X-Request-ID": "no spaces, please"})

    assert given.headers["X-Request-ID"] == "from-the-browser-1"
    assert odd.headers["X-Request-ID"] != "no spaces, please"


@pytest.mark.parametrize(
    ("body", "kind", "status", "code"),
    [
        (b"GIF89a", "image/gif", 422, "unreadable_photo"),
        (b"", "image/jpeg", 400, "invalid_request"),
        (b"{}", "application/json", 400, "invalid_request"),
        (b"no form", "multipart/form-data", 400, "invalid_request"),
        (b"no form", "multipart/form-data; boundary=x", 400, "invalid_request"),
        (bytes(21_000_000), "image/jpeg", 413, "photo_too_large"),
    ],
)
def test_what_is_no_photo_is_refused_in_one_sentence(
    api: FlaskClient, body: bytes, kind: str, status: int, code: str
) -> None:
    response = api.post("/v1/predictions", data=body, content_type=kind)

    problem = response.get_json()
    assert response.status_code == status
    assert response.mimetype == "application/problem+json"
    assert problem["code"] == code
    assert problem["request_id"] == response.headers["X-Request-ID"]


def test_without_a_model_the_service_is_alive_and_says_so(empty_api: FlaskClient, bright: bytes) -> None:
    refused = empty_api.post("/v1/predictions", data=bright, content_type="image/jpeg")

    assert empty_api.get("/healthz").status_code == 200
    assert empty_api.get("/readyz").get_json()["code"] == "no_production_model"
    assert refused.status_code == 503
    assert refused.headers["Retry-After"]


def test_a_route_that_is_none_is_a_problem_too(api: FlaskClient) -> None:
    missing, wrong = api.get("/v2"), api.get("/predict")

    assert missing.get_json()["status"] == 404
    assert wrong.get_json()["status"] == 405
    assert "POST" in wrong.headers["Allow"]


def test_the_same_key_gets_the_same_prediction_and_another_photo_is_refused(
    api: FlaskClient, bright: bytes, dark: bytes
) -> None:
    key = {**ALICE, "Idempotency-Key": "browser-key-1"}
    first = api.post("/predict", data=bright, content_type="image/jpeg", headers=key)
    again = api.post("/predict", data=bright, content_type="image/jpeg", headers=key)
    other = api.post("/predict", data=dark, content_type="image/jpeg", headers=key)

    why = api.post("/predict?explain=true", data=bright, content_type="image/jpeg", headers=key)

    assert (first.status_code, again.status_code, why.get_json()["heatmap"]) == (201, 200, None)
    assert again.get_json() == first.get_json()
    assert (other.status_code, other.get_json()["code"]) == (409, "idempotency_key_reused")


def test_the_heatmap_of_a_kept_photo_is_a_picture(api: FlaskClient, dark: bytes, stores: Stores) -> None:
    made = api.post("/predict", data=dark, content_type="image/jpeg", headers=ALICE).get_json()
    path = f"/v1/predictions/{made['id']}/heatmap.png"
    assert api.get(path, headers=ALICE).get_json()["code"] == "photo_not_found"

    stores.photos.put(made["photo_id"], dark)

    assert api.get(path, headers=ALICE).data.startswith(b"\x89PNG")
    assert api.get(path, headers=BOB).status_code == 404


def test_the_heatmap_of_a_kept_photo_comes_as_numbers_too(
    api: FlaskClient, dark: bytes, stores: Stores
) -> None:
    made = api.post("/predict?explain=true", data=dark, content_type="image/jpeg", headers=ALICE).get_json()
    stores.photos.put(made["photo_id"], dark)
    path = f"/v1/predictions/{made['id']}/heatmap"
    assert api.get(path, headers=ALICE).get_json() == {**made["heatmap"], "overlay_png": None}
    assert api.get(path, headers=BOB).status_code == 404


def test_nobody_learns_whether_somebody_else_showed_a_photo(
    api: FlaskClient, dark: bytes, stores: Stores
) -> None:
    def seen_by(name: str) -> tuple[bool, int]:
        asked = {"data": dark, "content_type": "image/jpeg", "headers": {"X-Visitor": name}}
        shown = api.post("/predict?keep_photo=false", **asked).get_json()
        again = api.get(f"/v1/predictions/{shown['id']}/heatmap", headers={"X-Visitor": name})
        return shown["photo_kept"], again.status_code

    alone = seen_by("mallory-0001")
    hers = api.post("/predict", data=dark, content_type="image/jpeg", headers=ALICE).get_json()
    stores.photos.put(hers["photo_id"], dark)
    assert seen_by("mallory-0002") == alone == (False, 404)


def test_a_larger_photo_is_taken_where_the_setting_says_so(
    services: Services, registry: FakeRegistry, shelf: ModelShelf, bundle: Path, bright: bytes
) -> None:
    registry.move_production(registry.register(bundle, description="sound", tags={}))
    shelf.look()
    large = bright + bytes(21_000_000)
    for most, status in ((20_000_000, 413), (30_000_000, 201)):
        client = create_app(replace(services, max_photo_bytes=most)).test_client()
        assert client.post("/predict", data=large, content_type="image/jpeg").status_code == status


def test_read_again_an_answer_says_that_a_demonstration_model_gave_it(
    services: Services, registry: FakeRegistry, shelf: ModelShelf, tmp_path: Path, bright: bytes
) -> None:
    demo = write_bundle(tmp_path / "demo")
    card = json.loads((demo / "card.json").read_text())
    (demo / "card.json").write_text(json.dumps(card | {"demo": True}))
    registry.move_production(registry.register(demo, description="demo", tags={}))
    shelf.look()
    client = create_app(services).test_client()
    said = client.post(
        "/predict", data=bright, content_type="image/jpeg", headers={"X-Visitor": "alice-0001"}
    )
    again = client.get(f"/v1/predictions/{said.get_json()['id']}", headers={"X-Visitor": "alice-0001"})
    assert (said.get_json()["demo_model"], again.get_json()["demo_model"]) == (True, True)
    assert said.get_json()["novelty"] == again.get_json()["novelty"]


def test_an_answer_that_is_not_kept_says_so(api: FlaskClient, services: Services, bright: bytes) -> None:
    class FullDisk(LogAtOnce):
        def record(self, prediction: Prediction, photo: UploadedPhoto) -> None:
            """It takes nothing."""

    full = create_app(replace(services, log=FullDisk(services.stores.predictions))).test_client()
    for client, kept in ((api, True), (full, False)):
        said = client.post("/predict", data=bright, content_type="image/jpeg").get_json()
        assert (said["kept"], said["photo_kept"]) == (kept, kept)


def test_an_answer_stands_though_its_picture_cannot_be_drawn() -> None:
    class SawNonsense(ShelfClassifier):
        def __init__(self) -> None:
            """It judged, and its map is none."""

        examination = cast(Any, "no examination")
        model = cast(Any, "no model")

    assert explained(SawNonsense()) is None
