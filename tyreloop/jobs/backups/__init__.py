"""Backups: one folder each, with a manifest that says what is in it."""

from tyreloop.jobs.backups.manifest import BackupDamaged, Manifest, read_manifest
from tyreloop.jobs.backups.read import TargetNotEmpty, restore_backup
from tyreloop.jobs.backups.write import delete_old_backups, write_backup

__all__ = [
    "BackupDamaged",
    "Manifest",
    "TargetNotEmpty",
    "delete_old_backups",
    "read_manifest",
    "restore_backup",
    "write_backup",
]
