"""The nightly backup, its copy elsewhere, and the proof that it brings everything back."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from tyreloop.backups import (
    DELETIONS,
    backups_in,
    delete_old_backups,
    delete_old_sent,
    fetch_backup,
    note_deletions,
    prove_backup,
    read_manifest,
    send_backup,
    write_backup,
)
from tyreloop.files.photos import objects_at
from tyreloop.tasks.task import Details, Tools, task


@task("backup", schedule="30 4 * * *")
def back_up(tools: Tools) -> Details:
    """Back up the database, the registry and the photos."""
    into = tools.settings.data_dir / "backups"
    folder = write_backup(tools.settings, tools.photos, into=into, now=tools.clock())
    manifest = read_manifest(folder)
    keep = tools.settings.backups_to_keep
    deleted = delete_old_backups(into, keep=keep)
    if place := tools.settings.backups_url:
        there = objects_at(place, tools.settings, named="BACKUPS_URL")
        send_backup(folder, there)
        deleted += delete_old_sent(there, keep=keep)
    return {
        "backup": folder.name,
        "rows": sum(manifest.rows.values()),
        "photos": manifest.photos,
        "deleted": deleted,
    }


@task("note-deletions", schedule="*/5 * * * *")
def note(tools: Tools) -> Details:
    """Write down beside the backups what visitors deleted, so that a restore lets go of it again."""
    using = tools.settings
    into = using.data_dir / "backups"
    new = note_deletions(using.postgres_dsn, into)
    if new and using.backups_url:
        there = objects_at(using.backups_url, using, named="BACKUPS_URL")
        there.write(DELETIONS, (into / DELETIONS).read_bytes())
    return {"deletions": len(new)}


@task("restore-drill", schedule="30 5 * * *")
def drill(tools: Tools) -> Details:
    """Prove the newest backup, or its copy elsewhere: every hash, and a restore into a scratch database."""
    using = tools.settings
    with TemporaryDirectory() as fetched:
        if using.backups_url:
            there = objects_at(using.backups_url, using, named="BACKUPS_URL")
            folder = fetch_backup(there, "latest", into=Path(fetched))
        elif known := backups_in(using.data_dir / "backups"):
            folder = known[-1]
        else:
            return {"backup": "none yet"}
        if not using.drill_db:
            return {"backup": folder.name, "photos": read_manifest(folder).photos, "restored": False}
        return {"backup": folder.name, "rows": prove_backup(using, folder), "restored": True}
