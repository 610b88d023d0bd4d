"""TCP ports: which are free, who holds one, and the sentence about it."""

from __future__ import annotations

import socket
import sys
from dataclasses import dataclass
from typing import Any

import psutil

from tyreloop.local.errors import PortInUse

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class NamedPort:
    """A port with the name a person knows and the variable that changes it."""

    title: str
    variable: str
    number: int


def is_free(port: int) -> bool:
    """Whether nobody listens there, on loopback or on every address."""
    return all(can_bind(address, port) for address in (LOOPBACK, "0.0.0.0"))  # noqa: S104 - bound for a moment


def can_bind(address: str, port: int) -> bool:
    """Whether this process may listen there."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        # As servers do: an old connection in TIME_WAIT does not hold the port.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((address, port))
        except OSError:
            return False
    return True


def next_free(port: int) -> int:
    """The first free port from this one on."""
    return next(number for number in range(port, 65536) if is_free(number))


def require_free(port: NamedPort) -> None:
    """Refuse a busy port in one sentence with the fix."""
    if not is_free(port.number):
        raise PortInUse(busy_sentence(port))


def busy_sentence(port: NamedPort) -> str:
    """Who holds the port, and the command that goes around it."""
    fix = f"{port.variable}={next_free(port.number + 1)} make up"
    return f"Port {port.number} ({port.title}) is in use{holder(port.number)}: stop that, or run `{fix}`."


def holder(port: int) -> str:
    """` by NAME (pid N)`, as far as this account may see it."""
    pid = next(
        (seen.pid for seen in listeners() if seen.laddr and seen.laddr.port == port and seen.pid), None
    )
    if pid and psutil.pid_exists(pid):
        return f" by {psutil.Process(pid).name()} (pid {pid})"
    if sys.platform == "darwin" and port == 5000:
        return " (on a Mac usually by AirPlay Receiver: System Settings, General, AirDrop & Handoff)"
    return " by another program"


def listeners() -> list[Any]:
    """Every listening socket, or none where the system keeps them secret."""
    try:
        return [seen for seen in psutil.net_connections("tcp") if seen.status == psutil.CONN_LISTEN]
    except psutil.Error:
        return []


def any_free() -> int:
    """A port that nobody uses at this moment, chosen by the system."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.bind((LOOPBACK, 0))
        number: int = listener.getsockname()[1]
        return number
