from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from tests.fakes import Time
from tyreloop.domain.orders import Order, OrderId, new_order_id
from tyreloop.domain.staff import Act, Actor, Role
from tyreloop.use_cases.stores import Stores

SUE = Actor("user:sue", Role.SCIENTIST.rights, "request-3", is_known=True)


@dataclass
class House:
    """The jobs, and the people and workers around them."""

    using: Stores
    time: Time

    def order(self, kind: str = "inspection", **parameters: Any) -> OrderId:
        self.time.passes(seconds=1)
        order = Order(new_order_id(), kind, parameters, SUE.name, self.time(), SUE.request_id)
        self.using.orders.submit(order, act=Act.of(SUE, "job_ordered", order.id, self.time()))
        return order.id

    def job(self, job_id: OrderId) -> Order:
        found = self.using.orders.get(job_id)
        assert found is not None
        return found


def house_in(stores: Stores) -> House:
    time = Time()
    return House(replace(stores, clock=time), time)


@pytest.fixture
def house(stores: Stores) -> House:
    return house_in(stores)
