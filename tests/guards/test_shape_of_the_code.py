"""The tree stays one that a reader understands: small functions, small files, names that say something."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("tyreloop", "inference_api", "streamlit_ui", "deploy")
FILES = sorted(file for folder in FOLDERS for file in (ROOT / folder).rglob("*.py"))
SAYS_NOTHING = {"util", "utils", "helper", "helpers", "common", "manager", "managers", "misc"}


def lengths_of_functions(file: Path) -> list[int]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    found = [node for node in ast.walk(tree) if isinstance(node, kinds)]
    return [(node.end_lineno or node.lineno) - node.lineno + 1 for node in found]


@pytest.mark.parametrize("folder", FOLDERS)
def test_half_of_all_functions_are_shorter_than_twelve_lines(folder: str) -> None:
    files = (ROOT / folder).rglob("*.py")
    assert median(length for file in files for length in lengths_of_functions(file)) < 12


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_no_file_holds_everything(file: Path) -> None:
    assert len(file.read_text(encoding="utf-8").splitlines()) <= 400


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [file for file in FILES if {file.stem, file.parent.name} & SAYS_NOTHING] == []


def test_one_module_reads_the_environment() -> None:
    readers = {file for file in FILES if re.search(r"\bos\.environ\b|\bgetenv\b", file.read_text())}
    installer = ROOT / "deploy" / "packages.py"  # before there are settings; hands uv what a person set
    assert readers == {ROOT / "tyreloop" / "settings.py", installer}
