"""Which model answers, and how it changes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from flask.testing import FlaskClient

from inference_api import Services, create_app
from tests.api.test_access_matrix import a_staffed_door
from tests.fakes import FakeRegistry
from tests.vision.bundles import brightness_graph, write_bundle
from tyreloop.models.shelf import ModelShelf


def test_a_promotion_is_served_after_a_refresh(
    api: FlaskClient, services: Services, registry: FakeRegistry, bundle: Path, bright: bytes
) -> None:
    door, proofs = a_staffed_door(services.stores)
    scientist = create_app(replace(services, door=door)).test_client()
    registry.move_production(registry.register(bundle, description="second", tags={}))

    who = {"Authorization": f"Bearer {proofs['scientist']}"}
    assert scientist.post("/v1/model/refresh", headers=who).status_code == 202

    answered = api.post("/predict", data=bright, content_type="image/jpeg").get_json()
    assert answered["model"]["version"] == 2
    assert api.get("/readyz").get_json()["model_version"] == 2


def test_a_refused_version_is_shown_with_its_reason_and_the_old_one_answers(
    api: FlaskClient, registry: FakeRegistry, shelf: ModelShelf, tmp_path: Path, bright: bytes
) -> None:
    swapped = write_bundle(tmp_path / "swapped", brightness_graph(gain=-6.0))
    registry.move_production(registry.register(swapped, description="swapped", tags={}))
    shelf.look()

    shown = api.get("/v1/model").get_json()
    assert (shown["serving"], shown["wanted"]) == (1, 2)
    assert "golden" in shown["refused"]["2"]
    assert api.post("/predict", data=bright, content_type="image/jpeg").get_json()["model"]["version"] == 1


def test_the_metrics_count_what_was_answered(api: FlaskClient, bright: bytes) -> None:
    api.post("/predict", data=bright, content_type="image/jpeg")

    text = api.get("/metrics").get_data(as_text=True)
    assert 'tyreloop_answers_total{answer="good",version="1"} 1.0' in text
    assert 'route="/predict",status="201"' in text
