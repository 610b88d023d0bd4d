"""The nightly backup."""

from __future__ import annotations

from tyreloop.backups import delete_old_backups, read_manifest, write_backup
from tyreloop.tasks.task import Details, Tools, task


@task("backup", schedule="30 4 * * *")
def back_up(tools: Tools) -> Details:
    """Back up the database, the registry and the photos."""
    into = tools.settings.data_dir / "backups"
    folder = write_backup(tools.settings, tools.photos, into=into, now=tools.clock())
    manifest = read_manifest(folder)
    deleted = delete_old_backups(into, keep=tools.settings.backups_to_keep)
    return {
        "backup": folder.name,
        "rows": sum(manifest.rows.values()),
        "photos": manifest.photos,
        "deleted": deleted,
    }
