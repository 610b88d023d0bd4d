"""The ports of one run of the stack, all known before anything starts."""

from __future__ import annotations

from dataclasses import dataclass

from tyreloop.local.tcp_port import NamedPort, is_free, next_free, require_free
from tyreloop.settings import Settings


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
    for port in named_ports(settings):
        require_free(port)
    return StackPorts(
        ui=settings.streamlit_port,
        api=settings.flask_port,
        mlflow=settings.mlflow_port,
        postgres=postgres_port(settings),
    )


def postgres_port(settings: Settings) -> int:
    """The port that was asked for; when none was, the usual one or the next that is free."""
    wanted = settings.postgres_port
    if "postgres_port" in settings.model_fields_set:
        require_free(NamedPort("database", "POSTGRES_PORT", wanted))
    return wanted if is_free(wanted) else next_free(wanted + 1)
