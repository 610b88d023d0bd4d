"""What the Release page says about votes, photos and runs."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamlit_ui.texts import Texts
from streamlit_ui.view_models.release import (
    picture_in,
    refusal_lines,
    release_line,
    run_link,
    votes_line,
    wall_caption,
)
from tests.contract.people import at
from tyreloop.domain.feedback import VoteCount, VotesAroundRelease
from tyreloop.domain.interval import difference_interval, wilson_interval
from tyreloop.domain.models import Release, ReleaseKind, ReleaseState
from tyreloop.models.gate import sentences

RELEASE = Release("tyre-defect", 4, 3, ReleaseKind.PROMOTION, at(0), "user:sue")


def test_votes_since_a_release_come_with_their_intervals(english: Texts) -> None:
    votes = VotesAroundRelease(before=VoteCount(60, 40), since=VoteCount(40, 10))
    assert votes_line(RELEASE, votes, english) == (
        "Since then **80%** like version 4 (between 67% and 89%, votes: 50). "
        "In the four weeks before, 60% liked version 3 (between 50% and 69%, votes: 100). "
        "That is +20 points (between +4 and +33)."
    )


def test_without_votes_nothing_is_claimed(english: Texts, korean: Texts) -> None:
    nobody = VotesAroundRelease(before=VoteCount(60, 40), since=VoteCount())
    assert votes_line(RELEASE, nobody, english) == "Nobody has voted on version 4 since then."
    first = VotesAroundRelease(before=VoteCount(), since=VoteCount(3, 1))
    assert votes_line(RELEASE, first, korean).startswith("그 뒤 버전 4 좋아요 **75%**")
    assert "차이" not in votes_line(RELEASE, first, korean)


@given(st.integers(1, 200), st.integers(1, 200), st.data())
def test_a_difference_lies_within_its_bounds(count: int, before: int, data: st.DataObject) -> None:
    hits, hits_before = data.draw(st.integers(0, count)), data.draw(st.integers(0, before))
    low, high = difference_interval(hits, count, hits_before, before)
    assert -1.001 <= low <= hits / count - hits_before / before <= high <= 1.001


def test_a_difference_against_many_is_nearly_the_share_alone() -> None:
    low, high = difference_interval(45, 50, 500_000, 1_000_000)
    alone = wilson_interval(45, 50)
    assert (low + 0.5, high + 0.5) == pytest.approx(alone, abs=0.002)


def test_a_photo_on_the_wall_says_what_changed(english: Texts) -> None:
    entry = {"outcome": "fixed", "kind": "defective", "before": "good", "now": "defective"}
    assert wall_caption(entry, english) == "Damaged: good → damaged"
    assert wall_caption({**entry, "before": ""}, english) == "Damaged: – → damaged"
    assert wall_caption({**entry, "answer": "unsure"}, english) == "Damaged: good → damaged (unsure)"
    assert picture_in({**entry, "picture": b64encode(b"jpeg").decode()}) == b"jpeg"
    assert picture_in({**entry, "place": "a" * 64}) is None


def test_a_run_is_linked_where_people_reach_it() -> None:
    assert run_link("0123456789abcdef", "https://mlflow.example") == (
        "[01234567](https://mlflow.example/#/runs/0123456789abcdef)"
    )
    assert run_link("0123456789abcdef", "") == "01234567"


def test_a_release_says_how_far_it_came(english: Texts) -> None:
    moved = replace(RELEASE, state=ReleaseState.MOVED)
    assert release_line(moved, english, UTC).endswith("Not every service answers with it yet.")
    served = release_line(replace(RELEASE, state=ReleaseState.SERVED), english, UTC)
    assert served == release_line(moved, english, UTC).removesuffix(" Not every service answers with it yet.")


def test_a_release_that_a_service_refused_says_why_and_that_production_went_back(english: Texts) -> None:
    refused = replace(RELEASE, state=ReleaseState.REFUSED, refusal="the graph takes no photo")
    line = release_line(refused, english, UTC)
    assert "was refused: the graph takes no photo. Production went back by itself." in line


def test_a_refused_promotion_is_the_gates_own_sentence_in_each_language(
    english: Texts, korean: Texts
) -> None:
    reasons = [{"say": "stale", "against": 1, "production": 3}]
    for say in (english, korean):
        [line] = refusal_lines(2, reasons, say)
        assert sentences(reasons, say.language)[0] in line
