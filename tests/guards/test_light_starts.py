"""The service and the pages start without what their images lack, and no library reports home."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
STARTS = [
    "inference_api.app",
    "inference_api.running",
    "tyreloop.cli",
    "tyreloop.cli.first_model",
    *sorted(f"streamlit_ui.screens.{file.stem}" for file in ROOT.glob("streamlit_ui/screens/[a-z]*.py")),
    "tyreloop.cli.stack",
]
LOADS_NOTHING_HEAVY = """
import importlib, sys
absent = {"torch", "timm", "torchvision", "cv2", "psutil"}
for name in sys.argv[1:]:
    importlib.import_module(name)
    if name == "tyreloop.cli.stack":
        absent.remove("psutil")  # what runs in no image watches its processes
    if heavy := absent & set(sys.modules):
        sys.exit(f"{name} loads {sorted(heavy)}")
"""


def test_a_start_loads_no_training_library() -> None:
    """One after the other in one process: the first that loads one is named."""
    command = [sys.executable, "-W", "ignore", "-c", LOADS_NOTHING_HEAVY, *STARTS]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


OPENS = """
from pathlib import Path
from tyreloop.vision.bundle import load_bundle
load_bundle(Path("mlflow/demo"), 1)
"""


def test_what_runs_the_model_tells_its_maker_nothing(tmp_path: Path) -> None:
    """onnxruntime notes a name for this machine in the home folder before it reports the first session."""
    environment = {"HOME": str(tmp_path), "PATH": "/usr/bin"}
    command = [sys.executable, "-W", "ignore", "-c", OPENS]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert (done.stderr, done.returncode) == ("", 0)
    assert list(tmp_path.rglob("*")) == []
