"""The wheel is the whole product: installed alone and used from another folder, it serves a verdict."""

from __future__ import annotations

import os
import re
import site
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tyreloop.local.ports import any_free
from tyreloop.shipped import DEMO_MODEL, MIGRATIONS, RECIPES

ROOT = Path(__file__).parents[2]
Command = Callable[..., str]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`tyreloop` of an environment that holds the wheel; what it depends on comes from this one."""
    venv = tmp_path_factory.mktemp("installed")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    into = ["--python", str(venv / "bin" / "python"), "--no-deps", "--no-index", str(wheel)]
    uv = Path(sys.executable).with_name("uv")
    subprocess.run([uv, "pip", "install", "--quiet", *into], check=True)
    packages = next((venv / "lib").glob("python3*/site-packages"))
    (packages / "shared.pth").write_text("\n".join(site.getsitepackages()))
    return venv / "bin" / "tyreloop"


@pytest.fixture
def tyreloop(installed: Path, tmp_path: Path) -> Command:
    """Runs the command in a folder that has nothing to do with the checkout."""
    names = ("STREAMLIT_PORT", "FLASK_PORT", "MLFLOW_PORT", "POSTGRES_PORT")
    ports = {name: str(any_free()) for name in names}
    kept = {name: os.environ[name] for name in ("HOME", "PATH", "USER", "LANG") if name in os.environ}

    def run(*arguments: str, refused: bool = False) -> str:
        done = subprocess.run(
            [installed, *arguments],
            cwd=tmp_path,
            env={**kept, **ports},
            capture_output=True,
            text=True,
            timeout=230,
            check=False,
        )
        assert bool(done.returncode) is refused, done.stdout + done.stderr
        return done.stderr if refused else done.stdout

    return run


def test_what_the_product_reads_travels_in_the_wheel(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    folders = {"migrations": MIGRATIONS, "recipes": RECIPES, "demo_model": DEMO_MODEL}
    for name, folder in folders.items():
        files = [file.relative_to(folder) for file in folder.rglob("*") if file.is_file()]
        assert {f"tyreloop/shipped/{name}/{file}" for file in files} <= names
    assert {"tyreloop/shipped/crontab", "tyreloop/shipped/exam.toml"} <= names
    assert {"streamlit_ui/texts/ko.toml", "inference_api/__main__.py"} <= names
    assert not [name for name in names if re.search(r"Dockerfile|\.gitignore|/log/", name)]


def test_the_command_works_from_another_folder(tyreloop: Command) -> None:
    assert "up " in tyreloop("--help")
    assert "--recipe" in tyreloop("train", "--help")
    assert "--to FOLDER" in tyreloop("boards", "render", refused=True)
    assert "Wrote " in tyreloop("boards", "render", "--to", "boards")


@pytest.mark.stack
@pytest.mark.slow
@pytest.mark.timeout(480)
def test_the_wheel_alone_serves_a_verdict(tyreloop: Command, tmp_path: Path) -> None:
    try:
        tyreloop("up", "--detach")
        photo = ROOT / "streamlit_ui" / "samples" / "nail.jpg"
        assert ": defective;" in tyreloop("predict", str(photo))
        assert "up to date" in tyreloop("migrate")
        assert str(tmp_path) in tyreloop("status")
    finally:
        tyreloop("down")
