"""Work in a process of its own: what it says arrives, and so does the reason why it ended."""

from __future__ import annotations

from threading import Event

import pytest

from tests.orders.conftest import House
from tyreloop.domain.orders import OrderState
from tyreloop.use_cases.orders import carry_out
from tyreloop.worker.child import in_child


def ending_of(house: House, how: str) -> tuple[OrderState | None, str]:
    order_id = house.order("odd", how=how)
    state = carry_out(
        order_id,
        worker="worker-1",
        handlers={"odd": in_child("tests.orders.odd_child")},
        using=house.using,
        stopping=Event(),
    )
    return state, house.job(order_id).error


def test_a_child_reports_its_progress_and_its_result(house: House) -> None:
    assert ending_of(house, "well") == (OrderState.DONE, "")
    [order] = house.using.orders.latest(limit=1)
    assert (order.result, order.progress) == ({"version": 3}, {"done": 1})
    assert [line.line for line in house.using.orders.lines(order.id)] == ["one of two"]


@pytest.mark.parametrize(
    ("how", "state", "sentence"),
    [
        ("refuses", OrderState.FAILED, "There are too few photos."),
        ("is_away", OrderState.QUEUED, "The registry does not answer now."),
        ("breaks", OrderState.QUEUED, "Something unforeseen broke it (ZeroDivisionError): no photos"),
        ("exits", OrderState.QUEUED, "Its process ended with status 3 before it was done"),
        ("is_killed", OrderState.QUEUED, "Its process was ended from outside (signal 9)"),
    ],
)
def test_a_child_that_does_not_finish_says_why_in_one_sentence(
    house: House, how: str, state: OrderState, sentence: str
) -> None:
    ended, error = ending_of(house, how)
    assert ended is state
    assert error.startswith(sentence)
    assert "\n" not in error
