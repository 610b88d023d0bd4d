"""What a running stack tells other shells: a small file with its processes and addresses, looked at anew."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil
from pydantic import TypeAdapter, ValidationError

from tyreloop.local.folder import StackFolder
from tyreloop.private_files import write_privately

SAME_BIRTH_SECONDS = 2.0
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")  # Linux counts births from the machine's start


@dataclass(frozen=True, slots=True)
class ProcessMark:
    """One process: its number alone may belong to another program after a while."""

    pid: int
    born_at: float
    boot: str = ""

    def process(self) -> psutil.Process | None:
        """The process, when it still lives; setting the machine's clock changes nothing."""
        try:
            found = psutil.Process(self.pid)
            age_apart = abs(birth(found, since_boot=bool(self.boot)) - self.born_at)
        except psutil.Error:
            return None
        return found if self.boot in {"", this_boot()} and age_apart < SAME_BIRTH_SECONDS else None


@dataclass(frozen=True, slots=True)
class PartRecord:
    """One part of the stack, as it was when the record was written; its process is looked at anew."""

    name: str
    title: str
    state: str
    url: str
    restarts: int
    process: ProcessMark | None

    def measure(self) -> dict[str, int | None]:
        """What its process needs now; memory that several share counts in each, so it is an upper bound."""
        process = self.process.process() if self.process else None
        if process is None:
            return {"pid": None, "memory_megabytes": None, "up_seconds": None}
        try:
            resident = sum(one.memory_info().rss for one in (process, *process.children(recursive=True)))
        except psutil.Error:
            resident = 0
        up = round(time.time() - process.create_time())
        return {"pid": process.pid, "memory_megabytes": round(resident / 1e6) or None, "up_seconds": up}


@dataclass(frozen=True, slots=True)
class StackRecord:
    """One running stack."""

    supervisor: ProcessMark
    state: str
    services: list[PartRecord]

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
        process = self.supervisor.process()
        parts = [{**asdict(part), **part.measure()} for part in self.services]
        for part in parts:
            del part["process"]
        return {
            "state": self.state,
            "supervisor_pid": process.pid if process else None,
            "services": parts,
            "ready": self.is_ready,
        }


RECORD = TypeAdapter(StackRecord)
STOPPED = StackRecord(ProcessMark(0, 0.0), "stopped", [])


def this_boot() -> str:
    """What names this run of the machine; nothing where births are read from its clock."""
    return BOOT_ID.read_text(encoding="ascii").strip() if BOOT_ID.exists() else ""


def birth(process: psutil.Process, *, since_boot: bool) -> float:
    """When the process began."""
    return float(process.create_time()) - (psutil.boot_time() if since_boot else 0.0)


def mark_of(pid: int) -> ProcessMark | None:
    """A mark that finds this process again and no other; None when it is gone already."""
    try:
        return _mark(psutil.Process(pid))
    except psutil.Error:
        return None


def own_mark() -> ProcessMark:
    """The mark of this very process."""
    return _mark(psutil.Process())


def _mark(process: psutil.Process) -> ProcessMark:
    boot = this_boot()
    return ProcessMark(process.pid, birth(process, since_boot=bool(boot)), boot)


def write_record(path: Path, record: StackRecord) -> None:
    """Replace the record in one step, so that readers never see half of one."""
    write_privately(path, RECORD.dump_json(record, indent=2).decode())


def read_record(path: Path) -> StackRecord | None:
    """The last record, or None when there is none that we can read."""
    try:
        return RECORD.validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


def read_status(folder: StackFolder) -> StackRecord:
    """Believe the record only while somebody holds the folder: a killed stack cannot tidy up its record."""
    return (read_record(folder.record) if folder.is_held() else None) or STOPPED
