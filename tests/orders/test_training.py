"""A training whose worker died between two writes: the next try says what the first could not."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from tests.contract.people import settings_for
from tests.vision.bundles import jpeg_of, write_bundle
from tyreloop.bootstrap import Role, opened_stores
from tyreloop.learning.datasets.lesson_book import Entry, LessonBook, Part, write_book
from tyreloop.models.register import register_bundle
from tyreloop.models.registry import build_registry
from tyreloop.worker.child import ChildChannel
from tyreloop.worker.training import ORDER_TAG, Training

ORDER = "0" * 31 + "1"
KEPT = """
SELECT version, card -> 'dataset' ->> 'name' AS dataset, card ->> 'run_id' AS run_id FROM model_versions
"""


class Silent(ChildChannel):
    """Keeps what is said, and leaves standard output alone."""

    def __init__(self) -> None:
        self.said: list[Mapping[str, Any]] = []

    def send(self, message: Mapping[str, Any]) -> None:
        self.said.append(message)


def a_few_exam_photos(folder: Path) -> None:
    folder.mkdir(parents=True)
    entries = []
    for grey in (30, 60, 200, 230):
        (folder / f"{grey}.jpg").write_bytes(jpeg_of(grey))
        digest = sha256(jpeg_of(grey)).hexdigest()
        label = "good" if grey > 100 else "defective"
        entries.append(Entry(f"{grey}.jpg", label, Part.EXAM, digest, digest))
    write_book(LessonBook(folder, "few", tuple(entries)))


def test_a_version_that_was_registered_before_the_worker_died_is_remembered_by_the_next_try(
    mlflow_uri: str, database_dsn: dict[str, Any], tmp_path: Path
) -> None:
    given = settings_for(database_dsn, tmp_path / "data").model_copy(
        update={"mlflow_tracking_uri": mlflow_uri, "model_name": "died-between"}
    )
    a_few_exam_photos(given.data_dir / "datasets" / "few")
    registry = build_registry(given)
    bundle = write_bundle(tmp_path / "bundle", dataset={"name": "first"})
    version = register_bundle(bundle, description="", registry=registry, tags={ORDER_TAG: ORDER})
    for _ in range(2):  # and one more try changes nothing
        result = Training({"order_id": ORDER, "recipe": "none"}, given, Silent()).run()
        assert result["version"] == version
        assert result["exam"]["outcome"]
    with opened_stores(given, role=Role.SHELL) as stores:

        def kept(connection: Any) -> list[dict[str, Any]]:
            with connection.cursor() as cursor:
                cursor.execute(KEPT)
                return [dict(row) for row in cursor.fetchall()]

        [row] = stores.database.ask(kept)
    assert (row["version"], row["dataset"]) == (version, "first")
    assert row["run_id"] == result["run_id"]
    assert len(registry.versions()) == 1
