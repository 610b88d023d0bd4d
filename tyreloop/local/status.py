"""What runs now, as another shell sees it."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import Any

import psutil

from tyreloop.local.folder import StackFolder
from tyreloop.local.record import ServiceRecord, StackRecord, read_record


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """One part of the stack, looked at now."""

    name: str
    title: str
    state: str
    url: str
    restarts: int
    pid: int | None
    memory_megabytes: int | None
    up_seconds: int | None


@dataclass(frozen=True, slots=True)
class StackStatus:
    """The whole stack, looked at now."""

    state: str
    data_dir: str
    supervisor_pid: int | None
    services: list[ServiceStatus]

    @property
    def is_ready(self) -> bool:
        """Whether everything answers."""
        return self.state == "ready" and all(part.state in {"ready", "done"} for part in self.services)

    def as_json(self) -> dict[str, Any]:
        """The same for programs."""
        return {**asdict(self), "ready": self.is_ready}


def read_status(folder: StackFolder) -> StackStatus:
    """Believe the record only while somebody holds the folder: a killed stack cannot tidy up its record."""
    record = read_record(folder.record) if folder.is_held() else None
    if record is None:
        return StackStatus("stopped", str(folder.root), None, [])
    services = [status_of(part) for part in record.services]
    return StackStatus(record.state, str(folder.root), supervisor_pid(record), services)


def supervisor_pid(record: StackRecord) -> int | None:
    """The supervisor's process, when it lives."""
    process = record.supervisor.process()
    return process.pid if process else None


def status_of(part: ServiceRecord) -> ServiceStatus:
    """The record of one part, with what its process needs now."""
    process = part.process.process() if part.process else None
    return ServiceStatus(
        name=part.name,
        title=part.title,
        state=part.state,
        url=part.url,
        restarts=part.restarts,
        pid=process.pid if process else None,
        memory_megabytes=memory_megabytes(process) if process else None,
        up_seconds=round(time.time() - process.create_time()) if process else None,
    )


def memory_megabytes(process: psutil.Process) -> int | None:
    """Memory of the process and its children; shared pages count in each, so it is an upper bound."""
    try:
        family = [process, *process.children(recursive=True)]
        resident: int = sum(member.memory_info().rss for member in family)
        return round(resident / 1e6)
    except psutil.Error:
        return None
