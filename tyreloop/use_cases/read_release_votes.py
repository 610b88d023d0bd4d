"""What visitors said before a release and since."""

from __future__ import annotations

from datetime import datetime, timedelta

from tyreloop.domain.feedback import VoteCount, VotesAroundRelease
from tyreloop.domain.release import Release
from tyreloop.domain.staff import Actor, Right
from tyreloop.store.feedback import PostgresVoteCounts

LOOKED_BACK = timedelta(days=28)


def read_release_votes(
    release: Release, *, by: Actor, counts: PostgresVoteCounts, until: datetime
) -> VotesAroundRelease:
    """The new version's votes since it was released, beside the old one's in its last four weeks."""
    by.require(Right.RELEASE)
    moment = release.released_at
    before = VoteCount()
    if release.from_version is not None:
        before = counts.of_version(release.from_version, since=moment - LOOKED_BACK, until=moment)
    return VotesAroundRelease(before, counts.of_version(release.to_version, since=moment, until=until))
