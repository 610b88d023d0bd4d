"""Votes of one version in a span: exact to the moment, whatever the hours in between."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.contract.people import NOON, a_key, at, dislike, like, prediction_of
from tyreloop.domain.errors import NotAllowed
from tyreloop.domain.feedback import VoteCount
from tyreloop.domain.models import Release, ReleaseKind
from tyreloop.domain.photos import ModelRef, new_visitor
from tyreloop.domain.staff import Actor, Role
from tyreloop.models.release import read_release_votes
from tyreloop.store.feedback import PostgresVoteCounts
from tyreloop.use_cases.stores import Stores

SUE = Actor("user:sue", Role.SCIENTIST.rights, is_known=True)
KIM = Actor("user:kim", Role.REVIEWER.rights, is_known=True)


@pytest.fixture
def ballot(stores: Stores) -> tuple[Stores, PostgresVoteCounts]:
    return stores, stores.vote_counts


def vote(feedback: Stores, version: int, *, liked: bool, minutes: float, is_demo: bool = False) -> None:
    prediction = prediction_of(new_visitor(), model=ModelRef("tyre-defect", version), is_demo=is_demo)
    feedback.predictions.add(prediction)
    feedback.votes.save((like if liked else dislike)(prediction, minutes=minutes), key=a_key())


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        (0, 300, VoteCount(likes=5)),
        (10, 290, VoteCount(likes=5)),
        (10.5, 290, VoteCount(likes=4)),
        (20, 40, VoteCount(likes=1)),
        (59, 61, VoteCount(likes=1)),
        (60, 180, VoteCount(likes=2)),
        (100, 250, VoteCount(likes=2)),
        (400, 500, VoteCount()),
    ],
)
def test_a_span_is_cut_to_the_moment(
    ballot: tuple[Stores, PostgresVoteCounts], since: float, until: float, expected: VoteCount
) -> None:
    feedback, counts = ballot
    for minutes in (10, 30, 60, 179.5, 240):
        vote(feedback, 3, liked=True, minutes=minutes)
    assert counts.of_version(3, since=at(since), until=at(until)) == expected


def test_only_this_version_counts_and_nothing_made_up(ballot: tuple[Stores, PostgresVoteCounts]) -> None:
    feedback, counts = ballot
    vote(feedback, 3, liked=True, minutes=1)
    vote(feedback, 3, liked=False, minutes=70)
    vote(feedback, 4, liked=False, minutes=1)
    vote(feedback, 3, liked=False, minutes=1, is_demo=True)
    assert counts.of_version(3, since=NOON, until=at(200)) == VoteCount(likes=1, dislikes=1)


def test_a_release_shows_the_old_version_before_it_and_the_new_one_since(
    ballot: tuple[Stores, PostgresVoteCounts],
) -> None:
    feedback, counts = ballot
    for liked in (True, False):
        vote(feedback, 3, liked=liked, minutes=10)
    vote(feedback, 3, liked=False, minutes=31)  # a word on an old answer, after the release
    vote(feedback, 4, liked=True, minutes=40)
    release = Release("tyre-defect", 4, 3, ReleaseKind.PROMOTION, at(30), "user:sue")
    votes = read_release_votes(release, by=SUE, counts=counts, until=NOON + timedelta(days=1))
    assert (votes.before, votes.since) == (VoteCount(1, 1), VoteCount(1, 0))
    with pytest.raises(NotAllowed):
        read_release_votes(release, by=KIM, counts=counts, until=at(60))
