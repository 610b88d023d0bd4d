"""pip in the project's own `.venv`, always held to the lock."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from checks import InstallRefused
from progress import run_with_progress


class Pip:
    """The `.venv` of one checkout."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.venv = root / ".venv"
        self.python = self.venv / "bin" / "python"

    def make_venv(self) -> None:
        """Make `.venv`, unless it is there and its Python still runs."""
        if self.python_runs():
            return
        command = [sys.executable, "-m", "venv", "--clear", str(self.venv)]
        self.run("Making .venv", command)

    def python_runs(self) -> bool:
        """A `.venv` is broken when the Python it was made from has gone or the folder was moved."""
        probe = [str(self.python), "-c", "import sys, pip; print(sys.prefix)"]
        try:
            found = subprocess.run(probe, capture_output=True, text=True, check=True).stdout.strip()
        except (OSError, subprocess.CalledProcessError):
            return False
        return Path(found).resolve() == self.venv.resolve()

    def install(self, what: str, *arguments: str) -> None:
        """Install within the lock's versions."""
        self.run(f"Installing {what}", self.command("install", "-c", "requirements.lock", *arguments))

    def would_install(self, *arguments: str) -> list[dict[str, Any]]:
        """What pip would bring, without bringing it."""
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder) / "report.json"
            options = ("--dry-run", "--ignore-installed", "--report", str(report))
            self.run("Asking what it would bring", self.command("install", *options, *arguments))
            found: list[dict[str, Any]] = json.loads(report.read_text())["install"]
            return found

    def command(self, *arguments: str) -> list[str]:
        """A pip command that asks nothing and does not advertise itself."""
        return [str(self.python), "-m", "pip", "--no-input", "--disable-pip-version-check", *arguments]

    def run(self, title: str, command: list[str]) -> None:
        """Run it; when it fails, show its own last words and one sentence."""
        last_words = run_with_progress(title, command, folder=self.root)
        if last_words is not None:
            print("\n".join(last_words[-12:]), flush=True)
            raise InstallRefused(
                f"{title} did not work; its last lines stand above. Run this again to go on."
            )
