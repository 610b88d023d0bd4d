"""What a running stack tells other shells: a small file with its processes and addresses, looked at anew."""

from __future__ import annotations

import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil
from pydantic import TypeAdapter, ValidationError

from tyreloop.local.folder import StackFolder
from tyreloop.private_files import write_privately

# Create times are read from a clock that may be set while a stack runs.
SAME_BIRTH_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class ProcessMark:
    """One process: its number alone may belong to another program after a while."""

    pid: int
    born_at: float

    def process(self) -> psutil.Process | None:
        """The process, when it still lives."""
        found = mark_of(self.pid)
        same = found is not None and abs(found.born_at - self.born_at) < SAME_BIRTH_SECONDS
        return psutil.Process(self.pid) if same else None


@dataclass(frozen=True, slots=True)
class PartRecord:
    """One part of the stack, as it was when the record was written."""

    name: str
    title: str
    state: str
    url: str
    restarts: int
    process: ProcessMark | None


@dataclass(frozen=True, slots=True)
class StackRecord:
    """One running stack."""

    supervisor: ProcessMark
    state: str
    services: list[PartRecord]


RECORD = TypeAdapter(StackRecord)


def mark_of(pid: int) -> ProcessMark | None:
    """A mark that finds this process again and no other; None when it is gone already."""
    try:
        return ProcessMark(pid, psutil.Process(pid).create_time())
    except psutil.Error:
        return None


def own_mark() -> ProcessMark:
    """The mark of this very process."""
    return ProcessMark(os.getpid(), psutil.Process().create_time())


def write_record(path: Path, record: StackRecord) -> None:
    """Replace the record in one step, so that readers never see half of one."""
    write_privately(path, RECORD.dump_json(record, indent=2).decode())


def read_record(path: Path) -> StackRecord | None:
    """The last record, or None when there is none that we can read."""
    try:
        return RECORD.validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


@dataclass(frozen=True, slots=True)
class PartStatus:
    """One part of the stack, looked at now."""

    name: str
    title: str
    state: str
    url: str
    restarts: int
    pid: int | None = None
    memory_megabytes: int | None = None
    up_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class StackStatus:
    """The whole stack, looked at now."""

    state: str
    data_dir: str
    supervisor_pid: int | None
    services: list[PartStatus]

    @property
    def is_ready(self) -> bool:
        """Whether everything answers."""
        return self.state == "ready" and all(part.state in {"ready", "done"} for part in self.services)

    @property
    def urls(self) -> dict[str, str]:
        """What a browser can open, by title; the pages first."""
        return {part.title: part.url for part in reversed(self.services) if part.url}

    def as_json(self) -> dict[str, Any]:
        """The same for programs."""
        return {**asdict(self), "ready": self.is_ready}


def read_status(folder: StackFolder) -> StackStatus:
    """Believe the record only while somebody holds the folder: a killed stack cannot tidy up its record."""
    record = read_record(folder.record) if folder.is_held() else None
    if record is None:
        return StackStatus("stopped", str(folder.root), None, [])
    supervisor = record.supervisor.process()
    parts = [look_at(part) for part in record.services]
    return StackStatus(record.state, str(folder.root), supervisor.pid if supervisor else None, parts)


def look_at(part: PartRecord) -> PartStatus:
    """The record of one part, with what its process needs now."""
    seen = (part.name, part.title, part.state, part.url, part.restarts)
    process = part.process.process() if part.process else None
    if process is None:
        return PartStatus(*seen)
    return PartStatus(
        *seen, process.pid, memory_megabytes(process), round(time.time() - process.create_time())
    )


def memory_megabytes(process: psutil.Process) -> int | None:
    """Memory of the process and its children; shared pages count in each, so it is an upper bound."""
    try:
        family = [process, *process.children(recursive=True)]
        resident: int = sum(member.memory_info().rss for member in family)
        return round(resident / 1e6)
    except psutil.Error:
        return None
