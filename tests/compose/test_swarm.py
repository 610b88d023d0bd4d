"""deploy/swarm.yaml: replaced without a gap, rolled back by itself, shut as tightly as on one server."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from tests.compose.stack_file import ROOT, SERVICES

FILE = ROOT / "deploy" / "swarm.yaml"
STACK: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
SECRET = re.compile(r"PASSWORD|SECRET|TOKEN|_KEY$|BROKER_URL|MLFLOW_LOGIN")
each_service = pytest.mark.parametrize("name", STACK["services"])


@each_service
def test_it_is_shut_in_and_bounded(name: str) -> None:
    service = STACK["services"][name]
    assert service["read_only"] is True
    assert "tmpfs" not in service  # `docker stack deploy` drops it in silence
    assert {"type": "tmpfs", "target": "/tmp"} in service["volumes"]  # noqa: S108 - in the container
    assert service["cap_drop"] == ["ALL"]
    assert set(service["deploy"]["resources"]["limits"]) == {"memory", "pids"}
    assert not any(str(mount).startswith(("/", ".")) for mount in service.get("volumes", []))


@each_service
def test_it_is_the_image_that_runs_on_one_server(name: str) -> None:
    assert STACK["services"][name]["image"] == SERVICES[name]["image"]


@each_service
def test_no_secret_has_a_value_here(name: str) -> None:
    for variable, value in STACK["services"][name].get("environment", {}).items():
        if SECRET.search(variable):
            assert re.fullmatch(
                r"(tyreloop:)?\$\{[A-Z0-9_]+(:-|:\?Set [A-Z0-9_]+ in \.env[^}]*)?\}", value
            ), variable


@pytest.mark.parametrize("name", ["flask-app", "streamlit-app"])
def test_the_new_one_is_well_before_the_old_one_goes(name: str) -> None:
    plan = STACK["services"][name]["deploy"]
    assert (plan["update_config"]["order"], plan["update_config"]["failure_action"]) == (
        "start-first",
        "rollback",
    )
    assert plan["replicas"] >= 2


def test_what_people_reach_is_the_edge_alone() -> None:
    assert [name for name, service in STACK["services"].items() if "ports" in service] == ["nginx"]


def test_each_file_that_it_hands_out_is_there() -> None:
    handed = {config["file"] for config in STACK["configs"].values()}
    assert all((FILE.parent / file).exists() for file in handed)
    assert {f"./edge/{file.name}" for file in (ROOT / "deploy" / "edge").iterdir()} == handed
