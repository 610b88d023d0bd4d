"""docker-compose.yaml says only what both Compose v2 and docker-compose 1.29 understand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.compose.stack_file import ROOT, SERVICES, STACK, TEXT, environment_of
from tyreloop.cli.env import SECRETS

SCHEMA = json.loads(Path(__file__).with_name("compose.schema.json").read_text(encoding="utf-8"))


def test_the_file_keeps_the_schema() -> None:
    errors = Draft202012Validator(SCHEMA).iter_errors(STACK)
    assert [f"{'/'.join(map(str, error.path))}: {error.message}" for error in errors] == []


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_what_a_service_waits_for_exists_and_can_come_true(name: str) -> None:
    for other, how in SERVICES[name].get("depends_on", {}).items():
        ends = SERVICES[other]["restart"] == "no"
        assert (how["condition"] == "service_completed_successfully") == ends


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_what_is_mounted_or_built_from_the_checkout_is_there(name: str) -> None:
    mounts = [mount.partition(":")[0] for mount in SERVICES[name].get("volumes", [])]
    needed = [mount for mount in mounts if mount.startswith("./")]
    needed += [SERVICES[name]["build"]["dockerfile"]] if "build" in SERVICES[name] else []
    assert [path for path in needed if not (ROOT / path).exists()] == []


def test_interpolation_is_not_nested() -> None:
    """docker-compose 1.29 takes `${A:-${B}}` for the text `${B` and a brace."""
    assert ":-${" not in TEXT


def test_every_secret_that_is_asked_for_is_one_that_env_init_makes() -> None:
    asked = {line.split("${")[1].split(":?")[0] for line in TEXT.splitlines() if ":?" in line}
    assert asked == {*SECRETS, "RELEASE_VERIFY_KEY"}  # made from the key


def test_a_number_in_an_environment_is_written_as_text() -> None:
    for name in SERVICES:
        assert all(isinstance(value, str | None) for value in environment_of(name).values()), name
