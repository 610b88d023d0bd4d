"""The import arrows hold, also where nobody ran `make check`."""

from __future__ import annotations

import re
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_import_arrows_hold() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]


def test_every_part_of_the_product_has_its_place_among_the_arrows() -> None:
    config = ConfigParser()
    config.read(ROOT / ".importlinter")
    assert config["importlinter:contract:arrows"]["exhaustive"] == "True"
    placed = set(re.findall(r"\w+", config["importlinter:contract:arrows"]["layers"]))
    packages = {file.parent.name for file in (ROOT / "tyreloop").glob("*/__init__.py")}
    assert packages - placed == set()
