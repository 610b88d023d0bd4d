"""docs/deployment.md tells of every service and volume, and of no name or command that does not exist."""

from __future__ import annotations

import re

import pytest

from tests.compose.stack_file import ROOT, SERVICES, STACK
from tyreloop.cli import COMMANDS

PAGE = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")
EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")
BLOCKS = "\n".join(re.findall(r"```sh\n(.*?)```", PAGE, flags=re.DOTALL))
COMPOSE_ITSELF = {"COMPOSE_FILE"}


@pytest.mark.parametrize("name", [*SERVICES, *STACK["volumes"]])
def test_the_page_tells_of_each_service_and_volume(name: str) -> None:
    assert f"`{name}`" in PAGE


def test_each_setting_that_the_page_names_exists() -> None:
    named = set(re.findall(r"`([A-Z][A-Z0-9]+_[A-Z0-9_]+)", PAGE)) - COMPOSE_ITSELF
    assert named <= set(re.findall(r"^([A-Z0-9_]+)=", EXAMPLE, flags=re.MULTILINE))


def test_each_service_and_verb_in_its_commands_exists() -> None:
    for service, verb in re.findall(r"exec ([a-z-]+) tyreloop ([a-z-]+)", BLOCKS):
        assert service in SERVICES
        assert verb in COMMANDS
    for line in re.findall(r"docker compose (?:up --detach|restart|logs --follow) ([a-z0-9 -]+)", BLOCKS):
        assert set(line.split()) <= set(SERVICES)
