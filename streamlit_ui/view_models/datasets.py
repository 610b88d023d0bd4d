"""What the Datasets page says, decided without Streamlit."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, tzinfo
from itertools import count

from streamlit_ui.texts import Texts
from streamlit_ui.view_models.figures import Name, moment_in_words
from tyreloop.domain.datasets import Difference, Part, SnapshotSummary
from tyreloop.learning.datasets.lesson_book import LessonBook

NAMED = ("good", "defective", "not_a_tyre", "unusable")


def dataset_rows(datasets: Sequence[SnapshotSummary], say: Texts, zone: tzinfo) -> list[dict[str, object]]:
    """The table of snapshots: what each is for, and what it grew from."""
    return [
        {
            say("datasets.name"): Name(one.name),
            say("datasets.parent"): Name(one.parent) if one.parent else say("datasets.no_parent"),
            **_parts(one.counts, say),
            say("datasets.frozen"): moment_in_words(one.frozen_at, zone),
            say("datasets.by"): Name(one.created_by.removeprefix("user:")),
            say("datasets.hash"): Name(one.content_hash[:12]),
        }
        for one in datasets
    ]


def folder_rows(books: Sequence[LessonBook], say: Texts) -> list[dict[str, object]]:
    """What the shell imported into folders of this machine."""
    return [
        {
            say("datasets.name"): Name(book.name),
            **_parts(book.count(), say),
            say("datasets.folder"): Name(book.folder),
            say("datasets.hash"): Name(book.sha256[:12]),
        }
        for book in books
    ]


def left_out_line(left_out: Mapping[str, int], say: Texts) -> str:
    """What was reviewed and is in no snapshot, and why; empty where there is none."""
    why = [say(f"datasets.left_out_{reason}", count=photos) for reason, photos in left_out.items() if photos]
    return say("datasets.left_out", why=", ".join(why)) if why else ""


def fresh_name(known: Collection[str], today: date) -> str:
    """A name that keeps to the rules and is not taken."""
    names = (f"{today.isoformat()}{'' if number == 1 else f'-{number}'}" for number in count(1))
    return next(name for name in names if name not in known)


def difference_line(found: Difference, say: Texts) -> str:
    """From one snapshot to another."""
    return say(
        "datasets.difference",
        added=len(found.added),
        gone=len(found.gone),
        relabelled=len(found.relabelled),
    )


def _parts(counts: Mapping[str, int], say: Texts) -> dict[str, object]:
    """How many photos of each label there are to learn from, and how many to ask."""
    asked = {key: photos for key, photos in counts.items() if key.startswith(Part.EXAM)}
    learned = {key: photos for key, photos in counts.items() if key not in asked}
    return {
        say("datasets.photos"): sum(counts.values()),
        say("datasets.lesson_photos"): _labels(learned, say),
        say("datasets.exam_photos"): _labels(asked, say),
    }


def _labels(counts: Mapping[str, int], say: Texts) -> str:
    of = {label: sum(photos for key, photos in counts.items() if key.split()[-1] == label) for label in NAMED}
    said = [
        say("datasets.counted", count=photos, label=say(f"datasets.of_{label}"))
        for label, photos in of.items()
        if photos
    ]
    return ", ".join(said) or "–"
