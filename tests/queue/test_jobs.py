"""Jobs: asked for once, done once; lost by nobody, doubled by nobody, parked when they break everything."""

from __future__ import annotations

from collections.abc import Mapping
from threading import Event
from typing import Any

import pytest

from tests.queue.conftest import SUE, House
from tests.review.conftest import KIM
from tyreloop.domain.errors import Conflict, InvalidRequest, NotAllowed, NotFound
from tyreloop.domain.orders import JobCancelled, JobId, JobKind, JobState, Standing
from tyreloop.loop_ports import RunningJob, Work
from tyreloop.use_cases.orders import cancel_job, order_inspection, order_training, retry_job, run_job


def run(house: House, job_id: JobId, work: Work, *, stopping: Event | None = None) -> JobState | None:
    return run_job(
        job_id,
        worker="worker-1",
        works={"inspection": work, "training": work},
        using=house.using,
        stopping=stopping or Event(),
    )


def done(running: RunningJob) -> Mapping[str, Any]:
    running.report({"epoch": 1}, "half way")
    return {"version": 7}


def broken(running: RunningJob) -> Mapping[str, Any]:
    raise RuntimeError("no memory left")


def test_a_job_is_done_and_says_what_came_of_it(house: House) -> None:
    job_id = house.order(dataset="one")
    assert list(house.using.jobs.to_dispatch(at=house.time())) == [job_id]
    assert run(house, job_id, done) is JobState.DONE
    job = house.job(job_id)
    assert (job.state, job.tries, job.result, job.progress) == (
        JobState.DONE,
        1,
        {"version": 7},
        {"epoch": 1},
    )
    assert (job.orders, job.asked_by, job.request_id) == ({"dataset": "one"}, "user:sue", "request-3")
    assert [line.line for line in house.using.jobs.lines(job_id)] == ["half way"]
    assert job.started_at == job.finished_at == house.time()


def test_a_message_that_comes_twice_finds_nothing_to_take(house: House) -> None:
    job_id = house.order()
    assert run(house, job_id, done) is JobState.DONE
    assert run(house, job_id, broken) is None
    assert run(house, JobId("0" * 32), done) is None


def test_the_oldest_are_told_first_and_not_too_many_at_once(house: House) -> None:
    ordered = [house.order() for _ in range(20)]
    told = list(house.using.jobs.to_dispatch(at=house.time()))
    assert sorted(told) == sorted(ordered[:16])
    assert list(house.using.jobs.to_dispatch(at=house.time())) == []
    run(house, told[0], done)
    assert list(house.using.jobs.to_dispatch(at=house.time())) == [ordered[16]]


def test_a_message_that_got_lost_is_sent_again(house: House) -> None:
    job_id = house.order()
    house.using.jobs.to_dispatch(at=house.time())
    house.time.passes(seconds=59)
    assert list(house.using.jobs.to_dispatch(at=house.time())) == []
    house.time.passes(seconds=2)
    assert list(house.using.jobs.to_dispatch(at=house.time())) == [job_id]
    house.using.jobs.undo_dispatch(job_id)
    assert list(house.using.jobs.to_dispatch(at=house.time())) == [job_id]


def test_one_training_at_a_time_the_first_ordered_first(house: House) -> None:
    first, second, short = house.order("training"), house.order("training"), house.order()
    assert set(house.using.jobs.to_dispatch(at=house.time())) == {first, short}
    assert house.using.jobs.begin(first, worker="one", at=house.time()) is not None
    assert house.using.jobs.begin(second, worker="two", at=house.time()) is None
    assert list(house.using.jobs.to_dispatch(at=house.time())) == []
    house.using.jobs.finish(first, worker="one", at=house.time(), state=JobState.DONE, result={})
    assert list(house.using.jobs.to_dispatch(at=house.time())) == [second]


def test_a_job_of_a_silent_worker_is_taken_up_again(house: House) -> None:
    job_id = house.order()
    house.using.jobs.begin(job_id, worker="dead", at=house.time())
    house.using.jobs.report(job_id, worker="dead", at=house.time(), progress={"done": 40})
    house.time.passes(seconds=29)
    assert list(house.using.jobs.to_dispatch(at=house.time())) == []
    assert house.using.jobs.vouch(job_id, worker="dead", at=house.time()) is Standing.OURS
    house.time.passes(seconds=31)
    assert list(house.using.jobs.to_dispatch(at=house.time())) == [job_id]
    assert house.job(job_id).progress == {"done": 40}
    assert run(house, job_id, done) is JobState.DONE


def test_a_worker_that_lost_its_job_changes_nothing(house: House) -> None:
    job_id = house.order()
    house.using.jobs.begin(job_id, worker="slow", at=house.time())
    house.time.passes(seconds=31)
    house.using.jobs.to_dispatch(at=house.time())
    house.using.jobs.begin(job_id, worker="next", at=house.time())
    assert house.using.jobs.vouch(job_id, worker="slow", at=house.time()) is Standing.LOST
    house.using.jobs.report(job_id, worker="slow", at=house.time(), progress={"done": 1}, line="ghost")
    finished = {"at": house.time(), "state": JobState.DONE, "result": {"of": "slow"}}
    assert not house.using.jobs.finish(job_id, worker="slow", **finished)
    assert house.job(job_id).progress == {}
    assert house.using.jobs.lines(job_id) == []
    assert house.using.jobs.finish(job_id, worker="next", **finished)


def test_a_job_that_breaks_is_parked_after_three_tries(house: House) -> None:
    job_id = house.order()
    states = [run(house, job_id, broken) for _ in range(4)]
    assert states == [JobState.QUEUED, JobState.QUEUED, JobState.PARKED, None]
    assert house.job(job_id).error == "RuntimeError: no memory left"
    retry_job(job_id, by=SUE, using=house.using)
    assert run(house, job_id, done) is JobState.DONE


def test_a_job_that_kills_its_workers_is_parked_after_three_tries(house: House) -> None:
    job_id = house.order()
    for worker in ("one", "two", "three"):
        assert house.using.jobs.begin(job_id, worker=worker, at=house.time()) is not None
        house.time.passes(seconds=31)
        house.using.jobs.to_dispatch(at=house.time())
    assert (house.job(job_id).state, house.job(job_id).tries) == (JobState.PARKED, 3)


def test_what_cannot_be_done_fails_at_once_and_says_why(house: House) -> None:
    def refused(running: RunningJob) -> Mapping[str, Any]:
        raise InvalidRequest("There are too few photos.")

    job_id = house.order()
    assert run(house, job_id, refused) is JobState.FAILED
    assert house.job(job_id).error == "There are too few photos."
    odd = house.order("dance")
    assert run(house, odd, done) is JobState.FAILED


def test_a_waiting_job_is_cancelled_at_once(house: House) -> None:
    job_id = house.order()
    cancel_job(job_id, by=SUE, using=house.using)
    assert house.job(job_id).state is JobState.CANCELLED
    assert run(house, job_id, done) is None
    with pytest.raises(Conflict):
        cancel_job(job_id, by=SUE, using=house.using)


def test_a_running_job_is_cancelled_at_its_next_step(house: House) -> None:
    job_id = house.order()

    def asked_to_stop(running: RunningJob) -> Mapping[str, Any]:
        cancel_job(job_id, by=SUE, using=house.using)
        standing = house.using.jobs.vouch(job_id, worker="worker-1", at=house.time())
        assert standing is Standing.CANCEL
        raise JobCancelled("as the next step does")

    assert run(house, job_id, asked_to_stop) is JobState.CANCELLED
    retry_job(job_id, by=SUE, using=house.using)
    assert house.job(job_id).cancel_asked_at is None
    assert run(house, job_id, done) is JobState.DONE


def test_a_cancelled_job_of_a_dead_worker_is_over(house: House) -> None:
    job_id = house.order()
    house.using.jobs.begin(job_id, worker="dead", at=house.time())
    cancel_job(job_id, by=SUE, using=house.using)
    house.time.passes(seconds=31)
    assert list(house.using.jobs.to_dispatch(at=house.time())) == []
    assert house.job(job_id).state is JobState.CANCELLED


def test_a_worker_that_ends_gives_its_job_back_and_it_was_no_try(house: House) -> None:
    job_id, stopping = house.order(), Event()

    def interrupted(running: RunningJob) -> Mapping[str, Any]:
        stopping.set()
        running.go_on()
        return {}

    assert run(house, job_id, interrupted, stopping=stopping) is JobState.QUEUED
    assert house.job(job_id).tries == 0


def test_only_scientists_order_long_work(house: House) -> None:
    for refused in (
        lambda: order_training("demo", dataset=None, start=None, by=KIM, using=house.using),
        lambda: order_inspection("one", by=KIM, using=house.using),
        lambda: cancel_job(JobId("0" * 32), by=KIM, using=house.using),
    ):
        with pytest.raises(NotAllowed):
            refused()
    with pytest.raises(NotFound):
        retry_job(JobId("0" * 32), by=SUE, using=house.using)


def test_each_order_leaves_its_line(house: House) -> None:
    job = order_training("demo", dataset="one", start="production", by=SUE, using=house.using)
    cancel_job(job.id, by=SUE, using=house.using)
    cancelled, ordered = house.audit.latest(limit=2)
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
    assert house.using.jobs.latest(limit=5, kind=JobKind.TRAINING)[0].id == job.id
    assert list(house.using.jobs.latest(limit=5, kind=JobKind.INSPECTION)) == []
