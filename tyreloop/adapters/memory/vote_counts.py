"""Votes of one version, counted one by one."""

from __future__ import annotations

from datetime import datetime

from tyreloop.adapters.memory.feedback import MemoryPredictions, MemoryVotes
from tyreloop.domain.feedback import VoteCount


class MemoryVoteCounts:
    """The VoteCounts port."""

    def __init__(self, predictions: MemoryPredictions, votes: MemoryVotes) -> None:
        self._predictions = predictions
        self._votes = votes

    def of_version(self, version: int, *, since: datetime, until: datetime) -> VoteCount:
        asked = [one for one in self._predictions.all() if one.model.version == version and not one.is_demo]
        votes = [self._votes.get(one.id, one.visitor) for one in asked]
        liked = [vote.liked for vote in votes if vote is not None and since <= vote.cast_at < until]
        return VoteCount(likes=sum(liked), dislikes=len(liked) - sum(liked))
