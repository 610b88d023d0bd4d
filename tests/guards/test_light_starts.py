"""The service and the pages start without the libraries of training: those cost seconds and memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHOW_HEAVY = "import sys; print(sorted({'torch', 'timm', 'torchvision'} & set(sys.modules)))"
STARTS = [
    "inference_api.app",
    "inference_api.running",
    "tyreloop.cli",
    "tyreloop.cli.stack",
    *sorted(f"streamlit_ui.screens.{file.stem}" for file in ROOT.glob("streamlit_ui/screens/[a-z]*.py")),
]


@pytest.mark.parametrize("module", STARTS)
def test_a_start_loads_no_training_library(module: str) -> None:
    command = [sys.executable, "-W", "ignore", "-c", f"import {module}; {SHOW_HEAVY}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.returncode) == ("[]", 0), done.stderr
