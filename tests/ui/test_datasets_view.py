"""What the Datasets, Learn and Release pages say."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC

import pytest

from streamlit_ui.texts import Texts
from streamlit_ui.view_models.loop import JobView, candidate_line, dataset_rows, difference_line, result_line
from tests.contract.people import at
from tyreloop.domain.datasets import Item, Labelled, SnapshotSummary, compare
from tyreloop.domain.feedback import Label
from tyreloop.domain.models import Candidate
from tyreloop.domain.orders import Order, OrderState, new_order_id
from tyreloop.domain.photos import PhotoId

ORDERS = {"recipe": "demo", "dataset": None, "start": None}
JOB = Order(new_order_id(), "training", ORDERS, "user:sue", at(0))


def test_a_dataset_shows_how_many_photos_are_for_exams(english: Texts) -> None:
    counts = {"lesson good": 5, "lesson defective": 3, "exam good": 2}
    [row] = dataset_rows([SnapshotSummary("two", "one", "a" * 64, "user:sue", at(0), counts)], english, UTC)
    assert (row["Photos"], row["For exams"], row["From"], row["By"]) == (10, 2, "one", "sue")


def test_a_comparison_is_one_line(english: Texts) -> None:
    [one, other] = [Item.of(Labelled(PhotoId(sign * 64), Label.GOOD)) for sign in "ab"]
    relabelled = replace(other, label=Label.DEFECTIVE)
    line = difference_line(compare([one, other], [relabelled]), english)
    assert line == "**0** photos came, **1** went, **1** have another label."


@pytest.mark.parametrize(
    ("state", "can_stop", "can_retry"),
    [
        (OrderState.QUEUED, True, False),
        (OrderState.RUNNING, True, False),
        (OrderState.DONE, False, False),
        (OrderState.PARKED, False, True),
        (OrderState.CANCELLED, False, True),
    ],
)
def test_only_what_makes_sense_can_be_done_with_a_job(
    korean: Texts, state: OrderState, can_stop: bool, can_retry: bool
) -> None:
    view = JobView.of(replace(JOB, state=state), korean, UTC)
    assert (view.can_stop, view.can_retry) == (can_stop, can_retry)


def test_progress_is_a_share_of_the_epochs(english: Texts) -> None:
    progress = {"done": 3, "total": 12, "seconds_left": 400}
    running = replace(JOB, state=OrderState.RUNNING, progress=progress)
    assert JobView.of(running, english, UTC).share == 0.25
    assert JobView.of(running, english, UTC).pace == "25%, about 7 min left"
    assert JobView.of(JOB, english, UTC).pace == "0%"
    assert JobView.of(JOB, english, UTC).share == 0.0
    assert JobView.of(JOB, english, UTC).title.endswith(
        "**demo** on drawn tyres, ordered 2026-11-01 12:00 by sue"
    )


def test_what_came_of_a_job_is_one_line(english: Texts) -> None:
    done = replace(JOB, state=OrderState.DONE, result={"version": 7, "exam": {"fixed": 4, "broke": 1}})
    assert result_line(done, english) == "Version **7**: 4 exam photos fixed, 1 broken."
    failed = replace(JOB, state=OrderState.FAILED, error="too few photos")
    assert result_line(failed, english) == "It says: too few photos"
    assert result_line(JOB, english) == ""


def test_a_candidate_says_how_its_exam_went(english: Texts) -> None:
    one = Candidate(7, at(0), "Small.", is_in_production=False)
    assert candidate_line(one, english, UTC).endswith("not examined")
    passed = replace(one, exam={"passed": True, "fixed": 4, "broke": 0})
    assert candidate_line(passed, english, UTC).endswith("passed: 4 fixed, 0 broken")
