"""Photos wait on this machine while their real place is away, without asking that place for each of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tyreloop.domain.errors import StoreUnavailable
from tyreloop.files.folder import ASK_AGAIN_SECONDS, FolderObjects, SpooledObjects


class Away(FolderObjects):
    """A place that can be away, and counts how often it was asked."""

    is_away = True
    asked = 0

    def write(self, name: str, data: bytes) -> None:
        self.asked += 1
        if self.is_away:
            raise StoreUnavailable("away")
        super().write(name, data)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def there(tmp_path: Path) -> Away:
    return Away(tmp_path / "there")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(there: Away, tmp_path: Path, clock: Clock) -> SpooledObjects:
    return SpooledObjects(there, FolderObjects(tmp_path / "here"), max_waiting=3, clock=clock)


def test_a_place_that_is_away_is_not_asked_for_each_photo(store: SpooledObjects, there: Away) -> None:
    for name in "abc":
        store.write(name, b"photo")

    assert there.asked == 1
    assert store.read("c") == b"photo"


def test_it_is_asked_again_after_a_while_and_what_waited_is_sent(
    store: SpooledObjects, there: Away, clock: Clock
) -> None:
    store.write("a", b"photo")
    there.is_away = False
    store.write("b", b"photo")
    clock.now += ASK_AGAIN_SECONDS
    store.write("c", b"photo")

    assert [seen.name for seen in there.seen("")] == ["c"]
    assert store.send_waiting() == 2
    assert [seen.name for seen in there.seen("")] == ["a", "b", "c"]


def test_no_more_wait_than_there_is_room_for(store: SpooledObjects, clock: Clock) -> None:
    for name in "abc":
        store.write(name, b"photo")

    with pytest.raises(StoreUnavailable):
        store.write("d", b"photo")
    clock.now += ASK_AGAIN_SECONDS
    with pytest.raises(StoreUnavailable):
        store.write("d", b"photo")
