"""The ports of one run of the stack, all known before anything starts; a busy one is a sentence."""

from __future__ import annotations

import socket
import sys
from dataclasses import dataclass

import psutil

from tyreloop.domain.errors import TyreloopError
from tyreloop.local.program import LOOPBACK
from tyreloop.settings import Settings


class PortInUse(TyreloopError):
    """Another program listens on a port that the stack needs."""

    code = "port_in_use"


@dataclass(frozen=True, slots=True)
class NamedPort:
    """A port with the name a person knows and the variable that changes it."""

    title: str
    variable: str
    number: int

    @property
    def busy_sentence(self) -> str:
        """Who holds the port, and the command that goes around it."""
        fix = f"{self.variable}={next_free(self.number + 1)} make up"
        return f"Port {self.number} ({self.title}) is in use{holder(self.number)}: stop that, or run `{fix}`."

    def claim(self) -> int:
        """The port, or the sentence about it."""
        if not is_free(self.number):
            raise PortInUse(self.busy_sentence)
        return self.number


@dataclass(frozen=True, slots=True)
class StackPorts:
    """One port for each program that listens."""

    ui: int
    api: int
    mlflow: int
    postgres: int


def named_ports(settings: Settings) -> list[NamedPort]:
    """The ports that people and programs know by heart, so that they never move by themselves."""
    return [
        NamedPort("pages", "STREAMLIT_PORT", settings.streamlit_port),
        NamedPort("inference service", "FLASK_PORT", settings.flask_port),
        NamedPort("model registry", "MLFLOW_PORT", settings.mlflow_port),
    ]


def claim_ports(settings: Settings) -> StackPorts:
    """All ports, or one sentence about the first that is in use."""
    ui, api, mlflow = (port.claim() for port in named_ports(settings))
    return StackPorts(ui, api, mlflow, postgres_port(settings))


def postgres_port(settings: Settings) -> int:
    """The port that was asked for; when none was, the usual one or the next that is free."""
    if "postgres_port" in settings.model_fields_set:
        return NamedPort("database", "POSTGRES_PORT", settings.postgres_port).claim()
    return next_free(settings.postgres_port)


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


def any_free() -> int:
    """A port that nobody uses at this moment, chosen by the system."""
    with socket.create_server((LOOPBACK, 0)) as listener:
        number: int = listener.getsockname()[1]
        return number


def holder(port: int) -> str:
    """` by NAME (pid N)`, as far as this account may see it."""
    try:
        seen = psutil.net_connections("tcp")
    except psutil.Error:  # where the system keeps sockets secret
        seen = []
    for found in seen:
        if found.status == psutil.CONN_LISTEN and found.laddr.port == port and found.pid:
            return f" by {psutil.Process(found.pid).name()} (pid {found.pid})"
    if sys.platform == "darwin" and port == 5000:
        return " (on a Mac usually by AirPlay Receiver: System Settings, General, AirDrop & Handoff)"
    return " by another program"
