"""Votes of one version in a span, and what a release did to them."""

from __future__ import annotations

from dataclasses import dataclass

from tyreloop.domain.interval import difference_interval, wilson_interval


@dataclass(frozen=True, slots=True)
class VoteCount:
    """Likes and dislikes that stand."""

    likes: int = 0
    dislikes: int = 0

    @property
    def votes(self) -> int:
        return self.likes + self.dislikes

    @property
    def share(self) -> float:
        """Of likes; there must be votes."""
        return self.likes / self.votes

    @property
    def interval(self) -> tuple[float, float]:
        return wilson_interval(self.likes, self.votes)


@dataclass(frozen=True, slots=True)
class VotesAroundRelease:
    """The version of before in its last weeks, and the one of now since its release."""

    before: VoteCount
    since: VoteCount

    @property
    def change(self) -> tuple[float, float, float] | None:
        """By how much the share of likes moved, and between which bounds; None while a side has no vote."""
        if not self.before.votes or not self.since.votes:
            return None
        low, high = difference_interval(
            self.since.likes, self.since.votes, self.before.likes, self.before.votes
        )
        return self.since.share - self.before.share, low, high
