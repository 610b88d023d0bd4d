"""The installer, which runs first: what it remembers, what it refuses, and which torch it takes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
INSTALLER = ROOT / "deploy" / "installer"
GPU_PACKAGES = ["torch", "nvidia-cublas", "nvidia-cudnn-cu13", "cuda-toolkit", "triton"]


@pytest.fixture(autouse=True)
def installer_modules(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The installer's modules lie beside each other and are no package."""
    monkeypatch.syspath_prepend(str(INSTALLER))
    yield
    for file in INSTALLER.glob("*.py"):
        sys.modules.pop(file.stem, None)


@pytest.fixture
def torch_build(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module, on a Linux machine without a card and without PyTorch's index."""
    import torch_build

    monkeypatch.setattr(torch_build.sys, "platform", "linux")
    monkeypatch.setattr(torch_build, "has_nvidia_gpu", lambda: False)
    monkeypatch.setattr(torch_build, "cpu_index_answers", lambda: False)
    return torch_build


class PipOnPaper:
    """Writes down what it is asked for."""

    def __init__(self, root: Path, would_bring: list[str]) -> None:
        self.root, self.venv = root, root / ".venv"
        self.would_bring = would_bring
        self.installed: list[str] = []

    def install(self, what: str, *arguments: str) -> None:
        self.installed.append(" ".join(arguments))

    def would_install(self, *arguments: str) -> list[dict[str, Any]]:
        return [{"metadata": {"name": name}} for name in self.would_bring]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / ".venv").mkdir()
    (tmp_path / "pyproject.toml").write_text("[project]")
    (tmp_path / "requirements.lock").write_text("torch==2.13.0\ntorchvision==0.28.0\nnumpy==2.0\n")
    return tmp_path


def test_the_second_time_nothing_is_installed(checkout: Path) -> None:
    from stamp import is_fresh, write_stamp

    assert not is_fresh(checkout, ("api",))
    write_stamp(checkout, ("api", "ui"))
    assert is_fresh(checkout, ("api",))
    assert not is_fresh(checkout, ("api", "dev"))


def test_a_new_lock_is_installed(checkout: Path) -> None:
    from stamp import is_fresh, write_stamp

    write_stamp(checkout, ("api",))
    (checkout / "requirements.lock").write_text("numpy==2.1\n")
    assert not is_fresh(checkout, ("api",))


def test_a_moved_checkout_is_installed_again(checkout: Path) -> None:
    from stamp import is_fresh, write_stamp

    write_stamp(checkout, ("api",))
    assert not is_fresh(checkout.rename(checkout.with_name("moved")), ("api",))


def test_what_tests_need_stays_when_the_stack_is_installed_after_them(checkout: Path) -> None:
    from stamp import is_fresh, write_stamp

    write_stamp(checkout, ("api", "dev"))
    write_stamp(checkout, ("api",))
    assert is_fresh(checkout, ("api", "dev"))


def test_gigabytes_of_gpu_packages_never_come_onto_a_machine_without_a_card(
    torch_build: ModuleType, checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pip = PipOnPaper(checkout, GPU_PACKAGES)
    assert torch_build.install_torch(pip) is False
    assert not [line for line in pip.installed if "torch" in line]
    assert "Training is left out" in capsys.readouterr().out


def test_a_plain_torch_without_gpu_packages_is_taken(torch_build: ModuleType, checkout: Path) -> None:
    pip = PipOnPaper(checkout, ["torch", "numpy"])
    assert torch_build.install_torch(pip) is True
    assert pip.installed[-1] == "torch==2.13.0 torchvision==0.28.0"


def test_pytorchs_own_index_is_preferred(
    torch_build: ModuleType, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch_build, "cpu_index_answers", lambda: True)
    pip = PipOnPaper(checkout, GPU_PACKAGES)
    assert torch_build.install_torch(pip) is True
    assert pip.installed == [
        f"--no-deps --index-url {torch_build.CPU_INDEX} torch==2.13.0 torchvision==0.28.0"
    ]


def test_a_machine_with_a_card_gets_the_full_torch(
    torch_build: ModuleType, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch_build, "has_nvidia_gpu", lambda: True)
    pip = PipOnPaper(checkout, GPU_PACKAGES)
    assert torch_build.install_torch(pip) is True
    assert pip.installed == ["torch==2.13.0 torchvision==0.28.0"]


def test_a_torch_that_is_there_is_left_alone(torch_build: ModuleType, checkout: Path) -> None:
    (checkout / ".venv/lib/python3.11/site-packages/torch-2.13.0+cpu.dist-info").mkdir(parents=True)
    pip = PipOnPaper(checkout, GPU_PACKAGES)
    assert torch_build.install_torch(pip) is True
    assert pip.installed == []


def test_too_old_a_python_is_one_sentence(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    code = (
        "import runpy, sys; sys.executable = sys.argv.pop(); sys.version_info = (3, 9, 6, 'final', 0);"
        f"runpy.run_path({str(ROOT / 'deploy' / 'install.py')!r}, run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(old)],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("Tyreloop needs Python 3.11 or newer")
    assert "is 3.9.6: install one" in done.stderr
    assert done.stderr.count("\n") == 1


def test_too_little_disk_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import checks

    monkeypatch.setattr(checks, "NEEDED_GIGABYTES", 10**9)
    with pytest.raises(checks.InstallRefused, match=r"Only .* GB are free"):
        checks.require_disk(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="Root may write everywhere.")
def test_a_checkout_of_somebody_else_is_one_sentence(tmp_path: Path) -> None:
    import checks

    tmp_path.chmod(0o500)
    with pytest.raises(checks.InstallRefused, match="cannot be written"):
        checks.require_writable(tmp_path)


def test_a_silent_program_is_not_silent_here(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from progress import run_with_progress

    silent = [sys.executable, "-S", "-c", "import time; print('begun', flush=True); time.sleep(2.2)"]
    assert run_with_progress("Silent", silent, folder=tmp_path) is None
    said = capsys.readouterr().out
    assert "... Silent: 2 s  begun" in said
    assert "Silent: done in 2 s" in said


def test_a_program_that_fails_leaves_its_last_words(tmp_path: Path) -> None:
    from progress import run_with_progress

    failing = [sys.executable, "-S", "-c", "import sys; sys.exit('no such package')"]
    assert run_with_progress("Failing", failing, folder=tmp_path) == ["no such package"]
