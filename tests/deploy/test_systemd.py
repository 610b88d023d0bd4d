"""The units for a server without Docker: systemd understands each of them, and shuts each of them in."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UNITS = sorted((ROOT / "deploy" / "systemd").glob("tyreloop-*.service"))
pytestmark = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd here")


def run(*command: str | Path, **environment: str) -> str:
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, env={"PATH": "/usr/bin:/bin", **environment}
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def laid(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the installer puts them, with this checkout in the place of /opt/tyreloop."""
    folder = tmp_path_factory.mktemp("server")
    run("sh", ROOT / "deploy/systemd/install.sh", DESTDIR=str(folder))
    units = folder / "etc/systemd/system"
    for file in units.rglob("*.*"):
        if file.is_file():
            file.write_text(file.read_text().replace("/opt/tyreloop", str(ROOT)))
    return units


def test_systemd_understands_all_of_them(laid: Path) -> None:
    assert run("systemd-analyze", "verify", laid / "tyreloop.target", *sorted(laid.glob("*.service"))) == ""


@pytest.mark.parametrize("unit", [unit.name for unit in UNITS])
def test_each_is_shut_in(laid: Path, unit: str) -> None:
    """Exposure from 0 to 10 by systemd's own count, in tenths: what is under 2.0 it calls OK."""
    run("systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold=20", laid / unit)


def test_removal_keeps_settings_and_data(tmp_path: Path) -> None:
    run("sh", ROOT / "deploy/systemd/install.sh", DESTDIR=str(tmp_path))
    (tmp_path / "etc/tyreloop/tyreloop.env").write_text("TZ=Asia/Seoul\n")
    run("sh", ROOT / "deploy/systemd/install.sh", DESTDIR=str(tmp_path))  # again changes nothing
    said = run("sh", ROOT / "deploy/systemd/install.sh", "remove", DESTDIR=str(tmp_path))
    assert "are kept" in said
    assert [file.name for file in tmp_path.rglob("*") if file.is_file()] == ["tyreloop.env"]
