"""Folders named like packages must never be taken for them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NEVER_PACKAGES = ("mlflow", "crontab", "grafana", "postgres", "deploy")


@pytest.mark.parametrize("name", NEVER_PACKAGES)
def test_a_folder_named_like_a_package_cannot_be_imported_as_one(name: str) -> None:
    assert not (ROOT / name / "__init__.py").exists()


@pytest.mark.parametrize("name", ["mlflow", "crontab", "grafana"])
def test_no_module_lies_at_the_top_of_a_folder_named_like_a_package(name: str) -> None:
    assert list((ROOT / name).glob("*.py")) == []


def test_mlflow_is_the_package_even_from_the_checkout() -> None:
    command = [
        sys.executable,
        "-c",
        "from importlib.util import find_spec; print(find_spec('mlflow').origin)",
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "site-packages" in done.stdout
