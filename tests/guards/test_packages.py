"""What is installed: never below the floors of security, never two packages that fight."""

from __future__ import annotations

import re
import tomllib
from itertools import chain
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).parents[2]
FLOORS = dict(
    line.split(">=") for line in (Path(__file__).with_name("floors.txt")).read_text().split() if ">=" in line
)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def locked_versions() -> dict[str, list[Version]]:
    """Every version that some system gets; markers may give one package two."""
    found: dict[str, list[Version]] = {}
    for block in locked_blocks():
        match = re.match(r"([A-Za-z0-9_.-]+)==([^ ;]+)", block)
        assert match, block
        found.setdefault(match[1].lower(), []).append(Version(match[2]))
    return found


def locked_blocks() -> list[str]:
    """Each package of the two locks, with its hashes."""
    text = "".join((ROOT / name).read_text(encoding="utf-8") for name in ("requirements.lock", "torch.lock"))
    return re.findall(r"^[^\s#].*(?:\n    .*)*", text, re.MULTILINE)


def test_every_file_of_the_lock_has_its_hash() -> None:
    without = [block for block in locked_blocks() if not re.search(r"--hash=sha256:[0-9a-f]{64}", block)]
    assert without == []


def test_no_lock_names_a_registry() -> None:
    assert not [block for block in locked_blocks() if "//" in block or "index" in block.split("==")[0]]


@pytest.mark.parametrize("name", FLOORS)
def test_the_lock_is_not_below_the_floor(name: str) -> None:
    versions = locked_versions()[name]
    assert min(versions) >= Version(FLOORS[name])


@pytest.mark.parametrize("extra", PROJECT["optional-dependencies"])
def test_no_extra_brings_grafana_client_which_replaces_urllib3(extra: str) -> None:
    names = {Requirement(line).name for line in PROJECT["optional-dependencies"][extra]}
    assert not names & {"grafana-client", "urllib3-future", "niquests"}


def test_the_lock_brings_no_package_that_replaces_urllib3() -> None:
    assert not set(locked_versions()) & {"grafana-client", "urllib3-future", "niquests"}


def test_every_requirement_is_locked() -> None:
    lines = chain(PROJECT["dependencies"], *PROJECT["optional-dependencies"].values())
    names = {Requirement(line).name.lower() for line in lines}
    assert names - {name.replace("_", "-") for name in locked_versions()} == set()
