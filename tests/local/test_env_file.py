"""`tyreloop env init` writes a `.env` with secrets of its own, once."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner

from tyreloop.cli.env import BACKUPS, FILE, SECRETS, init, write_env_file
from tyreloop.domain.errors import NotConfigured
from tyreloop.models.signing import Signer

EXAMPLE = (Path(__file__).parents[2] / ".env.example").read_text(encoding="utf-8")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / ".env.example").write_text(EXAMPLE)
    return tmp_path


def values(text: str) -> dict[str, str]:
    lines = (line.split("=", 1) for line in text.splitlines() if "=" in line and not line.startswith("#"))
    return dict(lines)


def test_each_secret_gets_a_random_value_and_nothing_else_changes(checkout: Path) -> None:
    write_env_file(checkout)
    before, after = values(EXAMPLE), values((checkout / FILE).read_text())
    changed = {name for name in before if before[name] != after[name]}
    assert changed - {"APP_UID", "RELEASE_VERIFY_KEY"} == set(SECRETS)
    assert after["RELEASE_VERIFY_KEY"] == Signer(after["RELEASE_SIGNING_KEY"]).verify_key
    assert all(len(after[name]) >= 32 and after[name].isalnum() for name in SECRETS)
    assert len({after[name] for name in SECRETS}) == len(SECRETS)


def test_only_its_owner_can_read_the_file(checkout: Path) -> None:
    write_env_file(checkout)
    assert stat.S_IMODE((checkout / FILE).stat().st_mode) == 0o600


def test_the_containers_never_run_as_root(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 0)
    write_env_file(checkout)
    assert values((checkout / FILE).read_text())["APP_UID"] == "1000"


def test_a_file_in_use_is_kept(checkout: Path) -> None:
    write_env_file(checkout)
    before = (checkout / FILE).read_text()
    with pytest.raises(NotConfigured, match="--force"):
        write_env_file(checkout)
    assert (checkout / FILE).read_text() == before
    write_env_file(checkout, replace=True)
    assert (checkout / FILE).read_text() != before


def test_with_a_name_on_the_internet_all_go_through_the_edge(checkout: Path) -> None:
    write_env_file(checkout, public_host="tyres.example")
    written = values((checkout / FILE).read_text())
    assert written["COMPOSE_PROFILES"] == "full,edge"
    assert written["PAGES_URL"] == "https://tyres.example"
    assert (written["PUBLIC_HOST"], written["PROXY_TRUSTED"]) == ("tyres.example", "nginx")
    assert (written["FLASK_PORT"], written["STREAMLIT_PORT"]) == ("", "")


def test_in_another_folder_it_says_where_to_run(tmp_path: Path) -> None:
    with pytest.raises(NotConfigured, match=r"docker-compose\.yaml"):
        write_env_file(tmp_path)


def test_the_command_makes_the_folder_for_backups_and_shows_no_secret(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(checkout)
    said = CliRunner().invoke(init, catch_exceptions=False).output
    assert (checkout / BACKUPS).is_dir()
    made = values((checkout / FILE).read_text())
    assert all(name in said and made[name] not in said for name in SECRETS)
