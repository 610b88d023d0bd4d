"""On one machine, what trainings need comes with the first of them: a verdict does not wait for it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from importlib import invalidate_caches
from importlib.util import find_spec
from pathlib import Path

from tyreloop.domain.errors import NotConfigured

INSTALLER = Path(__file__).parents[2] / "deploy" / "install.py"  # in a checkout only
NEEDED = ("torch", "torchvision", "timm", "onnx", "cv2", "matplotlib")


def bring_training_packages(tell: Callable[[str], None], *, installer: Path = INSTALLER) -> None:
    """Install them where they are missing, telling each line; refuse where that cannot be done."""
    if not missing_packages():
        return
    if not installer.is_file():
        raise NotConfigured("Training needs packages that are not installed: install tyreloop[train].")
    tell("What trainings need is installed first; this happens once and takes a minute or two.")
    said = ""
    with subprocess.Popen(  # noqa: S603 - our own installer, by our own interpreter
        [sys.executable, installer, "--with", "train"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as installing:
        for line in installing.stdout or ():
            said = line.strip() or said
            tell(said)
    invalidate_caches()
    if installing.returncode or missing_packages():
        raise NotConfigured(said or "What trainings need could not be installed.")


def missing_packages() -> list[str]:
    """Those of them that cannot be imported here."""
    return [name for name in NEEDED if find_spec(name) is None]
