"""A backup brings everything back: every row and every photo, or it says what is missing."""

from __future__ import annotations

import json
import tarfile
import tracemalloc
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg2
import pytest
from psycopg2 import sql
from pydantic import SecretStr

from tests.contract.people import a_key, at, dislike, prediction_of, settings_for
from tests.fixtures.postgres_server import drop_database
from tests.fixtures.stores import kept_in
from tests.tasks.test_photos import jpeg
from tyreloop.backups import (
    BackupDamaged,
    BackupIncomplete,
    TargetNotEmpty,
    backups_in,
    delete_old_backups,
    fetch_backup,
    read_manifest,
    read_registry_files,
    restore_backup,
    send_backup,
    sent_backups,
    write_backup,
    write_registry_files,
)
from tyreloop.domain.errors import NotConfigured, StoreUnavailable
from tyreloop.domain.feedback import Correction, Label
from tyreloop.domain.photos import PredictionId, new_visitor
from tyreloop.files.buckets import ensure_bucket, s3_client
from tyreloop.files.photos import build_photo_store, objects_at
from tyreloop.local.databases import OWNER, create_database, statements
from tyreloop.settings import Settings
from tyreloop.store.counts import roll_up
from tyreloop.store.dump import DumpFailed, count_rows, restore_database
from tyreloop.tasks.backup import back_up, drill, note
from tyreloop.tasks.task import Tools
from tyreloop.use_cases.photos import erase_photo

VOLATILE = {"schema_migrations"}  # its rows tell when they were written


def hashes_of(dsn: dict[str, Any]) -> dict[str, str]:
    hashes = {}
    with closing(psycopg2.connect(**dsn)) as connection, connection.cursor() as cursor:
        for table in count_rows(dsn).keys() - VOLATILE:
            rows = sql.SQL("SELECT t::text FROM public.{} AS t ORDER BY 1").format(sql.Identifier(table))
            cursor.execute(rows)
            hashes[table] = sha256(repr(cursor.fetchall()).encode()).hexdigest()
    return hashes


@pytest.fixture
def database_dsn(own_database_dsn: dict[str, Any]) -> dict[str, Any]:
    """Its own: backups are brought back into it."""
    return own_database_dsn


@pytest.fixture
def backup(tools: Tools, tmp_path: Path) -> Path:
    feedback = kept_in(tools.database)
    for number in range(12):
        prediction = prediction_of(new_visitor(), request_id=f"req-{number} \\ 'naïve'\t한국")
        feedback.predictions.add(prediction)
        feedback.votes.save(dislike(prediction, comment="no\nway"), key=a_key())
        correction = Correction(prediction.id, prediction.visitor, Label.GOOD, at(number))
        feedback.corrections.save(correction, key=a_key())
        tools.photos.put(prediction.photo_id, jpeg() + bytes([number]))
        if number == 6:
            roll_up(tools.database)
    artifacts = tools.settings.data_dir / "mlflow" / "1"
    artifacts.mkdir(parents=True)
    (artifacts / "model.onnx").write_bytes(b"a model")
    return write_backup(tools.settings, tools.photos, into=tmp_path / "backups", now=tools.clock())


def test_an_empty_stack_gets_every_row_and_every_photo_back(
    tools: Tools,
    backup: Path,
    database_dsn: dict[str, Any],
    empty_database_dsn: dict[str, Any],
    tmp_path: Path,
) -> None:
    settings = settings_for(empty_database_dsn, tmp_path / "elsewhere")
    photos = build_photo_store(settings)
    manifest = restore_backup(settings, photos, backup)
    assert (manifest.rows["votes"], manifest.photos) == (12, 12)
    assert count_rows(empty_database_dsn) == count_rows(database_dsn)
    assert hashes_of(empty_database_dsn) == hashes_of(database_dsn)
    assert {photo: photos.get(photo) for photo in photos.ids()} == {
        photo: tools.photos.get(photo) for photo in tools.photos.ids()
    }
    assert (tmp_path / "elsewhere" / "mlflow" / "1" / "model.onnx").read_bytes() == b"a model"
    with pytest.raises(TargetNotEmpty):
        restore_backup(settings, photos, backup)
    restore_backup(settings, photos, backup, replace=True)


def test_what_was_restored_goes_on_working(
    backup: Path, empty_database_dsn: dict[str, Any], tmp_path: Path
) -> None:
    from tyreloop.tasks.catalogue import task_named
    from tyreloop.tasks.task import run_task, task_tools

    settings = settings_for(empty_database_dsn, tmp_path / "elsewhere")
    restore_backup(settings, build_photo_store(settings), backup)
    with task_tools(settings) as restored:
        kept_in(restored.database).predictions.add(prediction_of(new_visitor()))
        mended = run_task(task_named("mend-counts"), restored)
        assert mended is not None
        assert mended["mended"] == 0


def test_what_was_deleted_since_a_backup_stays_deleted(
    drilled: Tools, backup: Path, empty_database_dsn: dict[str, Any], tmp_path: Path
) -> None:
    kept = kept_in(drilled.database)
    ids = [PredictionId(UUID(row).hex) for row in _ids(drilled.settings.postgres_dsn)]
    first, second, *others = (found for one in ids if (found := kept.predictions.get(one)))
    erase_photo(first.id, by=first.visitor, using=replace(kept, photos=drilled.photos))
    assert note.work(drilled) == {"deletions": 1}
    assert note.work(drilled) == {"deletions": 0}
    elsewhere = objects_at(drilled.settings.backups_url, drilled.settings)
    send_backup(backup, elsewhere)

    erase_photo(second.id, by=second.visitor, using=replace(kept, photos=drilled.photos))  # just now
    restore_backup(drilled.settings, drilled.photos, backup, replace=True)
    assert {one.photo_id for one in others} == set(drilled.photos.ids())
    for one in (first, second):
        assert kept.predictions.get(one.id) is None

    settings = settings_for(empty_database_dsn, tmp_path / "another machine")
    photos = build_photo_store(settings)
    restore_backup(settings, photos, fetch_backup(elsewhere, "latest", into=tmp_path / "fetched"))
    assert set(photos.ids()) == {one.photo_id for one in (second, *others)}


def _ids(dsn: dict[str, Any]) -> list[str]:
    with closing(psycopg2.connect(**dsn)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT id FROM predictions")
        return [str(row[0]) for row in cursor.fetchall()]


def test_a_damaged_backup_is_refused_before_anything_is_changed(
    backup: Path, empty_database_dsn: dict[str, Any], tmp_path: Path
) -> None:
    dump = backup / "database.dump"
    dump.write_bytes(dump.read_bytes()[:-1] + b"?")
    settings = settings_for(empty_database_dsn, tmp_path / "elsewhere")
    with pytest.raises(BackupDamaged, match=r"database\.dump"):
        restore_backup(settings, build_photo_store(settings), backup)
    (backup / "manifest.json").unlink()
    with pytest.raises(BackupDamaged, match="no manifest"):
        read_manifest(backup)
    assert count_rows(empty_database_dsn) == {}


@pytest.mark.parametrize("lost", [64, 20_000])
def test_a_restore_that_fails_half_way_changes_nothing(
    backup: Path, database_dsn: dict[str, Any], lost: int
) -> None:
    before, dump = hashes_of(database_dsn), backup / "database.dump"
    dump.write_bytes(dump.read_bytes()[:-lost])
    with pytest.raises(DumpFailed, match="did not succeed"):
        restore_database(database_dsn, dump)
    assert hashes_of(database_dsn) == before


def test_what_the_database_refuses_changes_nothing(backup: Path, database_dsn: dict[str, Any]) -> None:
    before, name = hashes_of(database_dsn), sql.Identifier(database_dsn["dbname"])
    with closing(psycopg2.connect(**database_dsn)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = on").format(name))
    with pytest.raises(DumpFailed, match="read-only"):
        restore_database(database_dsn, backup / "database.dump")
    assert hashes_of(database_dsn) == before


def test_only_the_newest_backups_are_kept(tools: Tools, tmp_path: Path) -> None:
    into = tmp_path / "backups"
    made = [write_backup(tools.settings, tools.photos, into=into, now=tools.clock()) for _ in range(3)]
    assert delete_old_backups(into, keep=2) == 1
    assert sorted(into.iterdir()) == made[1:]


@pytest.fixture
def elsewhere(s3_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Settings that name a bucket for backups."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "alice")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "only-for-tests")
    named = {"s3_endpoint_url": s3_url, "s3_region": "us-east-1"}
    ensure_bucket(s3_client(Settings(_env_file=None).model_copy(update=named)), "elsewhere")
    return named | {"backups_url": f"s3://elsewhere/{tmp_path.name}"}


@pytest.fixture
def drilled(
    tools: Tools, postgres_server: dict[str, Any], database_dsn: dict[str, Any], elsewhere: dict[str, str]
) -> Iterator[Tools]:
    """The same stack with a place elsewhere and a scratch database."""
    name = f"{database_dsn['dbname']}_drill"
    changes = {**elsewhere, "drill_db": name, "backups_to_keep": 2}
    with statements(postgres_server) as at:
        create_database(at, name, owner=OWNER)
        yield replace(tools, settings=tools.settings.model_copy(update=changes))
        drop_database(at, name)


@pytest.fixture
def scheduled(drilled: Tools, postgres_server: dict[str, Any]) -> Tools:
    """The same as the schedule's own login."""
    with statements(postgres_server) as at:
        at.execute("ALTER ROLE tyreloop_tasks LOGIN PASSWORD 'of-tasks'")
        at.execute("GRANT pg_read_all_data TO tyreloop_tasks")
        scratch = sql.Identifier(drilled.settings.drill_db)
        at.execute(sql.SQL("ALTER DATABASE {} OWNER TO tyreloop_tasks").format(scratch))
    login = {"postgres_user": "tyreloop_tasks", "postgres_password": SecretStr("of-tasks")}
    return replace(drilled, settings=drilled.settings.model_copy(update=login))


def test_the_schedule_proves_backups_and_may_not_bring_them_back(scheduled: Tools) -> None:
    kept_in(scheduled.database).predictions.add(prediction_of(new_visitor()))
    back_up.work(scheduled)
    assert drill.work(scheduled)["restored"] is True
    newest = backups_in(scheduled.settings.data_dir / "backups")[-1]
    with pytest.raises(NotConfigured, match="tyreloop_tasks does not own"):
        restore_backup(scheduled.settings, scheduled.photos, newest, replace=True)


def test_a_backup_leaves_the_machine_and_is_proven_in_a_scratch_database(
    drilled: Tools, tmp_path: Path
) -> None:
    kept_in(drilled.database).predictions.add(prediction_of(new_visitor()))
    for _ in range(3):
        back_up.work(drilled)
    there = objects_at(drilled.settings.backups_url, drilled.settings)
    assert len(sent_backups(there)) == 2  # as many as are kept here
    proven = drill.work(drilled)
    assert (proven["backup"], proven["restored"]) == (sent_backups(there)[-1], True)
    assert count_rows({**drilled.settings.postgres_dsn, "dbname": drilled.settings.drill_db}) == {}

    fetched = fetch_backup(there, "latest", into=tmp_path / "back")
    assert read_manifest(fetched).rows["predictions"] == 1
    with pytest.raises(BackupDamaged, match="There is no backup yesterday"):
        fetch_backup(there, "yesterday", into=tmp_path)


def test_a_copy_that_was_changed_fails_the_drill(drilled: Tools) -> None:
    back_up.work(drilled)
    there = objects_at(drilled.settings.backups_url, drilled.settings)
    there.write(f"{sent_backups(there)[-1]}/database.dump", b"something else")
    with pytest.raises(BackupDamaged, match=r"database\.dump"):
        drill.work(drilled)


def test_without_a_scratch_database_the_drill_says_how_to_make_one(drilled: Tools) -> None:
    back_up.work(drilled)
    lacking = replace(drilled, settings=drilled.settings.model_copy(update={"drill_db": "nowhere"}))
    with pytest.raises(NotConfigured, match="CREATE DATABASE nowhere OWNER"):
        drill.work(lacking)


@pytest.fixture
def registry(tools: Tools, postgres_server: dict[str, Any], database_dsn: dict[str, Any]) -> Iterator[Tools]:
    """The same stack with a registry's database beside it."""
    name = f"{database_dsn['dbname']}_registry"
    with statements(postgres_server) as at:
        create_database(at, name, owner=OWNER)
        yield replace(tools, settings=tools.settings.model_copy(update={"mlflow_db": name}))
        drop_database(at, name)


def test_a_registry_that_does_not_answer_fails_the_backup_and_deletes_no_other(
    registry: Tools, postgres_server: dict[str, Any]
) -> None:
    into = registry.settings.data_dir / "backups"
    for _ in range(3):
        write_backup(registry.settings, registry.photos, into=into, now=registry.clock())
    before = sorted(into.iterdir())
    assert all("registry.dump" in read_manifest(folder).files for folder in before)
    with statements(postgres_server) as at:
        name = sql.Identifier(registry.settings.mlflow_db)
        at.execute(sql.SQL("ALTER DATABASE {} CONNECTION LIMIT 0").format(name))
    few = registry.settings.model_copy(update={"backups_to_keep": 1})
    with pytest.raises(StoreUnavailable):
        back_up.work(replace(registry, settings=few))
    assert sorted(into.iterdir()) == before


def test_models_that_are_gone_fail_the_backup_and_delete_no_other(tools: Tools, backup: Path) -> None:
    moved = tools.settings.model_copy(update={"mlflow_artifacts_destination": (backup / "empty").as_uri()})
    with pytest.raises(BackupIncomplete, match="the registry's files"):
        write_backup(moved, tools.photos, into=backup.parent, now=tools.clock())
    assert list(backup.parent.iterdir()) == [backup]


def test_a_model_is_never_held_whole(tools: Tools, tmp_path: Path) -> None:
    large = tools.settings.data_dir / "mlflow" / "large"
    large.parent.mkdir(parents=True, exist_ok=True)
    with large.open("wb") as opened:
        opened.truncate(64_000_000)
    tracemalloc.start()
    try:
        write_registry_files(tools.settings, tmp_path / "models.tar")
        read_registry_files(tools.settings, tmp_path / "models.tar")
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()
    assert large.stat().st_size == 64_000_000


def test_a_backup_is_for_its_owner_only(backup: Path) -> None:
    assert {path.stat().st_mode & 0o077 for path in (backup, *backup.iterdir())} == {0}


def crafted(backup: Path, file: str, entry: tarfile.TarInfo) -> None:
    """A backup whose manifest is right and whose file holds one more thing."""
    with tarfile.open(backup / file, "a") as tar:
        tar.addfile(entry, BytesIO(b"x" * entry.size))
    manifest = json.loads((backup / "manifest.json").read_text())
    manifest["files"][file] = sha256((backup / file).read_bytes()).hexdigest()
    (backup / "manifest.json").write_text(json.dumps(manifest))


def entry_of(name: str, *, link: str = "") -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    if link:
        entry.type, entry.linkname = tarfile.SYMTYPE, link
    else:
        entry.size = 4
    return entry


@pytest.mark.parametrize("file", ["registry-files.tar", "photos.tar"])
@pytest.mark.parametrize(
    "entry",
    [
        entry_of("../outside"),
        entry_of("1/../../outside"),
        entry_of("/outside-of-all"),
        entry_of("..jpg/../../outside.jpg"),
        entry_of("inside", link="/etc/passwd"),
    ],
    ids=lambda entry: entry.name,
)
def test_a_crafted_backup_is_refused_before_anything_is_changed(
    backup: Path, empty_database_dsn: dict[str, Any], tmp_path: Path, file: str, entry: tarfile.TarInfo
) -> None:
    crafted(backup, file, entry)
    settings = settings_for(empty_database_dsn, tmp_path / "elsewhere")
    with pytest.raises(BackupDamaged, match=r"no photo of a backup|outside of the registry"):
        restore_backup(settings, build_photo_store(settings), backup)
    assert count_rows(empty_database_dsn) == {}
    assert not list(tmp_path.rglob("outside*"))


def test_a_manifest_that_names_other_files_is_refused(backup: Path) -> None:
    manifest = json.loads((backup / "manifest.json").read_text())
    manifest["files"]["../../secret"] = "0" * 64
    (backup / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(BackupDamaged, match="no backup has"):
        read_manifest(backup)
