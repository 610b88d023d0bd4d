"""The outbox: what was acknowledged arrives, once, whatever happened to the database meanwhile."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest

from tests.contract.people import a_key, at, dislike, like, prediction_of
from tyreloop.domain.errors import KeyReused, PredictionNotFound, StoreBusy, StoreUnavailable
from tyreloop.domain.feedback import Correction, Delivery, Label, Spot, Vote
from tyreloop.domain.photos import Prediction, PredictionId, new_visitor
from tyreloop.store.delivery import Breaker, Dispatch, OutboxErasures, OutboxFeedback, OutboxPredictions
from tyreloop.store.outbox import Kind, Outbox
from tyreloop.store.replay import Receivers, replay, sweep
from tyreloop.use_cases.stores import Stores

Result = TypeVar("Result")
alice, bob = new_visitor(), new_visitor()


class Line:
    """The line to the database: it can be cut, and it can lose the replies."""

    def __init__(self) -> None:
        self.is_cut = False
        self.loses_replies = False
        self.locked: set[PredictionId] = set()

    def pass_on(self, call: Callable[..., Result], *args: Any, **named: Any) -> Result:
        if self.is_cut:
            raise StoreUnavailable("The line is cut.")
        if any(getattr(said, "prediction_id", None) in self.locked for said in args):
            raise StoreBusy("The row is locked.")
        result = call(*args, **named)
        if self.loses_replies:
            raise StoreUnavailable("The reply was lost.")
        return result


class Behind:
    """Any port, reached over a line."""

    def __init__(self, port: Any, line: Line) -> None:
        self._port, self._line = port, line

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._port, name)
        return lambda *args, **named: self._line.pass_on(method, *args, **named)


class Failures:
    """Writes that had to wait, as they were told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str, int]] = []

    def add(self, *, failed_at: datetime, stage: str, error: str, writes: int) -> None:
        self.told.append((stage, error, writes))


class Household:
    """A database, the line to it, and one process with its outbox."""

    def __init__(self, stores: Stores, folder: Path) -> None:
        self.line = Line()
        self.stored = stores.predictions
        self.votes_stored, self.corrections_stored = stores.votes, stores.corrections
        self.behind: Any = Behind(stores.votes, self.line)
        predictions: Any = Behind(stores.predictions, self.line)
        corrections: Any = Behind(stores.corrections, self.line)
        self.failures: Any = Failures()
        self.to = Receivers(predictions, self.behind, corrections, stores.erasures, self.failures)
        self.box = Outbox(folder / "outbox.sqlite")
        self.dispatch = Dispatch(self.box, Breaker(seconds=0), wake_sweeper=lambda: None)
        self.votes = OutboxFeedback(Kind.VOTE, self.behind, self.dispatch)
        self.predictions = OutboxPredictions(predictions, self.dispatch)
        self.erasures = OutboxErasures(self.to.erasures, self.box, self.box, lambda _: None)


@pytest.fixture
def house(stores: Stores, tmp_path: Path) -> Iterator[Household]:
    household = Household(stores, tmp_path)
    yield household
    household.box.close()


@pytest.fixture
def a_prediction(house: Household) -> Prediction:
    prediction = prediction_of(alice)
    house.predictions.add(prediction)
    return prediction


def test_a_vote_is_queued_while_the_database_is_away_and_arrives_afterwards(
    house: Household, a_prediction: Prediction
) -> None:
    house.line.is_cut = True
    vote = like(a_prediction, comment="später")
    assert house.votes.save(vote, key=a_key()) is Delivery.QUEUED
    house.line.is_cut = False
    assert replay(house.box, house.to).sent == 1
    assert house.votes_stored.get(a_prediction.id, alice) == vote
    assert house.box.count() == 0


def test_the_vote_just_given_is_read_back_while_the_database_is_away(
    house: Household, a_prediction: Prediction
) -> None:
    house.votes.save(like(a_prediction, minutes=1), key=a_key())
    house.line.is_cut = True
    with pytest.raises(StoreUnavailable):
        house.votes.get(a_prediction.id, alice)
    house.votes.save(dislike(a_prediction, minutes=2), key=a_key())
    assert house.votes.get(a_prediction.id, alice) == dislike(a_prediction, minutes=2)
    house.votes.withdraw(a_prediction.id, alice, at=at(3), key=a_key())
    assert house.votes.get(a_prediction.id, alice) is None


def test_a_vote_that_waits_is_newer_than_the_one_stored(house: Household, a_prediction: Prediction) -> None:
    house.votes.save(like(a_prediction, minutes=1), key=a_key())
    house.line.is_cut = True
    house.votes.save(dislike(a_prediction, minutes=2), key=a_key())
    house.line.is_cut = False
    assert house.votes.get(a_prediction.id, alice) == dislike(a_prediction, minutes=2)
    house.votes.save(like(a_prediction, minutes=3), key=a_key())
    assert house.votes.get(a_prediction.id, alice) == like(a_prediction, minutes=3)


def test_a_lost_reply_does_not_count_twice(house: Household, a_prediction: Prediction) -> None:
    house.line.loses_replies = True
    assert house.votes.save(like(a_prediction, minutes=1), key=a_key()) is Delivery.QUEUED
    house.line.loses_replies = False
    house.votes.save(dislike(a_prediction, minutes=2), key=a_key())
    assert replay(house.box, house.to).sent == 1
    assert house.votes_stored.get(a_prediction.id, alice) == dislike(a_prediction, minutes=2)


def test_a_key_counts_once_in_the_outbox_too(house: Household, a_prediction: Prediction) -> None:
    house.line.is_cut = True
    key = a_key()
    house.votes.save(like(a_prediction, minutes=1), key=key)
    assert house.votes.save(like(a_prediction, minutes=2), key=key) is Delivery.QUEUED
    assert house.box.count() == 1
    with pytest.raises(KeyReused):
        house.votes.save(dislike(a_prediction, minutes=3), key=key)
    with pytest.raises(KeyReused):
        house.votes.withdraw(a_prediction.id, alice, at=at(3), key=key)


def test_predictions_wait_too_and_are_found_meanwhile(house: Household) -> None:
    house.line.is_cut = True
    prediction = prediction_of(alice)
    assert house.predictions.add(prediction) is Delivery.QUEUED
    assert house.predictions.get(prediction.id) == prediction
    assert house.predictions.of_visitor(alice, limit=3) == [prediction]
    house.line.is_cut = False
    assert replay(house.box, house.to).sent == 1
    assert house.stored.get(prediction.id) == prediction


def test_predictions_made_together_wait_together_and_each_once(house: Household) -> None:
    house.line.is_cut = True
    made = [prediction_of(alice) for _ in range(3)]
    house.predictions.add(made[1])
    assert house.predictions.add_all(made) is Delivery.QUEUED
    assert house.box.count() == 3
    house.line.is_cut = False
    assert replay(house.box, house.to).sent == 3
    assert all(house.stored.get(prediction.id) == prediction for prediction in made)


def test_a_vote_waits_for_a_prediction_that_lies_in_the_outbox_of_another_machine(house: Household) -> None:
    prediction = prediction_of(alice)
    house.line.is_cut = True
    house.votes.save(like(prediction), key=a_key())
    house.line.is_cut = False
    assert replay(house.box, house.to).waiting == 1
    house.stored.add(prediction)
    assert replay(house.box, house.to).sent == 1


def test_a_vote_on_a_prediction_that_is_still_on_its_way_is_queued(house: Household) -> None:
    prediction = prediction_of(alice)
    with closing(Outbox(house.box.file)) as box:  # as another process of this machine opens it
        cut: Any = Behind(house.stored, line := Line())
        line.is_cut = True
        OutboxPredictions(cut, Dispatch(box, Breaker(), wake_sweeper=lambda: None)).add(prediction)
    assert house.votes.save(like(prediction), key=a_key()) is Delivery.QUEUED
    with pytest.raises(PredictionNotFound):
        house.votes.save(Vote(prediction.id, bob, True, at(1)), key=a_key())


def test_a_foreign_or_missing_prediction_is_refused_at_once(
    house: Household, a_prediction: Prediction
) -> None:
    with pytest.raises(PredictionNotFound):
        house.votes.save(Vote(a_prediction.id, bob, True, at(1)), key=a_key())
    with pytest.raises(PredictionNotFound):
        house.votes.save(like(prediction_of(alice)), key=a_key())
    assert house.box.count() == 0


def test_a_vote_that_nobody_will_take_is_set_aside_and_reported(
    house: Household, a_prediction: Prediction
) -> None:
    house.line.is_cut = True
    house.votes.save(Vote(a_prediction.id, bob, True, at(1)), key=a_key())
    house.votes.save(like(prediction_of(alice)), key=a_key())
    house.votes.save(like(a_prediction), key=a_key())
    house.line.is_cut = False
    replayed = replay(house.box, house.to, patience=timedelta(0))
    assert (replayed.sent, replayed.set_aside) == (1, 2)
    assert house.box.count() == 0
    assert house.box.count(set_aside=True) == 2
    stages = [stage for stage, _, _ in house.failures.told]
    assert sorted(stages) == ["vote", "vote_refused", "vote_refused"]


def test_one_entry_that_meets_a_lock_does_not_hold_up_the_others(
    house: Household, a_prediction: Prediction
) -> None:
    second = prediction_of(alice)
    house.predictions.add(second)
    house.line.is_cut = True
    house.votes.save(like(a_prediction), key=a_key())
    house.votes.save(like(second), key=a_key())
    house.line.is_cut = False
    house.line.locked = {a_prediction.id}
    replayed = replay(house.box, house.to)
    assert (replayed.sent, replayed.waiting) == (1, 1)
    house.line.locked = set()
    assert replay(house.box, house.to).sent == 1


def test_what_was_deleted_is_forgotten_whichever_process_put_it_there(
    house: Household, a_prediction: Prediction, tmp_path: Path
) -> None:
    house.line.is_cut = True
    house.votes.save(like(a_prediction, comment="unforgettable"), key=a_key())
    house.line.is_cut = False
    with closing(Outbox(house.box.file)) as neighbour:
        neighbour.put(house.box.waiting()[0])
        house.erasures.erase(a_prediction.id, alice)
        assert (house.box.count(), neighbour.count()) == (0, 0)
        for file in tmp_path.iterdir():
            assert b"unforgettable" not in file.read_bytes()


def test_a_word_on_a_deleted_prediction_is_dropped(house: Household, a_prediction: Prediction) -> None:
    house.line.is_cut = True
    house.votes.save(like(a_prediction), key=a_key())
    house.line.is_cut = False
    house.to.erasures.erase(a_prediction.id, alice)
    assert replay(house.box, house.to).sent == 1
    assert house.box.count() == 0


def test_a_full_outbox_says_so_and_keeps_what_it_has(house: Household, tmp_path: Path) -> None:
    house.line.is_cut = True
    with closing(Outbox(tmp_path / "small.sqlite", max_bytes=100_000)) as box:
        votes = OutboxFeedback(Kind.VOTE, house.behind, Dispatch(box, Breaker(), wake_sweeper=lambda: None))
        heard = 0
        with suppress(StoreUnavailable):
            while heard < 200:
                votes.save(like(prediction_of(alice), comment="x" * 900), key=a_key())
                heard += 1
        assert 10 < heard < 200
        assert box.count() == heard


def test_entries_survive_the_process(house: Household, tmp_path: Path) -> None:
    house.line.is_cut = True
    house.votes.save(like(prediction_of(alice)), key=a_key())
    with closing(Outbox(house.box.file)) as reopened:
        assert reopened.count() == 1


def fill(house: Household, votes: int = 200) -> None:
    house.line.is_cut = True
    for _ in range(votes):
        house.votes.save(like(prediction_of(alice), comment="x" * 500), key=a_key())


def test_a_power_cut_in_the_middle_of_a_write_loses_only_what_was_not_acknowledged(
    house: Household, tmp_path: Path
) -> None:
    fill(house, votes=60)
    crashed = tmp_path / "crashed" / "outbox.sqlite"
    crashed.parent.mkdir()
    crashed.write_bytes(house.box.file.read_bytes())
    log = house.box.file.with_name("outbox.sqlite-wal").read_bytes()
    crashed.with_name("outbox.sqlite-wal").write_bytes(log + log[32 : 32 + 2000])
    with closing(Outbox(crashed)) as reopened:
        assert reopened.count() == 60
        reopened.put(house.box.waiting()[0])


@pytest.mark.parametrize(("damage", "at_least"), [("middle", 100), ("whole", 0)])
def test_a_damaged_file_does_not_stop_the_start(house: Household, damage: str, at_least: int) -> None:
    fill(house)
    entry = house.box.waiting()[0]
    house.box.close()
    data = bytearray(house.box.file.read_bytes())
    start = len(data) // 2 if damage == "middle" else 0
    end = start + 9000 if damage == "middle" else len(data)
    data[start:end] = b"\x7f" * (end - start)
    house.box.file.write_bytes(data)
    with closing(Outbox(house.box.file)) as reopened:
        saved = reopened.count()
        reopened.put(entry)
        assert reopened.count() == saved + 1
        assert at_least <= saved < 200
        assert len(list(house.box.file.parent.glob("*.damaged-*"))) == 1


def test_what_waits_in_the_files_of_before_arrives(house: Household, a_prediction: Prediction) -> None:
    late, key = prediction_of(alice), a_key()
    former = house.box.file.with_name("ui.outbox")
    with closing(sqlite3.connect(former)) as connection, connection:
        connection.execute(
            "CREATE TABLE letters (id INTEGER PRIMARY KEY, kind TEXT, prediction_id TEXT, visitor TEXT,"
            " body TEXT, put_at REAL, set_aside TEXT)"
        )
        letters = [
            ("prediction", late, former_body(late)),
            (
                "vote",
                late,
                {"key": key, "at": at(1).isoformat(), "liked": True, "reasons": [], "comment": "é"},
            ),
            ("vote", a_prediction, {"key": a_key(), "at": at(1).isoformat(), "liked": None, "reasons": []}),
            (
                "correction",
                a_prediction,
                {"key": a_key(), "at": at(2).isoformat(), "label": "good", "spot": [0.25, 0.5]},
            ),
        ]
        rows = [(kind, about.id, alice, json.dumps(body), 1.0) for kind, about, body in letters]
        connection.executemany(
            "INSERT INTO letters (kind, prediction_id, visitor, body, put_at) VALUES (?, ?, ?, ?, ?)", rows
        )
    assert sweep(house.box, house.to).sent == 4
    assert house.stored.get(late.id) == late
    assert house.votes_stored.get(late.id, alice) == like(late, comment="é")
    spoken = house.corrections_stored.get(a_prediction.id, alice)
    assert spoken == Correction(a_prediction.id, alice, Label.GOOD, at(2), Spot(0.25, 0.5))
    assert not former.exists()


def former_body(prediction: Prediction) -> dict[str, Any]:
    verdict = prediction.verdict
    return {
        "photo_id": prediction.photo_id,
        "photo_bytes": prediction.photo_bytes,
        "model": [prediction.model.name, prediction.model.version],
        "answer": verdict.answer,
        "reason": verdict.reason,
        "probabilities": dict(verdict.probabilities),
        "timings_ms": dict(verdict.timings_ms),
        "source": prediction.source,
        "made_at": prediction.made_at.isoformat(),
        "request_id": prediction.request_id,
        "is_demo": prediction.is_demo,
        "keep_photo": prediction.keep_photo,
    }
