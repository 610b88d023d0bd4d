"""The exam: what a candidate fixed and broke, and what speaks against its promotion."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.fakes import FakeRegistry
from tests.learning.test_plain_models import described
from tests.models.conftest import SUE
from tyreloop.domain.datasets import SNAPSHOT_FOLDER, hash_of_place
from tyreloop.domain.errors import BundleAwaited
from tyreloop.domain.photos import ModelRef, PhotoId
from tyreloop.learning.datasets.lesson_book import Entry, LessonBook, Part
from tyreloop.learning.judging.changed_examples import wall_of
from tyreloop.learning.judging.exam import exam_questions, hold_exam
from tyreloop.learning.judging.exam_page import as_page, as_table
from tyreloop.learning.judging.labelled_folder import LabelledPhoto
from tyreloop.learning.judging.run_exam import examine_version
from tyreloop.models.bundles import REFUSED_TAG, hash_tags
from tyreloop.models.gate import Outcome
from tyreloop.models.register import register_bundle
from tyreloop.models.release import Releasing, promote_version
from tyreloop.models.signing import Signer
from tyreloop.store.db import Database
from tyreloop.store.models import PostgresModels
from tyreloop.vision.bundle import LoadedModel
from tyreloop.vision.card import Card, InputSpec, KindLine
from tyreloop.vision.engine import RawAnswer

CARD = Card(input=InputSpec(height=32, width=32, fit="squash"), files={})


class BrightIsDefective:
    """Judges by the red light alone; `errs_on` are levels it gets wrong."""

    def __init__(self, errs_on: frozenset[int] = frozenset()) -> None:
        self._errs_on = errs_on

    def run(self, batch: np.ndarray, *, alone: bool = False) -> RawAnswer:
        level = int(batch[0, 16, 16, 0])
        score = 3.0 if level > 120 else -3.0
        if any(abs(level - wrong) <= 1 for wrong in self._errs_on):
            score = -score
        return RawAnswer(logits=np.array([[-score, score]], np.float32))


def model(version: int, errs_on: frozenset[int] = frozenset()) -> LoadedModel:
    return LoadedModel(ModelRef("tyre-defect", version), CARD, BrightIsDefective(errs_on))


@pytest.fixture
def questions(tmp_path: Path) -> list[LabelledPhoto]:
    """Twenty good (dark) and twenty defective (bright) plain photos, each of its own level."""
    found = []
    for kind, levels in (("good", range(20, 120, 5)), ("defective", range(125, 225, 5))):
        for level in levels:
            path = tmp_path / f"{kind}-{level}.png"
            Image.new("RGB", (100, 100), (level, level, level)).save(path)
            found.append(LabelledPhoto(path, kind))
    return found


def test_a_better_model_passes_and_says_what_it_fixed(questions: list[LabelledPhoto]) -> None:
    wrong = frozenset({*range(20, 120, 15), *range(125, 225, 15)})
    result = hold_exam(questions, model(2), model(1, wrong))
    assert result.decision.outcome is Outcome.PASSED
    assert result.summary()["objections"] == []
    assert (result.figures["fixed"], result.figures["broke"], result.figures["same"]) == (14, 0, 26)


def test_both_sides_are_counted_by_source_and_by_what_they_claim(questions: list[LabelledPhoto]) -> None:
    asked = [replace(photo, source=("autumn", "winter")[at % 2]) for at, photo in enumerate(questions)]
    summary = hold_exam(asked, model(2), model(1, frozenset({20, 30}))).summary()
    before, now = summary["production_sources"], summary["candidate_sources"]
    assert [before[name]["false_alarms"]["hits"] for name in ("autumn", "winter")] == [2, 0]
    assert now["autumn"]["defective_missed"]["of"] == 10
    [point] = summary["candidate_reliability"]
    assert (round(point["claimed"], 2), point["hits"], point["of"]) == (1.0, 40, 40)


def test_one_more_missed_defective_tyre_is_for_a_person_to_decide(questions: list[LabelledPhoto]) -> None:
    result = hold_exam(questions, model(2, frozenset({125})), model(1, frozenset({20, 30, 40})))
    assert result.decision.outcome is Outcome.UNDECIDED
    assert "too small to tell whether it misses more damaged tyres: -5.0 points" in result.sentences[0]


def test_a_clearly_worse_model_is_refused_even_if_it_misses_no_more(questions: list[LabelledPhoto]) -> None:
    false_alarms = frozenset(range(20, 120, 5))
    result = hold_exam(questions, model(2, false_alarms), model(1))
    assert result.decision.outcome is Outcome.REFUSED
    assert "more false alarms than Production" in result.sentences[0]


def test_a_model_of_flipped_labels_is_refused(questions: list[LabelledPhoto]) -> None:
    flipped = frozenset(range(20, 225, 5))
    result = hold_exam(questions, model(2, flipped), model(1))
    assert {reason["say"] for reason in result.decision.reasons} >= {
        "missed_damage_worse",
        "false_alarms_worse",
    }


def test_the_page_shows_the_photos_that_changed(questions: list[LabelledPhoto]) -> None:
    result = hold_exam(questions, model(2, frozenset({125})), model(1, frozenset({20})))
    page = as_page(result)
    assert page.count("data:image/jpeg;base64,") == 2
    assert "defective: defective before, good now" in page
    assert "<span class='undecided'>" in page
    assert all(f"{said}." in page and f"{said}." in as_table(result) for said in result.sentences)
    assert "defective tyres missed" in as_table(result)


def test_the_wall_names_photos_of_snapshots_and_shows_others(
    questions: list[LabelledPhoto], tmp_path: Path
) -> None:
    folder = tmp_path / f"{SNAPSHOT_FOLDER}first" / "photos"
    folder.mkdir(parents=True)
    kept = questions[0].path.rename(folder / f"{'a' * 64}.png")
    asked = [LabelledPhoto(kept, "good"), *questions[1:]]
    held = hold_exam(asked, model(2, frozenset({25})), model(1, frozenset({20})))
    assert as_page(held).count("data:image/jpeg;base64,") == 1  # the other can still be deleted
    fixed, broke = wall_of(held)[::-1]
    assert fixed == {
        "outcome": "fixed",
        "kind": "good",
        "before": "defective",
        "now": "good",
        "answer": "good",
        "place": hash_of_place(PhotoId("a" * 64)),
    }
    assert (broke["outcome"], broke["before"], broke["now"]) == ("broke", "good", "defective")
    assert Image.open(BytesIO(b64decode(broke["picture"]))).size == (100, 100)


class NamesCracks(BrightIsDefective):
    """Sees a crack in whatever is bright, and in one good photo."""

    def run(self, batch: np.ndarray, *, alone: bool = False) -> RawAnswer:
        level, said = int(batch[0, 16, 16, 0]), super().run(batch)
        return replace(said, kinds=np.array([[1.0 if level > 112 else -1.0]], np.float32))


def test_the_exam_counts_kinds_where_labels_name_them(questions: list[LabelledPhoto]) -> None:
    cracked = [
        replace(photo, damage="crack" if number % 2 else "cut;crack") if photo.kind == "defective" else photo
        for number, photo in enumerate(questions)
    ]
    card = CARD.model_copy(update={"kinds": (KindLine(name="crack", above=0.0, speaks=True),)})
    knows = LoadedModel(ModelRef("tyre-defect", 2), card, NamesCracks())
    result = hold_exam(cracked, knows, model(1))
    ours, theirs = (result.figures[f"{side}_figures"] for side in ("candidate", "production"))
    assert (ours["crack_named"]["hits"], ours["crack_named"]["of"]) == (20, 20)
    assert (ours["crack_named_wrongly"]["hits"], ours["cut_named"]["hits"]) == (1, 0)
    assert theirs["crack_named"]["hits"] == 0
    assert "crack named" in as_table(result)
    assert "bulge_named" not in ours


def test_the_exam_asks_each_exam_photo_once_and_no_lesson(tmp_path: Path) -> None:
    entries = tuple(Entry(f"good/{part}.jpg", "good", part, f"{part}") for part in Part)
    books = [LessonBook(tmp_path / name, name, entries) for name in ("one", "two")]
    assert [photo.path for photo in exam_questions(books)] == [tmp_path / "one" / "good" / "exam.jpg"]


@pytest.fixture
def using(database: Database) -> Releasing:
    models = PostgresModels(database)
    return Releasing(FakeRegistry(), models, lambda: datetime.now(UTC), "tyre-defect", Signer("s" * 40))


def test_a_candidate_with_a_refused_bundle_fails_before_any_question(
    using: Releasing, own_bundle: Path, questions: list[LabelledPhoto]
) -> None:
    version = register_bundle(own_bundle, description="spoiled later", registry=using.registry)
    (own_bundle / "model.onnx").write_bytes(b"something else")
    result = examine_version(version, questions, by=SUE, using=using)
    assert result.sentences == ["Its bundle is refused: model.onnx is not the file that was registered"]


def test_an_exam_is_kept_for_every_face_wherever_it_was_held(
    using: Releasing, tiny_bundle: Path, questions: list[LabelledPhoto]
) -> None:
    first, second = (register_bundle(tiny_bundle, description="", registry=using.registry) for _ in range(2))
    examine_version(first, questions, by=SUE, using=using)
    promote_version(first, by=SUE, using=using, force=True, reason="the first")
    result = examine_version(second, questions, by=SUE, using=using)
    kept = using.models.exams("tyre-defect")[second]
    assert (kept.against, kept.held_by, kept.summary["same"]) == (first, "user:sue", len(questions))
    assert kept.summary["objections"] == (result.sentences if not kept.passed else [])
    assert isinstance(using.registry, FakeRegistry)
    assert "<h1>Exam of version 2" in using.registry.texts["exam/exam.html"]


def test_a_plain_model_waits_for_its_bundle_and_is_examined_as_one(
    using: Releasing, tiny_bundle: Path, questions: list[LabelledPhoto], tmp_path: Path
) -> None:
    plain = using.registry.register(described(tmp_path / "plain"), description="", tags={})
    with pytest.raises(BundleAwaited, match=f"version {plain} is not a bundle yet: .*models convert {plain}"):
        examine_version(plain, questions, by=SUE, using=using)
    with pytest.raises(BundleAwaited):
        promote_version(plain, by=SUE, using=using, force=True, reason="at once")
    assert using.models.exams("tyre-defect") == {}
    using.registry.add_bundle(plain, tiny_bundle, tags=hash_tags(tiny_bundle))
    assert examine_version(plain, questions, by=SUE, using=using).figures["same"] == len(questions)
    promote_version(plain, by=SUE, using=using, force=True, reason="the first")


def test_a_model_that_cannot_become_a_bundle_is_refused_with_its_sentence(
    using: Releasing, questions: list[LabelledPhoto], tmp_path: Path
) -> None:
    why = "the version holds neither a bundle nor a PyTorch or ONNX model"
    version = using.registry.register(described(tmp_path / "keras"), description="", tags={})
    using.registry.tag(version, {REFUSED_TAG: why})
    result = examine_version(version, questions, by=SUE, using=using)
    assert f"Its bundle is refused: {why}" in as_table(result)
    assert "neither a bundle" in as_page(result)
