"""CI and its scripts: read by the linters of their kind, and run here as the workflows run them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
SCRIPTS = sorted([*(ROOT / "deploy").rglob("*.sh"), ROOT / ".ci" / "run"])
PROGRAMS = Path(sys.executable).parent
PATH = f"{PROGRAMS}:{os.environ['PATH']}"


def run(*command: str | Path, path: str = PATH) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PATH": path, "LOOK_SECONDS": "0"}
    return subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT, env=environment)


def test_the_workflows_are_well_formed() -> None:
    said = run(PROGRAMS / "actionlint")
    assert (said.returncode, said.stdout) == (0, "")


def test_the_scripts_are_well_formed() -> None:
    said = run(PROGRAMS / "shellcheck", *SCRIPTS)
    assert (said.returncode, said.stdout) == (0, "")


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda file: file.stem)
def test_a_workflow_may_little_and_keeps_no_key(workflow: Path) -> None:
    said = yaml.safe_load(workflow.read_text(encoding="utf-8"))
    assert said["permissions"] == {"contents": "read"}  # a job asks for more by itself
    secrets = set(re.findall(r"secrets\.(\w+)", workflow.read_text(encoding="utf-8")))
    assert secrets <= {"GITHUB_TOKEN"}


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda file: file.stem)
def test_each_script_that_a_workflow_calls_is_here(workflow: Path) -> None:
    for script in re.findall(r"(?:deploy/\w+\.sh|\.ci/run)", workflow.read_text(encoding="utf-8")):
        assert os.access(ROOT / script, os.X_OK)
    targets = re.findall(r"run: make ([a-z -]+)", workflow.read_text(encoding="utf-8"))
    known = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert {target for line in targets for target in line.split()} <= set(known)


def test_release_notes_are_what_the_changelog_says() -> None:
    assert run("deploy/release_notes.sh", "Unreleased").stdout.lstrip().startswith("###")
    missing = run("deploy/release_notes.sh", "99.0.0")
    assert (missing.returncode, missing.stderr) == (1, "CHANGELOG.md says nothing of 99.0.0.\n")


AWS = """#!/bin/sh
echo "$@" >>"$(dirname "$0")/asked"
case "$*" in
    *send-command*) echo id-1 ;;
    *"query Status"*) grep -c Status "$(dirname "$0")/asked" | grep -qx 1 && echo InProgress || echo %s ;;
    *) echo "release: done" ;;
esac
"""


@pytest.mark.parametrize(("state", "code"), [("Success", 0), ("Failed", 1)])
@pytest.mark.parametrize(
    ("way", "step"), [("blue-green", "deploy/release.sh v1"), ("at-once", "docker compose up")]
)
def test_the_server_is_told_and_waited_for(
    tmp_path: Path, state: str, code: int, way: str, step: str
) -> None:
    (tmp_path / "aws").write_text(AWS % state)
    (tmp_path / "aws").chmod(0o755)
    told = ("deploy/tell_server.sh", "i-1", "v1", "registry.example/us", way, "us/tyreloop")
    said = run(*told, path=f"{tmp_path}:{PATH}")
    assert (said.returncode, f"v1 on i-1: {state}" in said.stdout) == (code, True)
    asked = (tmp_path / "asked").read_text()
    assert step in asked
    assert asked.index("deploy/fetch_images.sh registry.example/us v1 us/tyreloop") < asked.index(step)


def test_no_word_of_a_version_becomes_a_command(tmp_path: Path) -> None:
    said = run("deploy/tell_server.sh", "i-1", "v1; reboot", "registry.example", "at-once", "us/tyreloop")
    assert (said.returncode, said.stderr) == (2, "That is no name of a version, registry or repository.\n")


DOCKER = """#!/bin/sh
echo "$(basename "$0") $*" >>"$(dirname "$0")/asked"
case "$*" in *RepoDigests*) echo "registry.example/us@sha256:1" ;; verify*) exit %d ;; esac
"""


@pytest.mark.parametrize(("refused", "tagged"), [(0, 5), (1, 0)])
def test_images_that_our_workflow_did_not_sign_are_not_taken(
    tmp_path: Path, refused: int, tagged: int
) -> None:
    for name in ("docker", "cosign"):
        (tmp_path / name).write_text(DOCKER % refused)
        (tmp_path / name).chmod(0o755)
    said = run(
        "deploy/fetch_images.sh", "registry.example/us", "v1", "us/tyreloop", path=f"{tmp_path}:{PATH}"
    )
    assert said.returncode == refused
    assert (tmp_path / "asked").read_text().count(
        "docker tag registry.example/us@sha256:1 tyreloop/"
    ) == tagged
