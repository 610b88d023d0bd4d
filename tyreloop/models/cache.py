"""Versions on this machine's disk: each in a folder of its own, and a note of the last one that served."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

LAST_GOOD = "last_good"
ARRIVING = ".arriving-"


@dataclass(frozen=True, slots=True)
class Edition:
    """A version as one registry made it: after a registry is set up anew, number 1 is another model."""

    version: int
    made_at_ms: int

    @property
    def folder_name(self) -> str:
        return f"{self.version}-{self.made_at_ms}"

    @staticmethod
    def of_folder(name: str) -> Edition | None:
        """The edition that a folder's name tells."""
        version, _, moment = name.partition("-")
        if not (version.isdigit() and moment.isdigit()):
            return None
        return Edition(int(version), int(moment))


class ModelCache:
    """Folders of checked versions; a folder appears whole or not at all."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def folder_of(self, edition: Edition) -> Path | None:
        folder = self._root / edition.folder_name
        return folder if folder.is_dir() else None

    @contextmanager
    def arrival(self) -> Iterator[Path]:
        """An empty folder for something that is not trusted yet; gone afterwards unless it was kept.

        Replicas share the disk: one fetches at a time; what lies about then is of one that was killed.
        """
        self._root.mkdir(parents=True, exist_ok=True)
        with self._alone():
            for left_behind in self._root.glob(f"{ARRIVING}*"):
                shutil.rmtree(left_behind, ignore_errors=True)
            with TemporaryDirectory(prefix=ARRIVING, dir=self._root, ignore_cleanup_errors=True) as arriving:
                folder = Path(arriving) / "bundle"
                folder.mkdir()
                yield folder

    @contextmanager
    def _alone(self) -> Iterator[None]:
        lock = os.open(self._root, os.O_RDONLY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def keep(self, arrived: Path, edition: Edition) -> Path:
        """Give a checked folder its place."""
        place = self._root / edition.folder_name
        shutil.rmtree(place, ignore_errors=True)
        return arrived.rename(place)

    def remember(self, edition: Edition, proof: Mapping[str, str]) -> None:
        """Note the edition that serves now, with its signed record: the next start begins with it."""
        noted = "\n".join((edition.folder_name, json.dumps(proof)))
        if self._read() == noted:
            return
        note = self._root / f".{LAST_GOOD}"
        note.write_text(noted, encoding="utf-8")
        note.replace(self._root / LAST_GOOD)

    def last_good(self) -> tuple[Edition | None, Mapping[str, str]]:
        """The edition that served last, and what it was signed with."""
        name, _, proof = self._read().partition("\n")
        try:
            return Edition.of_folder(name), dict(json.loads(proof or "{}"))
        except ValueError:
            return None, {}

    def _read(self) -> str:
        try:
            return (self._root / LAST_GOOD).read_text(encoding="utf-8")
        except OSError:
            return ""

    def prune(self, *, keep: set[Edition]) -> None:
        """Remove versions that nobody will go back to in a moment."""
        names = {edition.folder_name for edition in keep}
        for folder in self._root.iterdir():
            if folder.name not in names and Edition.of_folder(folder.name):
                shutil.rmtree(folder, ignore_errors=True)
