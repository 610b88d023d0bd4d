from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.fakes import Time
from tyreloop.access.gate import Gate
from tyreloop.access.tokens import TokenSigner
from tyreloop.domain.staff import Actor, Right, Role
from tyreloop.use_cases.staff import add_staff_member
from tyreloop.use_cases.stores import Stores

SECRET = "a secret of the tests, long enough to sign"
PASSWORD = "a password of the tests"
ROOT = Actor("shell:root", frozenset(Right), is_known=True)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def staffing(time: Time, stores: Stores) -> Stores:
    return replace(stores, clock=time)


@pytest.fixture
def gate(staffing: Stores, time: Time) -> Gate:
    return Gate(TokenSigner(SECRET, time), staffing)


@pytest.fixture
def hire(staffing: Stores) -> Callable[[str, Role], None]:
    def hire(name: str, role: Role) -> None:
        add_staff_member(name, PASSWORD, role, by=ROOT, using=staffing)

    return hire
