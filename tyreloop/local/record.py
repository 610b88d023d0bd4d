"""What a running stack tells other shells: a small file with its processes and addresses."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from tyreloop.local.secrets_file import write_privately

# Create times are read from a clock that may be set while a stack runs.
SAME_BIRTH_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class ProcessMark:
    """One process: its number alone may belong to another program after a while."""

    pid: int
    born_at: float

    def process(self) -> psutil.Process | None:
        """The process, when it still lives."""
        try:
            found = psutil.Process(self.pid)
            born_at = found.create_time()
        except psutil.Error:
            return None
        return found if abs(born_at - self.born_at) < SAME_BIRTH_SECONDS else None


@dataclass(frozen=True, slots=True)
class ServiceRecord:
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
    services: list[ServiceRecord]

    @property
    def urls(self) -> dict[str, str]:
        """What a browser can open, by title."""
        return {service.title: service.url for service in self.services if service.url}


def mark_of_pid(pid: int) -> ProcessMark | None:
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
    write_privately(path, json.dumps(asdict(record), indent=2))


def read_record(path: Path) -> StackRecord | None:
    """The last record, or None when there is none that we can read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return StackRecord(
            supervisor=ProcessMark(**found["supervisor"]),
            state=found["state"],
            services=[_service(entry) for entry in found["services"]],
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _service(entry: dict[str, object]) -> ServiceRecord:
    process = entry.pop("process")
    mark = ProcessMark(**process) if isinstance(process, dict) else None
    return ServiceRecord(**entry, process=mark)  # type: ignore[arg-type]
