"""Which stack a command speaks with: that of its folder, or that of the checkout, and then it says so."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tyreloop import settings as settings_module
from tyreloop.settings import MARKER, STACK_ENV, environment_for_child, read_settings

ROOT = Path(__file__).parents[2]


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout whose stack runs; nothing of the surroundings names another."""
    for name in ("DATA_DIR", MARKER, "API_URL"):
        monkeypatch.delenv(name, raising=False)
    checkout = tmp_path / "checkout"
    (checkout / "data").mkdir(parents=True)
    (checkout / "docker-compose.yaml").touch()
    (checkout / "data" / STACK_ENV).write_text("API_URL='http://127.0.0.1:7777'\n")
    monkeypatch.setattr(settings_module, "CHECKOUT", checkout)
    return checkout


def test_from_another_folder_the_checkouts_stack_is_found(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert read_settings().api_url == "http://127.0.0.1:7777"
    assert read_settings(beside_stack=False).data_dir == checkout / "data"


def test_a_stack_of_the_folder_itself_comes_first(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "another"
    (here / "data").mkdir(parents=True)
    (here / "data" / STACK_ENV).write_text("API_URL='http://127.0.0.1:8888'\n")
    monkeypatch.chdir(here)
    assert read_settings().api_url == "http://127.0.0.1:8888"


def test_a_folder_that_was_named_is_never_replaced(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATA_DIR", "mine")
    assert read_settings(beside_stack=False).data_dir == Path("mine")


def test_a_program_of_a_stack_reads_no_file(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (checkout / ".env").write_text("SECRET_KEY=of-the-containers\nAPI_URL=http://elsewhere\n")
    monkeypatch.chdir(checkout)
    assert read_settings().secret_key.get_secret_value() == "of-the-containers"
    monkeypatch.setenv(MARKER, str(checkout / "data"))
    told = read_settings()
    assert (told.secret_key.get_secret_value(), told.api_url) == ("", "http://127.0.0.1:5002")


def test_a_command_elsewhere_says_which_stack_it_speaks_with(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from tyreloop.cli import main; main()", "jobs", "list"]
    surroundings = {"PYTHONPATH": str(ROOT), "DATA_DIR": "", MARKER: ""}
    environment = {k: v for k, v in environment_for_child(surroundings).items() if v}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert done.stderr == f"There is no stack in this folder: speaking with that of {ROOT}.\n"
    here = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert here.stderr == ""
