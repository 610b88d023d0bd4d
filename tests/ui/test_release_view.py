"""What the Release page says about votes, photos and runs."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamlit_ui.texts import Texts
from streamlit_ui.view_models.charts import claims
from streamlit_ui.view_models.release import (
    NOTHING,
    about_line,
    lacks_exam,
    picture_in,
    release_line,
    reliability_points,
    run_link,
    sources_table,
    verdict_lines,
    versions_table,
    votes_line,
    wall_caption,
    wall_title,
)
from tests.contract.people import at
from tyreloop.domain.feedback import VoteCount, VotesAroundRelease
from tyreloop.domain.interval import difference_interval, wilson_interval
from tyreloop.domain.models import Candidate, Release, ReleaseKind, ReleaseState
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


def test_the_first_release_speaks_the_language_of_whoever_looks(english: Texts, korean: Texts) -> None:
    first = replace(RELEASE, reason="The first model.")
    assert "The first model." in release_line(first, english, UTC)
    assert "첫 모델입니다." in release_line(first, korean, UTC)


def test_a_release_says_how_far_it_came(english: Texts) -> None:
    moved = replace(RELEASE, state=ReleaseState.MOVED)
    assert release_line(moved, english, UTC).endswith("Not every service answers with it yet.")
    served = release_line(replace(RELEASE, state=ReleaseState.SERVED), english, UTC)
    assert served == release_line(moved, english, UTC).removesuffix(" Not every service answers with it yet.")
    assert served.endswith("by sue.")


def test_a_release_that_a_service_refused_says_why_and_that_production_went_back(english: Texts) -> None:
    refused = replace(RELEASE, state=ReleaseState.REFUSED, refusal="the graph takes no photo")
    line = release_line(refused, english, UTC)
    assert "was refused: the graph takes no photo. Production went back by itself." in line


SHARE = {"share": 0.082, "low": 0.036, "high": 0.178, "hits": 5, "of": 61}
NEW = Candidate(
    7,
    at(0),
    "",
    is_in_production=False,
    dataset="autumn",
    exam={"outcome": "refused", "fixed": 30, "broke": 2},
    objections=[{"say": "stale", "against": 1, "production": 3}],
    answered={
        "exam_of": 7,
        "questions": 400,
        "figures": {"defective_missed": SHARE, "error_among_sure": {**SHARE, "hits": 0, "of": 0}},
        "sources": {"autumn": {"coverage": SHARE}, "winter": {}},
        "reliability": [{"claimed": 0.93, **SHARE}],
    },
)


def test_versions_stand_side_by_side_with_what_decides(english: Texts, korean: Texts) -> None:
    old = Candidate(3, at(0), "Small.", is_in_production=True)
    new, now = versions_table([NEW, old], english)
    assert list(new)[1:5] == ["Missed damage", "False alarms", "Sure answers", "Sure and wrong"]
    assert list(new.values()) == [
        "7",
        "8% (4–18) · 5 of 61",
        NOTHING,
        NOTHING,
        NOTHING,
        "refused",
        "+30 / −2",
        "400 photos, exam of version 7",
    ]
    assert list(now.values()) == ["3 (In Production)", *[NOTHING] * 4, "not examined", NOTHING, NOTHING]
    assert len(versions_table([NEW], korean)[0]) == len(new)


def test_a_version_from_near_says_its_sources_its_reliability_and_the_gates_sentence(english: Texts) -> None:
    assert [next(iter(row.values())) for row in sources_table(NEW, english)] == ["autumn", "winter"]
    assert sources_table(replace(NEW, answered={"sources": {"autumn": {}}}), english) == []
    views = sources_table(replace(NEW, answered={"sources": {"drawings": {}, "view close_up": {}}}), english)
    assert [next(iter(row.values())) for row in views] == ["Drawn tyres", "Taken close up"]
    [point] = reliability_points(NEW, english)
    assert point["tip"] == "Claims 93%, right in 8% (4–18) of 61 photos"
    assert claims([point], titles=("a", "b"), ink="#000")["layer"]
    assert verdict_lines(NEW, english) == [f"{sentences(NEW.objections)[0]}."]
    assert lacks_exam(NEW)
    assert verdict_lines(replace(NEW, objections=()), english) == ["Nothing speaks against a promotion."]
    assert not lacks_exam(replace(NEW, objections=()))
    assert about_line(NEW, english, UTC) == "made 2026-11-01 12:00 · learned from autumn"


def test_the_wall_says_how_many_photos_changed_though_it_shows_a_few(english: Texts) -> None:
    assert wall_title(NEW, "fixed", 24, english) == "**Fixed: 30** (24 of them here)"
    assert wall_title(NEW, "broke", 2, english) == "**Broke: 2**"
