"""Sends what waits in an outbox, in order; what nobody will ever take is set aside and reported."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from tyreloop.adapters.outbox.box import Outbox
from tyreloop.adapters.outbox.letters import Kind, Letter, prediction_in, word_in
from tyreloop.domain.errors import PredictionNotFound, StoreBusy, StoreUnavailable, TyreloopError
from tyreloop.domain.feedback import Correction, Vote
from tyreloop.ports import Erasures, Feedback, WriteFailures

log = structlog.get_logger(__name__)

PATIENCE = timedelta(hours=24)  # how long a vote waits for its prediction, which lies in another outbox
BUSY_AFTER = 8
SENDERS = 4


@dataclass(frozen=True, slots=True)
class Receivers:
    """Where letters go: the ports without an outbox."""

    feedback: Feedback
    erasures: Erasures
    failures: WriteFailures


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of the letters of one round."""

    sent: int = 0
    waiting: int = 0
    set_aside: int = 0


def replay(outbox: Outbox, to: Receivers, *, patience: timedelta = PATIENCE) -> Replayed:
    """Send every letter once; raises StoreUnavailable when the database is away."""
    after = 0
    with ThreadPoolExecutor(SENDERS, thread_name_prefix="outbox-sender") as pool:
        round_ = Round(outbox, to, patience, pool)
        while letters := outbox.waiting(after=after):
            after = letters[-1].id
            round_.send_all(letters)
    return round_.outcome()


class Round:
    """One way through an outbox: what concerns one prediction in its order, different ones side by side."""

    def __init__(self, outbox: Outbox, to: Receivers, patience: timedelta, pool: ThreadPoolExecutor) -> None:
        self._outbox = outbox
        self._to = to
        self._patience = patience
        self._pool = pool
        self._away: StoreUnavailable | None = None
        self._busy: list[Letter] = []
        self.count: Counter[str] = Counter()

    def send_all(self, letters: Iterable[Letter]) -> None:
        """Send letters; those that arrived are removed even when a later one fails."""
        arrived: list[Letter] = []
        try:
            for letter, refusal in self._sent(letters):
                self._file(letter, refusal, arrived)
        finally:
            self._outbox.remove(arrived)  # sent twice if this fails, counted once: each has its key
        if self._away is not None:
            raise self._away
        _report(arrived, self._to.failures)

    def outcome(self) -> Replayed:
        """What became of them all."""
        waiting = self.count["waiting"] + len(self._busy)
        return Replayed(self.count["sent"], waiting, self.count["set_aside"])

    def _sent(self, letters: Iterable[Letter]) -> list[tuple[Letter, Exception | None]]:
        by_prediction: dict[str, list[Letter]] = {}
        for letter in letters:
            by_prediction.setdefault(letter.prediction_id, []).append(letter)
        return [one for done in self._pool.map(self._send_in_order, by_prediction.values()) for one in done]

    def _send_in_order(self, letters: Iterable[Letter]) -> list[tuple[Letter, Exception | None]]:
        done: list[tuple[Letter, Exception | None]] = []
        for letter in letters:
            if self._away is not None:
                break
            try:
                done.append((letter, _send(letter, self._to)))
            except StoreBusy as busy:
                # One letter alone may meet a locked row; several mean that the table is locked.
                self._busy.append(letter)
                if len(self._busy) >= BUSY_AFTER:
                    self._away = busy
                break
            except StoreUnavailable as away:
                self._away = away
        return done

    def _file(self, letter: Letter, refusal: Exception | None, arrived: list[Letter]) -> None:
        if refusal is None:
            arrived.append(letter)
            self.count["sent"] += 1
        elif isinstance(refusal, PredictionNotFound) and self._may_wait(letter):
            self.count["waiting"] += 1
        else:
            self._set_aside(letter, refusal)
            self.count["set_aside"] += 1

    def _may_wait(self, letter: Letter) -> bool:
        """A prediction that is not there yet may still come; another person's never becomes theirs."""
        is_young = datetime.now(UTC) - _put_at(letter) < self._patience
        return is_young and self._to.feedback.predictions.get(letter.prediction_id) is None

    def _set_aside(self, letter: Letter, refusal: Exception) -> None:
        code = refusal.code if isinstance(refusal, TyreloopError) else type(refusal).__name__
        self._outbox.set_aside(letter, code)
        log.error("letter_set_aside", kind=letter.kind, letter=letter.id, reason=code)
        stage = f"{letter.kind}_refused"
        self._to.failures.add(failed_at=_put_at(letter), stage=stage, error=code, writes=1)


def _send(letter: Letter, to: Receivers) -> Exception | None:
    """Nothing when the letter arrived or has become void, else why it was refused."""
    try:
        _deliver(letter, to.feedback)
    except StoreUnavailable:
        raise
    except PredictionNotFound as refusal:
        return None if to.erasures.was_erased(letter.prediction_id) else refusal
    except Exception as refusal:  # noqa: BLE001 - one unreadable letter must not hold up the others
        return refusal
    return None


def _deliver(letter: Letter, feedback: Feedback) -> None:
    if letter.kind is Kind.PREDICTION:
        feedback.predictions.add(prediction_in(letter))
        return
    word, place = word_in(letter), (letter.prediction_id, letter.visitor)
    if isinstance(word.said, Vote):
        feedback.votes.cast(word.said, key=word.key)
    elif isinstance(word.said, Correction):
        feedback.corrections.give(word.said, key=word.key)
    elif letter.kind is Kind.VOTE:
        feedback.votes.retract(*place, at=word.at, key=word.key)
    else:
        feedback.corrections.withdraw(*place, at=word.at, key=word.key)


def _report(letters: Iterable[Letter], failures: WriteFailures) -> None:
    by_minute = Counter((_put_at(letter).replace(second=0, microsecond=0), letter.kind) for letter in letters)
    for (minute, kind), writes in by_minute.items():
        failures.add(failed_at=minute, stage=kind.value, error=StoreUnavailable.code, writes=writes)


def _put_at(letter: Letter) -> datetime:
    return datetime.fromtimestamp(letter.put_at, UTC)
