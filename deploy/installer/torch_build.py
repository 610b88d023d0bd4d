"""Which torch: the build for the processor, unless this machine has an NVIDIA card.

On Linux the torch of the Python Package Index brings gigabytes of CUDA packages with it. PyTorch's own index
has a build without them; where it cannot be reached, pip is asked first what the plain torch would bring.
"""

from __future__ import annotations

import re
import shutil
import sys
import urllib.error
import urllib.request
from pathlib import Path

from checks import InstallRefused
from pip_runner import Pip

CPU_INDEX = "https://download.pytorch.org/whl/cpu"
INDEX_PATIENCE_SECONDS = 3.0
GPU_PACKAGE = re.compile(r"^(nvidia|cuda|triton)\b", re.IGNORECASE)
LEFT_OUT = (
    "Training is left out: this machine has no NVIDIA card, {index} cannot be reached, and the usual torch "
    "would bring {count} GPU packages of several gigabytes. Everything else works; to add training once that "
    "address can be reached, run `rm .venv/tyreloop-stamp.json` and this again."
)


def install_torch(pip: Pip) -> bool:
    """Install torch before the rest, which then finds it there; False when it is better left out."""
    pins = locked_pins(pip.root / "requirements.lock")
    if is_installed(pip, pins["torch"]):
        return True
    if sys.platform != "linux" or has_nvidia_gpu():
        pip.install("torch", *pins.values())
        return True
    return (cpu_index_answers() and install_from_cpu_index(pip, pins)) or install_plain(pip, pins)


def locked_pins(lock: Path) -> dict[str, str]:
    """`torch==2.13.0` and its companion, as the lock has them."""
    found = re.findall(r"^(torch|torchvision)==([^ ;\n]+)", lock.read_text(encoding="utf-8"), re.MULTILINE)
    return {name: f"{name}=={version}" for name, version in found}


def is_installed(pip: Pip, pin: str) -> bool:
    """Whether this torch is there already, whatever its build."""
    version = pin.split("==")[1]
    # The star stands for a local label such as `+cpu`.
    return any(pip.venv.glob(f"lib/python3.*/site-packages/torch-{version}*.dist-info"))


def has_nvidia_gpu() -> bool:
    """Whether a driver for an NVIDIA card is at work here."""
    places = (Path("/proc/driver/nvidia"), Path("/dev/nvidia0"))
    return shutil.which("nvidia-smi") is not None or any(place.exists() for place in places)


def cpu_index_answers() -> bool:
    """Whether PyTorch's index can be reached from here, asked for three seconds."""
    try:
        address = f"{CPU_INDEX}/torch/"
        with urllib.request.urlopen(address, timeout=INDEX_PATIENCE_SECONDS) as answer:  # noqa: S310 - https
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def install_from_cpu_index(pip: Pip, pins: dict[str, str]) -> bool:
    """Take only the two from that index; all they stand on comes from the lock with the rest."""
    try:
        pip.install("torch for the processor", "--no-deps", "--index-url", CPU_INDEX, *pins.values())
    except InstallRefused:
        print("PyTorch's own index would not give it; asking the usual one.", flush=True)
        return False
    return True


def install_plain(pip: Pip, pins: dict[str, str]) -> bool:
    """The usual index, unless it would bring the GPU's packages onto a machine without one."""
    # Only a newer pip looks into packages without downloading them.
    pip.install("a newer pip", "--upgrade", "pip>=25")
    brought = [entry["metadata"]["name"] for entry in pip.would_install(*pins.values())]
    gpu_packages = [name for name in brought if GPU_PACKAGE.match(name)]
    if gpu_packages:
        print(LEFT_OUT.format(count=len(gpu_packages), index=CPU_INDEX), flush=True)
        return False
    pip.install("torch", *pins.values())
    return True
