"""The sync tool, in an environment of its own, against Grafana's API over real HTTP."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest
import yaml

from tests.monitoring.grafana_stub import TOKEN, GrafanaStub, running_grafana
from tyreloop.cli.boards import GRAFANA
from tyreloop.settings import environment_for_child

SYNC = GRAFANA / "sync"
RULES = GRAFANA / "provisioning" / "alerting" / "40-rules.yaml"
Run = Callable[..., subprocess.CompletedProcess[str]]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="session")
def its_python(request: pytest.FixtureRequest) -> Path:
    """An environment with the tool's own packages; without a registry there is none, and nothing to test."""
    wanted = (SYNC / "requirements.txt").read_bytes()
    folder = request.config.cache.mkdir(f"sync-{sha256(wanted).hexdigest()[:12]}-{sys.version_info.minor}")
    python = folder / "bin" / "python"
    if not (folder / "made").exists():
        make_environment(folder, python)
        (folder / "made").touch()
    return python


def make_environment(folder: Path, python: Path) -> None:
    """Once for each list of packages; later runs find it in pytest's cache."""
    empty = [sys.executable, "-m", "venv", "--clear", "--without-pip", folder]
    subprocess.run(empty, check=True, capture_output=True, timeout=120)
    pip = [sys.executable, "-m", "pip", "--python", python, "--quiet"]
    install = [*pip, "install", "--no-compile", "-r", SYNC / "requirements.txt"]
    try:
        made = subprocess.run(install, capture_output=True, text=True, timeout=180, check=False)
    except subprocess.TimeoutExpired:
        pytest.skip("the packages of the sync tool did not come within three minutes")
    if made.returncode:
        pytest.skip(f"the packages of the sync tool cannot be had here: {made.stderr.strip()[-200:]}")


@pytest.fixture
def grafana() -> Iterator[GrafanaStub]:
    """A Grafana that has loaded our files and judges our rules."""
    with running_grafana() as stub:
        for file in (GRAFANA / "dashboards").glob("*.json"):
            board = json.loads(file.read_text(encoding="utf-8"))
            stub.boards[board["uid"]] = board
        document = yaml.safe_load(
            (GRAFANA / "provisioning/alerting/40-rules.yaml").read_text(encoding="utf-8")
        )
        for group in document["groups"]:
            for rule in group["rules"]:
                stub.rules.append({"uid": rule["uid"], "title": rule["title"]})
                stub.judged[rule["title"]] = {"name": rule["title"], "health": "ok"}
        stub.contact_points.append(
            {
                "uid": "tyreloop-api",
                "name": "tyreloop-api",
                "type": "webhook",
                "settings": {"url": "[REDACTED]"},
            }
        )
        yield stub


@pytest.fixture
def run(its_python: Path, grafana: GrafanaStub) -> Run:
    def in_its_own_environment(*words: str, token: str = TOKEN) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [its_python, SYNC / "sync.py", *words],
            env=environment_for_child({"GRAFANA_URL": grafana.url, "GRAFANA_TOKEN": token}),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return in_its_own_environment


def test_a_grafana_with_our_files_is_well(run: Run) -> None:
    checked = run("check", "--wait", "5")
    assert (checked.returncode, checked.stdout) == (0, "4 boards and 18 rules are there and evaluate.\n")


def test_everything_that_is_wrong_is_named(run: Run, grafana: GrafanaStub) -> None:
    grafana.health = {"status": "ERROR", "message": "password authentication failed"}
    del grafana.boards["tyreloop-quality"]
    grafana.boards["tyreloop-service"]["panels"].pop()
    grafana.rules.pop(0)
    grafana.judged["errors"] = {"name": "errors", "health": "error", "lastError": "relation does not exist"}
    grafana.contact_points.clear()
    checked = run("check")
    assert checked.returncode == 1
    assert checked.stdout.splitlines() == [
        "The data source tyreloop-postgres is not healthy: password authentication failed",
        "The board tyreloop-quality is missing.",
        "The board tyreloop-service has other panels than its file.",
        "The rule tyreloop-dislike-ratio is missing.",
        "The rule tyreloop-errors does not evaluate: relation does not exist",
        "The contact point tyreloop-api is missing.",
    ]


def test_boards_can_be_pushed_twice_and_onto_another_data_source(run: Run, grafana: GrafanaStub) -> None:
    grafana.boards.clear()
    for _ in range(2):
        pushed = run("push", "--datasource-uid", "cloud-pg")
        assert pushed.returncode == 0, pushed.stderr
    assert len(grafana.boards) == 4
    assert "tyreloop-postgres" not in json.dumps(grafana.boards)
    assert '"cloud-pg"' in json.dumps(grafana.boards)


def test_a_note_and_a_test_message_reach_grafana(run: Run, grafana: GrafanaStub) -> None:
    assert run("note", "Cleaned the lens", "--tag", "field").stdout == "Note 7.\n"
    assert run("test-message", "tyreloop-api").returncode == 0
    (_, note), (path, message) = grafana.sent
    assert (note["text"], note["tags"]) == ("Cleaned the lens", ["tyreloop", "field"])
    assert path.endswith("/receivers/test")
    assert message["receivers"][0]["grafana_managed_receiver_configs"][0]["uid"] == "tyreloop-api"


def test_a_wrong_token_and_an_unknown_name_end_in_one_sentence(run: Run) -> None:
    for words, token in ((["push"], "wrong"), (["test-message", "nobody"], TOKEN)):
        refused = run(*words, token=token)
        assert refused.returncode == 1
        assert len(refused.stderr.strip().splitlines()) == 1
