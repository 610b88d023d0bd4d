"""After a deletion nothing of the photo is found: not in the store, not in the database, not in the logs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from io import BytesIO
from pathlib import Path
from subprocess import run
from typing import Any

import pytest
from PIL import Image

from tests.contract.people import a_key, at, dislike, prediction_of, settings_for
from tyreloop.bootstrap import Role, ServingStores, serve_stores
from tyreloop.domain.feedback import Correction, Label
from tyreloop.domain.photos import Prediction, new_visitor
from tyreloop.files.photos import ObjectPhotoStore, build_photo_store
from tyreloop.logs import configure_logs
from tyreloop.settings import Settings
from tyreloop.store.counts import roll_up
from tyreloop.store.db import Database
from tyreloop.store.dump import find_program
from tyreloop.use_cases.photos import erase_photo
from tyreloop.use_cases.stores import Stores

COMMENT = "my-licence-plate-is-12GA3456"


@pytest.fixture
def settings(database_dsn: dict[str, Any], tmp_path: Path) -> Settings:
    return settings_for(database_dsn, tmp_path / "data", log_level="DEBUG")


@pytest.fixture
def serving(settings: Settings) -> Iterator[ServingStores]:
    opened = serve_stores(settings, role=Role.PAGES)
    yield opened
    opened.close()


@pytest.fixture
def photos(settings: Settings) -> ObjectPhotoStore:
    return build_photo_store(settings)


def show_and_judge(feedback: Stores, photos: ObjectPhotoStore) -> Prediction:
    """Everything that a visitor can leave behind."""
    prediction = prediction_of(new_visitor())
    feedback.predictions.add(prediction)
    jpeg = BytesIO()
    Image.new("RGB", (640, 480), "grey").save(jpeg, "JPEG")
    photos.put(prediction.photo_id, jpeg.getvalue())
    photos.thumbnail(prediction.photo_id)
    feedback.votes.save(dislike(prediction, comment=COMMENT), key=a_key())
    correction = Correction(prediction.id, prediction.visitor, Label.GOOD, at(1))
    feedback.corrections.save(correction, key=a_key())
    return prediction


def dump_of(dsn: dict[str, Any]) -> str:
    program = find_program("pg_dump", server_major=18)
    where = f"postgresql://{dsn['user']}:{dsn['password']}@{dsn['host']}:{dsn['port']}/{dsn['dbname']}"
    return run([program, where], capture_output=True, text=True, check=True).stdout


def traces_of(prediction: Prediction) -> list[str]:
    dashed = f"{prediction.id[:8]}-{prediction.id[8:12]}"
    return [prediction.id, dashed, prediction.photo_id, prediction.visitor, COMMENT]


def test_nothing_of_a_deleted_photo_is_found_anywhere(
    settings: Settings,
    serving: ServingStores,
    photos: ObjectPhotoStore,
    database_dsn: dict[str, Any],
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logs(settings, service="test")
    gone = show_and_judge(serving.stores, photos)
    kept = prediction_of(new_visitor())
    serving.stores.predictions.add(kept)
    with closing(Database(database_dsn)) as owner:
        roll_up(owner)
    assert all(trace in dump_of(database_dsn) for trace in traces_of(gone)[1:])
    copy = settings.data_dir / "datasets" / "snapshot-first" / "photos" / f"{gone.photo_id}.jpg"
    copy.parent.mkdir(parents=True)
    copy.write_bytes(photos.get(gone.photo_id))
    erase_photo(gone.id, by=gone.visitor, using=serving.stores)
    everything = dump_of(database_dsn) + capsys.readouterr().out
    assert kept.photo_id in everything
    assert [trace for trace in traces_of(gone) if trace in everything] == []
    for file in settings.data_dir.rglob("*"):
        content = file.read_bytes() if file.is_file() else b""
        assert [trace for trace in traces_of(gone) if trace.encode() in content or trace in str(file)] == []


def test_a_deleted_vote_leaves_the_charts(
    serving: ServingStores, photos: ObjectPhotoStore, database_dsn: dict[str, Any]
) -> None:
    from tests.data.test_counts import rows_of

    gone = show_and_judge(serving.stores, photos)
    sql = "SELECT sum(dislikes) AS n FROM monitoring.hourly_votes"
    assert rows_of(serving.stores.database, sql) == [{"n": 1}]
    erase_photo(gone.id, by=gone.visitor, using=serving.stores)
    assert rows_of(serving.stores.database, sql) == [{"n": 0}]


HANGING = """
SELECT DISTINCT conrelid::regclass::text AS name FROM pg_constraint
WHERE confrelid IN ('predictions'::regclass, 'photos'::regclass) AND contype = 'f' AND confdeltype <> 'c'
"""


def test_every_table_that_hangs_from_a_photo_is_emptied_by_a_deletion(database: Database) -> None:
    from tests.data.test_counts import rows_of

    (function,) = rows_of(database, "SELECT prosrc FROM pg_proc WHERE proname = 'erase_photo'")
    hanging = [row["name"] for row in rows_of(database, HANGING)]
    assert "vote_history" in hanging
    assert [name for name in hanging if name not in function["prosrc"]] == []
