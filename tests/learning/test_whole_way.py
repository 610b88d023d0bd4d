"""A folder of mixed photos becomes a dataset, a model, a version, an exam and a release: by commands only."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from mlflow import MlflowClient
from PIL import Image

from tests.contract.people import settings_for
from tests.fixtures.stores import kept_in
from tyreloop.cli import tyreloop
from tyreloop.domain.models import Serving
from tyreloop.domain.staff import Actor, Right, Role
from tyreloop.learning.drawing.manifest import read_manifest
from tyreloop.settings import Settings
from tyreloop.store.db import Database
from tyreloop.store.models import PostgresModels
from tyreloop.use_cases.staff import add_staff_member
from tyreloop.vision.card import read_card

MODEL = "whole-way"
ADMIN = Actor("shell:test", frozenset(Right), is_known=True)
RECIPE = """
name = "tiny"
[network]
name = "small_cnn"
dropout = 0.0
[input]
side = 48
[fitting]
epochs = 2
batch = 8
"""
FORMATS = ("jpg", "png", "webp", "palette.png", "cmyk.jpg")


@pytest.fixture
def garage(drawn: Path, tmp_path: Path) -> Path:
    """Photos of tyres in many formats and sizes, one of them broken."""
    folder = tmp_path / "garage"
    tyres = [row for row in read_manifest(drawn) if row["kind"] in ("good", "defective")]
    for number, row in enumerate(tyres):
        (folder / row["kind"]).mkdir(parents=True, exist_ok=True)
        form = FORMATS[number % len(FORMATS)]
        with Image.open(drawn / row["file"]) as photo:
            picture = photo.resize((90 + number, 120 + number // 2))
        if form.startswith("palette"):
            picture = picture.convert("P")
        if form.startswith("cmyk"):
            picture = picture.convert("CMYK")
        picture.save(folder / row["kind"] / f"{number}.{form}")
    (folder / "good" / "broken.jpg").write_bytes(b"\xff\xd8 and nothing more")
    (tmp_path / "tiny.toml").write_text(RECIPE)
    return folder


@pytest.fixture
def run(
    mlflow_uri: str, database_dsn: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Any:
    """Runs a command with settings of its own and answers what it printed."""
    from tyreloop import settings as module

    own = settings_for(
        database_dsn,
        tmp_path / "data",
        mlflow_tracking_uri=mlflow_uri,
        model_name=MODEL,
        release_signing_key="a key of this test only, thirty-two and more",
    )
    monkeypatch.setattr(module, "settings", lambda: own)
    with closing(Database(database_dsn, connections=1)) as database:
        for name in ("mina", "jun"):
            add_staff_member(name, "long enough for all", Role.SCIENTIST, by=ADMIN, using=kept_in(database))

    def invoke(*words: object, fails: bool = False) -> str:
        result = CliRunner().invoke(tyreloop, [str(word) for word in words], catch_exceptions=True)
        told = f"{result.output}{result.exception or ''}"
        assert (result.exit_code != 0) == fails, told
        return told

    return invoke


@pytest.mark.slow
@pytest.mark.timeout(400)  # two trainings and two exams: a minute on an idle machine
def test_import_train_examine_promote_and_roll_back(
    run: Any, garage: Path, mlflow_uri: str, database_dsn: dict[str, Any], tmp_path: Path
) -> None:
    imported = json.loads(run("datasets", "import", garage, "--json"))
    assert [refusal["file"] for refusal in imported["refused"]] == ["garage/good/broken.jpg"]
    data = imported["folder"]

    trained = run("train", "--recipe", tmp_path / "tiny.toml", "--data", data, "--register")
    assert "Registered as version 1" in trained
    promoted = run("models", "promote", "1", "--by", "mina", "--force", "--reason", "to have a first one")
    assert "version 1 is in production" in promoted.lower()
    with closing(Database(database_dsn, connections=1)) as database:
        PostgresModels(database).tell_serving(MODEL, Serving("a service", 1), None, every_seconds=1e6)

    again = run(
        "train", "--recipe", tmp_path / "tiny.toml", "--data", data, "--from", "production", "--register"
    )
    assert "Starting from the given model's weights (10 layers fit)." in again
    page = tmp_path / "exam.html"
    result = json.loads(run("models", "exam", "2", "--page", page, "--json"))
    assert result["questions"] == sum(
        imported["counts"].get(f"exam {kind}", 0) for kind in ("good", "defective")
    )
    assert "<h1>Exam of version 2" in page.read_text()

    run("models", "promote", "2", "--by", "jun", "--force", "--reason", "to have something to go back from")
    assert (
        "nobody on the staff is called 'nobody'"
        in run("models", "rollback", "1", "--by", "nobody", fails=True).lower()
    )
    assert "Version 1 is in Production again" in run(
        "models", "rollback", "--by", "mina", "--reason", "worse"
    )
    versions = json.loads(run("models", "list", "--json"))
    assert [row["version"] for row in versions if row["production"]] == [1]

    client = MlflowClient(mlflow_uri)
    trained_run = client.get_run(client.get_model_version(MODEL, "1").run_id)
    files = {item.path for item in client.list_artifacts(trained_run.info.run_id)}
    assert {"confusion_matrix.png", "reliability.png", "worst_mistakes.png", "environment.txt"} <= files
    assert trained_run.data.params["fitting.epochs"] == "2"
    assert trained_run.data.tags["dataset_sha256"] == imported["sha256"]
    assert len(client.get_metric_history(trained_run.info.run_id, "loss")) == 2


def test_a_recipe_that_draws_needs_no_photos_and_claims_what_it_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tyreloop.settings.settings", lambda: Settings(data_dir=tmp_path / "data"))
    (tmp_path / "tiny.toml").write_text(f"{RECIPE}[drawing]\ncount = 96\nsize = 96\nproof = 32\n")
    words = ["train", "--recipe", str(tmp_path / "tiny.toml"), "--out", str(tmp_path / "bundle"), "--no-log"]
    result = CliRunner().invoke(tyreloop, words)
    assert result.exit_code == 0, f"{result.output}{result.exception}"
    card = read_card(tmp_path / "bundle")
    assert card.metrics["fresh_drawings"]["photos"] == 32
    assert not (tmp_path / "data" / "training").exists() or not any(
        (tmp_path / "data" / "training").iterdir()
    )


def test_a_registry_that_is_away_costs_the_record_only(drawn: Path, tmp_path: Path) -> None:
    from tyreloop.learning.datasets.lesson_book import read_book
    from tyreloop.learning.recipe import Recipe
    from tyreloop.learning.training.run_log import RunLog

    told: list[str] = []
    log = RunLog("http://127.0.0.1:9", told.append)
    log.start(Recipe(name="x"), read_book(drawn), "tyreloop train")
    log.epoch(1, {"loss": 1.0})
    assert len(told) == 1
    assert "not written down in MLflow" in told[0]
    assert log.run_id is None
