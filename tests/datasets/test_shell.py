"""The shell lists what the pages hold, and what lies in folders of this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.contract.people import settings_for
from tests.datasets.conftest import a_jpeg, bring_in
from tyreloop import settings as module
from tyreloop.bootstrap import Role, opened_stores
from tyreloop.cli import tyreloop
from tyreloop.worker.materialize import materialize


def listed() -> list[str]:
    result = CliRunner().invoke(tyreloop, ["datasets", "list"])
    assert result.exit_code == 0, result.output
    return result.output.splitlines()


def test_the_shell_and_the_pages_know_the_same_datasets(
    database_dsn: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = settings_for(database_dsn, tmp_path / "data")
    monkeypatch.setattr(module, "settings", lambda: given)
    (tmp_path / "garage" / "good").mkdir(parents=True)
    (tmp_path / "garage" / "good" / "one.jpg").write_bytes(a_jpeg(1))
    assert CliRunner().invoke(tyreloop, ["datasets", "import", str(tmp_path / "garage")]).exit_code == 0
    with opened_stores(given, role=Role.SHELL) as stores:
        page = bring_in(stores, "from-the-page", good=2, defective=1)
        materialize(page, given.data_dir / "datasets", stores.photos)  # as a training does
        bring_in(stores, "another", good=1)
    another, from_page, garage = listed()
    assert another.startswith("another  ")
    assert from_page.startswith(f"from-the-page  {page.content_hash[:12]}  ")
    assert garage.startswith("garage  ")
    assert "1 " in garage


def test_without_a_database_the_folders_are_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    away = {"host": "127.0.0.1", "port": 1, "user": "x", "password": "x", "dbname": "x"}
    given = settings_for(away, tmp_path)
    monkeypatch.setattr(module, "settings", lambda: given)
    assert listed()[-1] == "The database does not answer now: the datasets of the pages are not shown."
