"""Orders: asked for once, done once; lost by nobody, doubled by nobody, parked when they break everything."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from tests.datasets.conftest import bring_in
from tests.orders.conftest import SUE, House
from tests.review.conftest import KIM
from tyreloop.domain.datasets import Snapshot, require_enough_to_train
from tyreloop.domain.errors import Conflict, InvalidRequest, NotAllowed, NotFound
from tyreloop.domain.orders import OrderCancelled, OrderId, OrderKind, OrderState, Pace, Standing
from tyreloop.learning.datasets.lesson_book import Part, read_book
from tyreloop.use_cases.orders import (
    Handler,
    HeldOrder,
    cancel_order,
    carry_out,
    order_inspection,
    order_training,
    retry_order,
)
from tyreloop.worker.materialize import materialize


def run(house: House, job_id: OrderId, work: Handler, *, stopping: Event | None = None) -> OrderState | None:
    return carry_out(
        job_id,
        worker="worker-1",
        handlers={"inspection": work, "training": work},
        using=house.using,
        stopping=stopping or Event(),
    )


def done(running: HeldOrder) -> Mapping[str, Any]:
    running.report({"epoch": 1}, "half way")
    return {"version": 7}


def broken(running: HeldOrder) -> Mapping[str, Any]:
    raise RuntimeError("no memory left")


def test_a_job_is_done_and_says_what_came_of_it(house: House) -> None:
    job_id = house.order(dataset="one")
    assert list(house.using.orders.to_dispatch(at=house.time())) == [job_id]
    assert run(house, job_id, done) is OrderState.DONE
    job = house.job(job_id)
    assert (job.state, job.tries, job.result, job.progress) == (
        OrderState.DONE,
        1,
        {"version": 7},
        {"epoch": 1},
    )
    assert (job.parameters, job.asked_by, job.request_id) == ({"dataset": "one"}, "user:sue", "request-3")
    assert [line.line for line in house.using.orders.lines(job_id)] == ["half way"]
    assert job.started_at == job.finished_at == house.time()


def test_a_message_that_comes_twice_finds_nothing_to_take(house: House) -> None:
    job_id = house.order()
    assert run(house, job_id, done) is OrderState.DONE
    assert run(house, job_id, broken) is None
    assert run(house, OrderId("0" * 32), done) is None


def test_the_oldest_are_told_first_and_not_too_many_at_once(house: House) -> None:
    ordered = [house.order() for _ in range(20)]
    told = list(house.using.orders.to_dispatch(at=house.time()))
    assert sorted(told) == sorted(ordered[:16])
    assert list(house.using.orders.to_dispatch(at=house.time())) == []
    run(house, told[0], done)
    assert list(house.using.orders.to_dispatch(at=house.time())) == [ordered[16]]


def test_a_message_that_got_lost_is_sent_again(house: House) -> None:
    job_id = house.order()
    house.using.orders.to_dispatch(at=house.time())
    house.time.passes(seconds=59)
    assert list(house.using.orders.to_dispatch(at=house.time())) == []
    house.time.passes(seconds=2)
    assert list(house.using.orders.to_dispatch(at=house.time())) == [job_id]
    house.using.orders.undo_dispatch(job_id)
    assert list(house.using.orders.to_dispatch(at=house.time())) == [job_id]


def test_one_training_at_a_time_the_first_ordered_first(house: House) -> None:
    first, second, short = house.order("training"), house.order("training"), house.order()
    assert set(house.using.orders.to_dispatch(at=house.time())) == {first, short}
    assert house.using.orders.begin(first, worker="one", at=house.time()) is not None
    assert house.using.orders.begin(second, worker="two", at=house.time()) is None
    assert list(house.using.orders.to_dispatch(at=house.time())) == []
    house.using.orders.finish(first, worker="one", at=house.time(), state=OrderState.DONE, result={})
    assert list(house.using.orders.to_dispatch(at=house.time())) == [second]


def test_a_job_of_a_silent_worker_is_taken_up_again(house: House) -> None:
    job_id = house.order()
    house.using.orders.begin(job_id, worker="dead", at=house.time())
    house.using.orders.report(job_id, worker="dead", at=house.time(), progress={"done": 40})
    house.time.passes(seconds=29)
    assert list(house.using.orders.to_dispatch(at=house.time())) == []
    assert house.using.orders.renew_lease(job_id, worker="dead", at=house.time()) is Standing.OURS
    house.time.passes(seconds=31)
    assert list(house.using.orders.to_dispatch(at=house.time())) == [job_id]
    assert house.job(job_id).progress == {"done": 40}
    assert run(house, job_id, done) is OrderState.DONE


def test_a_worker_that_lost_its_job_changes_nothing(house: House) -> None:
    job_id = house.order()
    house.using.orders.begin(job_id, worker="slow", at=house.time())
    house.time.passes(seconds=31)
    house.using.orders.to_dispatch(at=house.time())
    house.using.orders.begin(job_id, worker="next", at=house.time())
    assert house.using.orders.renew_lease(job_id, worker="slow", at=house.time()) is Standing.LOST
    house.using.orders.report(job_id, worker="slow", at=house.time(), progress={"done": 1}, line="ghost")
    finished = {"at": house.time(), "state": OrderState.DONE, "result": {"of": "slow"}}
    assert not house.using.orders.finish(job_id, worker="slow", **finished)
    assert house.job(job_id).progress == {}
    assert house.using.orders.lines(job_id) == []
    assert house.using.orders.finish(job_id, worker="next", **finished)


def test_a_job_that_breaks_is_parked_after_three_tries(house: House) -> None:
    job_id = house.order()
    states = [run(house, job_id, broken) for _ in range(4)]
    assert states == [OrderState.QUEUED, OrderState.QUEUED, OrderState.PARKED, None]
    assert house.job(job_id).error == "RuntimeError: no memory left"
    retry_order(job_id, by=SUE, using=house.using)
    assert run(house, job_id, done) is OrderState.DONE


def test_a_job_that_kills_its_workers_is_parked_after_three_tries(house: House) -> None:
    job_id = house.order()
    for worker in ("one", "two", "three"):
        assert house.using.orders.begin(job_id, worker=worker, at=house.time()) is not None
        house.time.passes(seconds=31)
        house.using.orders.to_dispatch(at=house.time())
    assert (house.job(job_id).state, house.job(job_id).tries) == (OrderState.PARKED, 3)


def test_what_cannot_be_done_fails_at_once_and_says_why(house: House) -> None:
    def refused(running: HeldOrder) -> Mapping[str, Any]:
        raise InvalidRequest("There are too few photos.")

    job_id = house.order()
    assert run(house, job_id, refused) is OrderState.FAILED
    assert house.job(job_id).error == "There are too few photos."
    odd = house.order("dance")
    assert run(house, odd, done) is OrderState.FAILED


def test_a_waiting_job_is_cancelled_at_once(house: House) -> None:
    job_id = house.order()
    cancel_order(job_id, by=SUE, using=house.using)
    assert house.job(job_id).state is OrderState.CANCELLED
    assert run(house, job_id, done) is None
    with pytest.raises(Conflict):
        cancel_order(job_id, by=SUE, using=house.using)


def test_a_running_job_is_cancelled_at_its_next_step(house: House) -> None:
    job_id = house.order()

    def asked_to_stop(running: HeldOrder) -> Mapping[str, Any]:
        cancel_order(job_id, by=SUE, using=house.using)
        standing = house.using.orders.renew_lease(job_id, worker="worker-1", at=house.time())
        assert standing is Standing.CANCEL
        raise OrderCancelled("as the next step does")

    assert run(house, job_id, asked_to_stop) is OrderState.CANCELLED
    retry_order(job_id, by=SUE, using=house.using)
    assert house.job(job_id).cancel_asked_at is None
    assert run(house, job_id, done) is OrderState.DONE


def test_a_cancelled_job_of_a_dead_worker_is_over(house: House) -> None:
    job_id = house.order()
    house.using.orders.begin(job_id, worker="dead", at=house.time())
    cancel_order(job_id, by=SUE, using=house.using)
    house.time.passes(seconds=31)
    assert list(house.using.orders.to_dispatch(at=house.time())) == []
    assert house.job(job_id).state is OrderState.CANCELLED


def test_a_worker_that_ends_gives_its_job_back_and_it_was_no_try(house: House) -> None:
    job_id, stopping = house.order(), Event()

    def interrupted(running: HeldOrder) -> Mapping[str, Any]:
        stopping.set()
        running.check_cancelled()
        return {}

    assert run(house, job_id, interrupted, stopping=stopping) is OrderState.QUEUED
    assert house.job(job_id).tries == 0


def test_only_scientists_order_long_work(house: House) -> None:
    for refused in (
        lambda: order_training("demo", dataset=None, start=None, by=KIM, using=house.using),
        lambda: order_inspection("one", by=KIM, using=house.using),
        lambda: cancel_order(OrderId("0" * 32), by=KIM, using=house.using),
    ):
        with pytest.raises(NotAllowed):
            refused()
    with pytest.raises(NotFound):
        retry_order(OrderId("0" * 32), by=SUE, using=house.using)


def test_a_training_on_too_few_photos_is_refused_before_it_is_ordered(house: House) -> None:
    bring_in(house.using, "six", good=3, defective=3)
    with pytest.raises(InvalidRequest, match=r"six has too few photos to train on: .* held out to calibrate"):
        order_training("demo", dataset="six", start=None, by=SUE, using=house.using)
    with pytest.raises(NotFound, match="There is no dataset none"):
        order_training("demo", dataset="none", start=None, by=SUE, using=house.using)
    assert list(house.using.orders.latest(limit=5)) == []


def test_what_is_ordered_is_what_a_training_takes(house: House, tmp_path: Path) -> None:
    for name, good, defective in (("six", 3, 3), ("one-sided", 25, 0), ("enough", 20, 20)):
        snapshot = bring_in(house.using, name, good=good, defective=defective)
        book = read_book(materialize(snapshot, tmp_path, house.using.photos))
        labels = [{entry.label for entry in book.of(part)} for part in (Part.LESSON, Part.HELD_OUT)]
        trains = all({"good", "defective"} <= one for one in labels)
        assert trains == (name == "enough")
        assert trains == is_enough(snapshot)


def test_of_a_photo_that_cannot_be_used_a_model_is_asked_and_learns_nothing(
    house: House, tmp_path: Path
) -> None:
    snapshot = bring_in(house.using, "dark", good=5, unusable=30)
    book = read_book(materialize(snapshot, tmp_path, house.using.photos))
    parts = {entry.part for entry in book.entries if entry.label == "unusable"}
    assert parts == {Part.EXAM}


def test_a_photo_that_was_deleted_is_learned_no_more(house: House, tmp_path: Path) -> None:
    snapshot = bring_in(house.using, "enough", good=20, defective=20)
    book = read_book(materialize(snapshot, tmp_path, house.using.photos))
    gone = book.entries[3]
    (book.folder / gone.file).unlink()
    again = read_book(materialize(snapshot, tmp_path, house.using.photos))
    assert set(book.entries) - set(again.entries) == {gone}


def is_enough(snapshot: Snapshot) -> bool:
    try:
        require_enough_to_train(snapshot.name, snapshot.items)
    except InvalidRequest:
        return False
    return True


def test_each_order_leaves_its_line(house: House) -> None:
    bring_in(house.using, "one", good=20, defective=20)
    job = order_training("demo", dataset="one", start="production", by=SUE, using=house.using)
    cancel_order(job.id, by=SUE, using=house.using)
    cancelled, ordered = house.using.audit.latest(limit=2)
    assert (ordered.action, ordered.subject, ordered.request_id) == (
        "job_ordered",
        f"job:{job.id}",
        "request-3",
    )
    assert ordered.details == {
        "kind": "training",
        "recipe": "demo",
        "dataset": "one",
        "start": "production",
    }
    assert cancelled.action == "job_cancelled"
    assert house.using.orders.latest(limit=5, kind=OrderKind.TRAINING)[0].id == job.id
    assert list(house.using.orders.latest(limit=5, kind=OrderKind.INSPECTION)) == []


def test_the_pace_says_how_far_and_how_long_still() -> None:
    clock = iter([100.0, 130.0, 190.0])
    pace = Pace(12, lambda: next(clock))
    assert pace.at(2) == {"done": 2, "total": 12, "seconds_left": None}  # it resumed: nobody knows yet
    assert pace.at(3) == {"done": 3, "total": 12, "seconds_left": 270}
    assert pace.at(12) == {"done": 12, "total": 12, "seconds_left": 0}
