"""`make lock`: every dependency, on every system and Python, resolved anew into requirements.lock.

Versions that still fit stay as they are; `make lock ARGS=--upgrade` takes the newest.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "requirements.lock"
HEADER = (
    "# Every version this project runs with, on every system and Python. "
    "Made by `make lock`; used as pip's constraints.\n"
)
COMPILE = ("pip", "compile", "--universal", "--all-extras", "--no-annotate", "--no-header", "--quiet")


def main() -> None:
    """uv resolves for all systems at once, which pip cannot; it is used for nothing else."""
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "uv"], check=True)
    uv = Path(sys.executable).with_name("uv")
    options = ("--python-version", "3.11", "--output-file", str(LOCK), *sys.argv[1:])
    subprocess.run([uv, *COMPILE, *options, "pyproject.toml"], cwd=ROOT, check=True)
    LOCK.write_text(HEADER + LOCK.read_text(encoding="utf-8"), encoding="utf-8")


if __name__ == "__main__":
    main()
