"""What the Datasets page says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date
from pathlib import Path

from streamlit_ui.screens.tables import as_html
from streamlit_ui.texts import Texts
from streamlit_ui.view_models.datasets import (
    dataset_rows,
    difference_line,
    folder_rows,
    fresh_name,
    left_out_line,
)
from streamlit_ui.view_models.figures import Name
from tests.contract.people import at
from tyreloop.domain.datasets import Item, Labelled, Part, SnapshotSummary, compare, require_name
from tyreloop.domain.feedback import Label
from tyreloop.domain.photos import PhotoId
from tyreloop.learning.datasets.lesson_book import Entry, LessonBook


def test_a_dataset_shows_its_parts_and_its_parent(english: Texts, korean: Texts) -> None:
    counts = {"lesson good": 5, "lesson defective": 3, "exam good": 2, "exam unusable": 1}
    [row] = dataset_rows([SnapshotSummary("two", "one", "a" * 64, "user:sue", at(0), counts)], english, UTC)
    assert (row["Photos"], row["To learn from"], row["For exams"]) == (
        11,
        "5 good, 3 damaged",
        "2 good, 1 not usable",
    )
    assert (row["Grown from"], row["By"]) == ("one", "sue")
    [first] = dataset_rows([SnapshotSummary("one", None, "a" * 64, "user:sue", at(0), {})], korean, UTC)
    assert list(first.values())[1:5] == ["없음", 0, "–", "–"]


def test_a_folder_of_the_shell_is_listed_like_a_dataset(english: Texts, tmp_path: Path) -> None:
    entries = (Entry("a.jpg", "good", Part.LESSON, "0" * 64), Entry("b.jpg", "good", Part.EXAM, "1" * 64))
    [row] = folder_rows([LessonBook(tmp_path / "winter", "winter", entries)], english)
    assert (row["Photos"], row["To learn from"], row["For exams"]) == (2, "1 good", "1 good")
    assert "winter" in [str(value) for value in row.values()]


def test_what_is_in_no_dataset_is_told_with_its_reason(english: Texts) -> None:
    assert left_out_line({"unknown": 2, "removed": 0, "gone": 1}, english) == (
        "Reviewed, and in no dataset: 2 that nobody can tell, 1 whose photo was deleted."
    )
    assert left_out_line({"unknown": 0}, english) == ""


def test_a_name_is_proposed_that_keeps_to_the_rules() -> None:
    today = date(2026, 11, 30)
    assert fresh_name([], today) == "2026-11-30"
    second = fresh_name(["2026-11-30"], today)
    assert second == "2026-11-30-2"
    require_name(second)


def test_every_word_of_a_table_is_escaped() -> None:
    table = as_html([{"Name": Name("<b>"), "By": '"&'}])
    assert '<th scope="row"><span translate="no">&lt;b&gt;</span></th>' in table
    assert "<b>" not in table
    assert '<td data-column="By"><span>&quot;&amp;</span></td>' in table


def test_a_comparison_is_one_line(english: Texts) -> None:
    [one, other] = [Item.of(Labelled(PhotoId(sign * 64), Label.GOOD)) for sign in "ab"]
    relabelled = replace(other, label=Label.DEFECTIVE)
    line = difference_line(compare([one, other], [relabelled]), english)
    assert line == "**0** photos came, **1** went, **1** have another label."
