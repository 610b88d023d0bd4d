"""Who is let in, in which order, and who is refused."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import count
from threading import Event, Lock
from typing import Any

import pytest

from inference_api.admission import Admission
from tyreloop.domain.errors import ServiceBusy


class Crowd:
    """Visitors who come in and stay until they are told to go."""

    def __init__(self, admission: Admission, people: ThreadPoolExecutor) -> None:
        self.admission = admission
        self.order: list[str] = []
        self.go = Event()
        self._people = people
        self._lock = Lock()

    def comes(self, visitor: str, **more: Any) -> Future[None]:
        waiting, working = self.admission.waiting, self.admission.working
        came = self._people.submit(self._stay, visitor, **more)
        wait_until(
            lambda: (self.admission.waiting, self.admission.working) != (waiting, working) or came.done()
        )
        return came

    def _stay(self, visitor: str, **more: Any) -> None:
        with self.admission.slot(visitor, **more):
            with self._lock:
                self.order.append(visitor)
            self.go.wait(10)


def wait_until(true: Callable[[], bool]) -> None:
    pause = Event()
    for _ in range(2_000):
        if true():
            return
        pause.wait(0.005)
    raise AssertionError("it did not happen")


@pytest.fixture
def people() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(32)


def test_slots_come_free_for_those_who_wait_each_visitor_in_turn(people: ThreadPoolExecutor) -> None:
    crowd = Crowd(Admission(slots=1, waiting=8), people)
    came = [crowd.comes(who) for who in ("alice", "alice", "alice", "bob", "carol", "alice")]
    assert (crowd.admission.working, crowd.admission.waiting) == (1, 5)

    crowd.go.set()
    for one in came:
        one.result(10)

    assert crowd.order == ["alice", "alice", "bob", "carol", "alice", "alice"]
    assert (crowd.admission.working, crowd.admission.waiting) == (0, 0)


def test_beyond_the_queue_nobody_waits(people: ThreadPoolExecutor) -> None:
    crowd = Crowd(Admission(slots=1, waiting=2), people)
    came = [crowd.comes(who) for who in ("alice", "bob", "carol")]

    with pytest.raises(ServiceBusy):
        crowd.admission.require_room()
    with pytest.raises(ServiceBusy), crowd.admission.slot("dave"):
        pass

    crowd.go.set()
    for one in came:
        one.result(10)
    crowd.admission.require_room()


def test_when_photos_take_long_fewer_may_wait(people: ThreadPoolExecutor) -> None:
    seconds = count(step=30)  # each look at the clock is half a minute later
    crowd = Crowd(Admission(slots=1, waiting=64, promised_seconds=2, clock=lambda: next(seconds)), people)
    with crowd.admission.slot("alice"):
        pass
    came = [crowd.comes("alice"), crowd.comes("bob")]

    with pytest.raises(ServiceBusy):
        crowd.admission.require_room()

    crowd.go.set()
    for one in came:
        one.result(10)


def test_one_visitor_leaves_places_for_others(people: ThreadPoolExecutor) -> None:
    crowd = Crowd(Admission(slots=1, waiting=4), people)
    came = [crowd.comes("alice") for _ in range(4)]

    with pytest.raises(ServiceBusy), crowd.admission.slot("alice"):
        pass
    came.append(crowd.comes("bob"))

    crowd.go.set()
    for one in came:
        one.result(10)


def test_who_waits_too_long_is_refused_and_leaves_no_trace(people: ThreadPoolExecutor) -> None:
    crowd = Crowd(Admission(slots=1, waiting=4, max_wait_seconds=0.01), people)
    came = crowd.comes("alice")

    with pytest.raises(ServiceBusy), crowd.admission.slot("bob"):
        pass

    assert crowd.admission.waiting == 0
    crowd.go.set()
    came.result(10)
    with crowd.admission.slot("bob"):
        assert crowd.admission.working == 1


def test_a_photo_that_fails_gives_its_slot_back() -> None:
    admission = Admission(slots=1, waiting=1)

    for _ in range(3):
        with pytest.raises(ZeroDivisionError), admission.slot("alice"):
            raise ZeroDivisionError

    assert admission.working == 0


def test_a_closing_service_takes_no_more() -> None:
    admission = Admission(slots=1)
    admission.close()

    with pytest.raises(ServiceBusy):
        admission.require_room()


def test_a_photo_alone_finds_the_service_quiet_and_two_do_not() -> None:
    admission = Admission(slots=2)

    with admission.slot("alice"):
        assert admission.is_quiet
        with admission.slot("bob"):
            assert not admission.is_quiet
    assert admission.is_quiet


def test_a_crowd_of_explanations_leaves_room_for_an_honest_photo(people: ThreadPoolExecutor) -> None:
    """They take at most their own quarter of the queue, and every second slot."""
    crowd = Crowd(Admission(slots=1, waiting=16), people)
    came = [crowd.comes("alice")]
    for number in range(10):
        explained = people.submit(crowd._stay, f"crowd-{number}", heavy=True)
        wait_until(lambda number=number, it=explained: crowd.admission.waiting > number or it.done())  # type: ignore[misc]
        came.append(explained)
    assert crowd.admission.waiting == 4
    came.append(crowd.comes("bob"))

    crowd.go.set()
    refused = [one.exception(10) for one in came]

    assert sum(isinstance(error, ServiceBusy) for error in refused) == 6
    assert crowd.order.index("bob") <= 2


def test_one_address_leaves_places_for_others_whatever_names_it_makes_up(people: ThreadPoolExecutor) -> None:
    crowd = Crowd(Admission(slots=1, waiting=4), people)
    came = [crowd.comes("alice")]
    came += [crowd.comes(f"name-{number}", address="one place") for number in range(3)]

    with pytest.raises(ServiceBusy), crowd.admission.slot("name-4", address="one place"):
        pass
    came.append(crowd.comes("bob", address="another"))

    crowd.go.set()
    for one in came:
        one.result(10)
