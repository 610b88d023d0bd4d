"""Objects as files in a folder, and the folder where they wait while their own place does not answer."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from shutil import copyfileobj
from time import monotonic, time
from typing import IO, BinaryIO, Protocol
from uuid import uuid4

from tyreloop.domain.errors import PhotoNotFound, StoreUnavailable


@dataclass(frozen=True, slots=True)
class ObjectSeen:
    """An object in a listing."""

    name: str
    written_at: datetime


class Objects(Protocol):
    """Named bytes; what is not there is PhotoNotFound, a place that does not answer StoreUnavailable."""

    def write(self, name: str, data: bytes) -> None:
        """Put an object in place, whole or not at all; the same name again replaces it."""
        ...

    def read(self, name: str) -> bytes: ...

    def opened(self, name: str) -> AbstractContextManager[tuple[int, IO[bytes]]]:
        """Its size and a stream of it, for what is too large to be held."""
        ...

    def write_from(self, name: str, stream: IO[bytes]) -> None:
        """As `write`, from a stream."""
        ...

    def delete(self, name: str) -> None:
        """Take an object away; what is not there is no mistake."""
        ...

    def seen(self, prefix: str) -> Iterator[ObjectSeen]:
        """All objects whose names begin so."""
        ...


DRAFT = ".part"
DRAFTS_KEPT_SECONDS = 86_400.0


class FolderObjects:
    """An object's name is its path in the folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, name: str, data: bytes) -> None:
        with _as_ours():
            _write_whole(self._folder / name, BytesIO(data))

    def read(self, name: str) -> bytes:
        with _as_ours():
            return (self._folder / name).read_bytes()

    @contextmanager
    def opened(self, name: str) -> Iterator[tuple[int, IO[bytes]]]:
        with _as_ours():
            stream = (self._folder / name).open("rb")
        with stream:
            yield os.fstat(stream.fileno()).st_size, stream

    def write_from(self, name: str, stream: IO[bytes]) -> None:
        with _as_ours():
            _write_whole(self._folder / name, stream)

    def delete(self, name: str) -> None:
        with _as_ours():
            (self._folder / name).unlink(missing_ok=True)

    def seen(self, prefix: str) -> Iterator[ObjectSeen]:
        """What is whole; what a process that was killed left half written goes after a day."""
        for file in sorted((self._folder / prefix).rglob("*")):
            if not file.is_file():
                continue
            written_at = file.stat().st_mtime
            if file.suffix != DRAFT:
                yield ObjectSeen(
                    file.relative_to(self._folder).as_posix(), datetime.fromtimestamp(written_at, UTC)
                )
            elif written_at < time() - DRAFTS_KEPT_SECONDS:
                file.unlink(missing_ok=True)


@contextmanager
def _as_ours() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise PhotoNotFound("The photo is not in the store.") from None
    except OSError as error:
        raise StoreUnavailable("The photo store does not answer now. Try again in a moment.") from error


def _write_whole(file: Path, stream: IO[bytes]) -> None:
    draft = file.with_name(f"{file.name}.{uuid4().hex}{DRAFT}")
    try:
        with _new_file(draft) as opened:
            copyfileobj(stream, opened)
            opened.flush()
            os.fsync(opened.fileno())
        draft.replace(file)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _new_file(file: Path) -> BinaryIO:
    """A file of our own alone; its folder is made at its first use."""
    try:
        return open(file, "xb", opener=_for_us_alone)
    except FileNotFoundError:
        file.parent.mkdir(parents=True, exist_ok=True)
        return open(file, "xb", opener=_for_us_alone)


def _for_us_alone(name: str, flags: int) -> int:
    return os.open(name, flags, mode=0o600)


ASK_AGAIN_SECONDS = 60.0  # an attempt costs more than judging a photo, and a silent place makes it last 20 s
COUNT_AGAIN_SECONDS = 5.0  # others send what waits, too
FULL = "The photo store does not answer, and no more photos can wait for it on this machine."


class SpooledObjects:
    """What could not be written there is written here, bounded in number, and sent by a job."""

    def __init__(
        self,
        there: Objects,
        here: Objects,
        *,
        max_waiting: int = 2_000,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._there = there
        self._here = here
        self._max_waiting = max_waiting
        self._clock = clock
        self._ask_again_at = float("-inf")
        self._waiting, self._count_again_at = max_waiting, float("-inf")  # not counted yet

    def keep(self, name: str, data: bytes) -> None:
        """On a disk when this returns: in its place where that is a folder, else here until it is sent."""
        if isinstance(self._there, FolderObjects):
            self.write(name, data)
        else:
            self._keep_here(name, data)

    def write(self, name: str, data: bytes) -> None:
        if not self._is_away:
            try:
                self._there.write(name, data)
                return
            except StoreUnavailable:
                self._ask_again_at = self._clock() + ASK_AGAIN_SECONDS
        self._keep_here(name, data)

    def _keep_here(self, name: str, data: bytes) -> None:
        if self._waiting >= self._max_waiting and self._clock() >= self._count_again_at:
            self._waiting = sum(1 for _ in self._here.seen(""))
            self._count_again_at = self._clock() + COUNT_AGAIN_SECONDS
        if self._waiting >= self._max_waiting:
            raise StoreUnavailable(FULL)
        self._here.write(name, data)
        self._waiting += 1

    @property
    def _is_away(self) -> bool:
        return self._clock() < self._ask_again_at

    def read(self, name: str) -> bytes:
        try:
            return self._there.read(name)
        except (PhotoNotFound, StoreUnavailable) as error:
            with suppress(PhotoNotFound):
                return self._here.read(name)
            raise error

    def delete(self, name: str) -> None:
        self._here.delete(name)
        self._there.delete(name)

    def seen(self, prefix: str) -> Iterator[ObjectSeen]:
        yield from self._there.seen(prefix)
        yield from self._here.seen(prefix)

    def send(self, name: str) -> None:
        """Send what waits here under this name; while its place is away it waits on."""
        if not self._is_away:
            try:
                self._send(name)
            except StoreUnavailable:
                self._ask_again_at = self._clock() + ASK_AGAIN_SECONDS

    def send_waiting(self) -> int:
        """Send what waits here; answers how many."""
        return sum(self._send(waiting.name) for waiting in list(self._here.seen("")))

    def _send(self, name: str) -> bool:
        try:
            data = self._here.read(name)
        except PhotoNotFound:
            return False  # somebody else sent it, or it was deleted
        self._there.write(name, data)
        self._here.delete(name)
        self._waiting -= 1
        return True
