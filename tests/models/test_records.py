"""Rows of releases: the newest first, whole, and only in the order of their states."""

from __future__ import annotations

from tests.models.conftest import Road
from tyreloop.domain.models import ReleaseState


def test_the_latest_releases_come_first_and_whole(road: Road) -> None:
    first, second, third = (road.promoted(road.register()) for _ in range(3))
    assert list(road.models.latest(limit=2)) == [third, second]
    assert first.exam["passed"] is True


def test_before_the_first_release_there_is_none(road: Road) -> None:
    assert list(road.models.latest(limit=5)) == []
    assert road.models.newest("tyre-defect") is None


def test_a_step_is_taken_once_and_never_backwards(road: Road) -> None:
    release = road.served(road.register())
    again = road.models.advance(release, ReleaseState.MOVED, at=road.time())
    assert again == release
    refused = road.models.advance(release, ReleaseState.REFUSED, at=road.time(), refusal="late")
    assert (refused.state, refused.refusal) == (ReleaseState.SERVED, "")
