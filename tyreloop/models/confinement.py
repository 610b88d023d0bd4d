"""Shuts this process in before it opens what a stranger made: no network, no processes, only named files.

Linux only: seccomp refuses system calls, Landlock files (kernel 5.13 and newer); neither needs a right.
Threads that run already would keep what they may do: there must be none, and `ONE_THREAD` in the environment
of the process sees to it.
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

from tyreloop.domain.errors import TyreloopError

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
NO_NEW_PRIVILEGES, SET_SECCOMP, FILTER_MODE = 38, 22, 2  # prctl
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # Landlock's calls, everywhere the same
READ = 1 << 0 | 1 << 2 | 1 << 3  # execute, read file, read folder
ACCESS_BY_VERSION = (0, 13, 14, 15, 15, 16)  # how many kinds of access each version of Landlock handles
TCP, SCOPES = 0b11, 0b11  # bind and connect; abstract sockets and signals
# By their numbers: the network, other processes, and what Landlock leaves open (rights, owners, times).
# A pair of sockets reaches nobody and stays; io_uring would do all of it without a call of its own.
REFUSED = {
    "x86_64": (
        *(41, 425, 101, 310, 311, 62, 200, 234, 434, 112, 57, 58, 59, 322, 272, 308, 165, 248, 250, 321),
        *(90, 91, 268, 452, 92, 93, 94, 260, 132, 235, 261, 280, 188, 189, 190, 197, 198, 199),
    ),
    "aarch64": (
        *(198, 425, 117, 270, 271, 129, 130, 131, 434, 157, 221, 281, 97, 268, 40, 217, 219, 280),
        *(52, 53, 452, 54, 55, 88, 5, 6, 7, 14, 15, 16),
    ),
}
ARCHITECTURE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
CLONE = {"x86_64": 56, "aarch64": 220}
CLONE3, THREAD = 435, 0x00010000
LOAD, EQUALS, ANY_BIT, RETURN = 0x20, 0x15, 0x45, 0x06  # of the filter's little language
ALLOWED, KILLED, NOT_PERMITTED, NOT_THERE = 0x7FFF0000, 0x80000000, 0x00050001, 0x00050026


class CannotConfine(TyreloopError):
    """This machine cannot shut a process in."""

    code = "cannot_confine"


def confine(readable: Iterable[Path]) -> None:
    """From here on this process reads what is named, and writes to what it holds open and nowhere else."""
    if sys.platform != "linux" or platform.machine() not in ARCHITECTURE:
        raise CannotConfine("This machine cannot shut a process in: that takes Linux on x86-64 or ARM.")
    if len(list(Path("/proc/self/task").iterdir())) > 1:
        raise CannotConfine("This process has threads already, which would not be shut in.")
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0):
        raise CannotConfine("This machine cannot shut a process in: the kernel refuses it.")
    _shut_files(libc, readable)
    _shut_calls(libc, platform.machine())


def limit(*, cpu_seconds: int, memory_bytes: int, file_bytes: int) -> None:
    """Bounds on time, memory and what is written; they hold on every Unix."""
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":  # elsewhere the limit counts what the loader maps, and nothing starts
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))


def interpreter_files() -> list[Path]:
    """What Python itself and the libraries here may have to read, and nothing of anybody's own."""
    shared = {Path(entry) for entry in sys.path if Path(entry).name in ("site-packages", "dist-packages")}
    packages = {Path(__file__).parents[1], Path(sys.prefix), Path(sys.base_prefix), *shared}
    system = {Path(name) for name in ("/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/localtime")}
    devices = {Path(name) for name in ("/dev/null", "/dev/zero", "/dev/urandom", "/sys/devices/system/cpu")}
    counted = {Path(name) for name in ("/proc/cpuinfo", "/proc/meminfo", "/proc/stat")}
    return sorted(packages | system | devices | counted)


def _shut_files(libc: ctypes.CDLL, readable: Iterable[Path]) -> None:
    version = libc.syscall(CREATE_RULESET, None, 0, 1)
    if version < 1:
        raise CannotConfine("This machine cannot shut a process in: its kernel has no Landlock.")
    handled = (1 << ACCESS_BY_VERSION[min(version, len(ACCESS_BY_VERSION) - 1)]) - 1
    wanted = struct.pack("=QQQ", handled, TCP if version >= 4 else 0, SCOPES if version >= 6 else 0)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    rules = libc.syscall(CREATE_RULESET, wanted, size, 0)
    for path in readable:
        if path.exists():
            _let_read(libc, rules, path)
    if rules < 0 or libc.syscall(RESTRICT_SELF, rules, 0):
        raise CannotConfine("This machine cannot shut a process in: Landlock refuses it.")
    os.close(rules)


def _let_read(libc: ctypes.CDLL, rules: int, path: Path) -> None:
    opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    access = READ if path.is_dir() else READ & ~(1 << 3)
    libc.syscall(ADD_RULE, rules, 1, struct.pack("=Qi", access, opened), 0)
    os.close(opened)


def _shut_calls(libc: ctypes.CDLL, machine: str) -> None:
    """New threads are let, new processes not; clone3 is 'not there', for its flags cannot be read here."""
    steps = [
        (LOAD, 0, 0, 4),  # which architecture the call is of
        (EQUALS, 1, 0, ARCHITECTURE[machine]),
        (RETURN, 0, 0, KILLED),
        (LOAD, 0, 0, 0),  # which call
    ]
    for number in REFUSED[machine]:
        steps += [(EQUALS, 0, 1, number), (RETURN, 0, 0, NOT_PERMITTED)]
    steps += [
        (EQUALS, 0, 1, CLONE3),
        (RETURN, 0, 0, NOT_THERE),
        (EQUALS, 0, 3, CLONE[machine]),
        (LOAD, 0, 0, 16),  # its flags
        (ANY_BIT, 1, 0, THREAD),
        (RETURN, 0, 0, NOT_PERMITTED),
        (RETURN, 0, 0, ALLOWED),
    ]
    if machine == "x86_64":  # the 32-bit numbers of the same calls have this bit set
        steps[4:4] = [(0x35, 0, 1, 0x40000000), (RETURN, 0, 0, NOT_PERMITTED)]
    program = b"".join(struct.pack("=HBBI", *step) for step in steps)
    held = ctypes.create_string_buffer(program, len(program))
    whole = struct.pack("@HP", len(steps), ctypes.addressof(held))
    if libc.prctl(SET_SECCOMP, FILTER_MODE, whole, 0, 0):
        raise CannotConfine("This machine cannot shut a process in: the kernel takes no filter.")
