"""A busy port is one sentence with the command that goes around it."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from tyreloop.local.ports import PortInUse, any_free, claim_ports, postgres_port
from tyreloop.settings import Settings


@pytest.fixture
def busy_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def settings_with(**ports: int) -> Settings:
    free = {name: any_free() for name in ("streamlit_port", "flask_port", "mlflow_port")}
    return Settings(_env_file=None, **{**free, **ports})


@pytest.mark.parametrize(
    ("variable", "title"),
    [("STREAMLIT_PORT", "pages"), ("FLASK_PORT", "inference service"), ("MLFLOW_PORT", "model registry")],
)
def test_a_busy_port_is_named_with_its_holder_and_the_fix(busy_port: int, variable: str, title: str) -> None:
    with pytest.raises(PortInUse) as refusal:
        claim_ports(settings_with(**{variable.lower(): busy_port}))
    sentence = str(refusal.value)
    assert sentence.startswith(f"Port {busy_port} ({title}) is in use by ")
    assert f"`{variable}=" in sentence
    assert sentence.endswith(" make up`.")


def test_a_database_port_that_was_asked_for_must_be_free(busy_port: int) -> None:
    with pytest.raises(PortInUse, match="POSTGRES_PORT="):
        claim_ports(settings_with(postgres_port=busy_port))


def test_a_database_port_that_nobody_asked_for_moves_on(
    busy_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    class UsualPortIsBusy(Settings):
        postgres_port: int = busy_port

    monkeypatch.delenv("POSTGRES_PORT", raising=False)
    settings = UsualPortIsBusy(_env_file=None)
    assert postgres_port(settings) > busy_port
