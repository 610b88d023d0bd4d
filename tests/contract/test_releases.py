"""Releases: the history of Production, newest first."""

from __future__ import annotations

from tests.contract.people import at
from tyreloop.domain.release import Release, ReleaseKind
from tyreloop.store.models import PostgresReleases


def release_to(version: int, minutes: float) -> Release:
    return Release(
        model_name="tyre-defect",
        to_version=version,
        from_version=version - 1 or None,
        kind=ReleaseKind.PROMOTION,
        released_at=at(minutes),
        released_by="carol",
        reason="better on the exam",
        forced=False,
        exam={"accuracy": 0.97, "passed": True},
    )


def test_the_latest_releases_come_first_and_whole(releases: PostgresReleases) -> None:
    first, second, third = (release_to(version, version) for version in (1, 2, 3))
    for release in (first, second, third):
        releases.add(release)
    assert list(releases.latest(limit=2)) == [third, second]


def test_a_rollback_is_a_release_too(releases: PostgresReleases) -> None:
    back = Release("tyre-defect", 1, 2, ReleaseKind.ROLLBACK, at(9), "carol")
    releases.add(back)
    assert list(releases.latest(limit=5)) == [back]


def test_before_the_first_release_there_is_none(releases: PostgresReleases) -> None:
    assert list(releases.latest(limit=5)) == []
