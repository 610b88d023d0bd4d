"""The installer, which runs first: what it remembers, what it refuses, and which torch it takes."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
UV = Path(sys.executable).with_name("uv")
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check")
WITHOUT_GPU = "Would install 2 packages\n + torch==2.13.0+cpu\n + torchvision==0.28.0\n"
WITH_GPU = "Would install 3 packages\n + nvidia-cublas==13.1\n + torch==2.13.0\n + triton==3.7\n"
TORCH_FILES = "torch==2.13.0 \\\n    --hash=sha256:ab\ntorchvision==0.28.0 \\\n    --hash=sha256:cd\n"


@pytest.fixture
def packages(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script as a module, on a Linux machine without a card and without PyTorch's index."""
    spec = importlib.util.spec_from_file_location("packages", ROOT / "deploy" / "packages.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module.sys, "platform", "linux")
    monkeypatch.setattr(module, "has_nvidia_gpu", lambda: False)
    monkeypatch.setattr(module, "cpu_index_answers", lambda: False)
    return module


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / ".venv").mkdir()
    (tmp_path / "pyproject.toml").write_text("[project]")
    (tmp_path / "requirements.lock").write_text("numpy==2.0\n")
    (tmp_path / "torch.lock").write_text(TORCH_FILES)
    return tmp_path


def on_paper(packages: ModuleType, checkout: Path, monkeypatch: pytest.MonkeyPatch, would: str) -> list[str]:
    """What the installer is asked for, with nothing installed; asked for a rehearsal, it says this."""
    asked: list[str] = []
    rehearsal = subprocess.CompletedProcess((), 0, would)
    monkeypatch.setattr(packages.Installation, "run", lambda _, *arguments: asked.append(" ".join(arguments)))
    monkeypatch.setattr(packages, "run_quietly", lambda *_, **__: rehearsal)
    monkeypatch.setattr(packages.Installation, "environment", lambda _: {})
    asked.append(f"torch comes: {packages.Installation(checkout).bring_torch(('train',))}")
    return asked


def name_of(requirement: str) -> str:
    return re.split(r"[^\w.-]", requirement)[0].lower()


def test_everything_that_is_declared_comes_for_the_tests(packages: ModuleType) -> None:
    optional = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    declared = {name_of(line) for lines in optional.values() for line in lines}
    assert declared <= {name_of(line) for line in packages.requirements(ROOT, packages.EXTRAS)}


def test_the_second_time_nothing_is_installed(packages: ModuleType, checkout: Path) -> None:
    assert not packages.is_fresh(checkout, ("api",))
    packages.write_stamp(checkout, ("api", "ui"))
    assert packages.is_fresh(checkout, ("api",))
    assert not packages.is_fresh(checkout, ("api", "dev"))


@pytest.mark.parametrize("name", ["requirements.lock", "torch.lock", "pyproject.toml"])
def test_a_new_lock_is_installed(packages: ModuleType, checkout: Path, name: str) -> None:
    packages.write_stamp(checkout, ("api",))
    (checkout / name).write_text("numpy==2.1\n")
    assert not packages.is_fresh(checkout, ("api",))


def test_a_moved_checkout_is_installed_again(packages: ModuleType, checkout: Path) -> None:
    packages.write_stamp(checkout, ("api",))
    assert not packages.is_fresh(checkout.rename(checkout.with_name("moved")), ("api",))


def test_what_tests_need_stays_when_the_stack_is_installed_after_them(
    packages: ModuleType, checkout: Path
) -> None:
    packages.write_stamp(checkout, ("api", "dev"))
    packages.write_stamp(checkout, ("api",))
    assert packages.is_fresh(checkout, ("api", "dev"))


def test_gigabytes_of_gpu_packages_never_come_onto_a_machine_without_a_card(
    packages: ModuleType,
    checkout: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert on_paper(packages, checkout, monkeypatch, WITH_GPU) == ["torch comes: False"]
    came: list[str] = []
    pyproject = "[project]\ndependencies = []\n[project.optional-dependencies]\n"
    (checkout / "pyproject.toml").write_text(pyproject + "setup = []\ndev = ['pytest']\ntrain = ['timm']\n")
    monkeypatch.setattr(packages.Installation, "make_venv", lambda _: None)
    monkeypatch.setattr(packages.Installation, "choose_installer", lambda _: ())
    monkeypatch.setattr(packages.Installation, "run", lambda _, *arguments: came.extend(arguments))
    packages.Installation(checkout).bring(("dev", "train"))
    assert "Training is left out" in capsys.readouterr().out
    assert "pytest" in came
    assert "timm" not in came
    (checkout / ".venv" / "tyreloop-stamp.json").unlink()
    with pytest.raises(packages.InstallRefused, match="Training is left out"):
        packages.Installation(checkout).bring(("train",))


def test_a_plain_torch_without_gpu_packages_is_taken(
    packages: ModuleType, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = on_paper(packages, checkout, monkeypatch, WITHOUT_GPU)
    assert asked == ["--no-deps torch==2.13.0 torchvision==0.28.0", "torch comes: True"]


def test_pytorchs_own_index_is_preferred(
    packages: ModuleType, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packages, "cpu_index_answers", lambda: True)
    assert on_paper(packages, checkout, monkeypatch, WITH_GPU) == [
        f"--no-deps --index-url {packages.CPU_INDEX} torch==2.13.0 torchvision==0.28.0",
        "torch comes: True",
    ]


def test_a_machine_with_a_card_gets_the_full_torch_and_its_hashes(
    packages: ModuleType, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packages, "has_nvidia_gpu", lambda: True)
    assert on_paper(packages, checkout, monkeypatch, WITH_GPU) == [
        f"--constraint {checkout}/requirements.lock --requirement {checkout}/torch.lock",
        "torch comes: True",
    ]


def test_a_torch_that_is_there_is_left_alone(
    packages: ModuleType, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = checkout / ".venv/lib/python3.11/site-packages"
    (there / "torch-2.13.0+cpu.dist-info").mkdir(parents=True)
    (there / "torchvision-0.28.0.dist-info").mkdir()
    assert on_paper(packages, checkout, monkeypatch, WITH_GPU) == ["torch comes: True"]


def test_pips_settings_hold_for_uv(packages: ModuleType) -> None:
    listed = "\n".join(
        (
            ":env:.index-url='https://pypi.of-the-house/simple'",
            ":env:.disable-pip-version-check='1'",
            "global.index-url='https://elsewhere/simple'",
            "global.find-links='/wheels\\n/more-wheels'",
            "global.timeout='180'",
            "install.trusted-host='pypi.of-the-house'",
        )
    )
    assert packages.settings_for_uv(listed) == {
        "UV_DEFAULT_INDEX": "https://pypi.of-the-house/simple",
        "UV_FIND_LINKS": "/wheels,/more-wheels",
        "UV_HTTP_TIMEOUT": "180",
        "UV_INSECURE_HOST": "pypi.of-the-house",
    }


def test_all_indexes_are_asked_only_where_pips_own_settings_name_them(packages: ModuleType) -> None:
    assert "UV_INDEX_STRATEGY" not in packages.settings_for_uv("global.index-url='https://one/simple'")
    both = packages.settings_for_uv("global.extra-index-url='file:///one\\nfile:///two'")
    assert both == {"UV_INDEX": "file:///one file:///two", "UV_INDEX_STRATEGY": "unsafe-best-match"}


def test_where_uv_cannot_be_had_pip_goes_on(
    packages: ModuleType, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, ...]] = []
    failed = subprocess.CompletedProcess((), 1, "no matching distribution")
    (checkout / "requirements.lock").write_text("pip==26.3 \\\n    --hash=sha256:ab\nuv==0.13.9\nzip==1\n")
    monkeypatch.setattr(packages, "run_quietly", lambda *_, **__: failed)
    monkeypatch.setattr(packages.Installation, "run", lambda _, *arguments: asked.append(arguments))
    assert packages.Installation(checkout).choose_installer()[1:3] == ("-m", "pip")
    lock = checkout / ".venv" / "pip.lock"
    assert asked == [("--quiet", "--no-deps", "--require-hashes", "--requirement", str(lock))]
    assert lock.read_text() == "pip==26.3 \\\n    --hash=sha256:ab\n"


def wheel(folder: Path, content: str) -> str:
    """A package of one module, the same bytes for the same content; answers its hash."""
    path = folder / "sealed-1.0-py3-none-any.whl"
    info = "sealed-1.0.dist-info"
    members = {
        "sealed.py": content,
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: sealed\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": f"sealed.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n",
    }
    with zipfile.ZipFile(path, "w") as file:
        for name, text in members.items():
            file.writestr(zipfile.ZipInfo(name), text)
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("installer", ["uv", "pip"])
def test_a_tampered_wheel_is_refused(
    packages: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    installer: str,
) -> None:
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    installation = packages.Installation(tmp_path)
    site = tmp_path / "site"
    commands = {"uv": (str(UV), "pip", "install", "--offline"), "pip": (*PIP, "install")}
    index = ("--no-index", "--find-links", str(tmp_path), "--target", str(site))
    installation.install = (*commands[installer], *index)
    true_hash = wheel(tmp_path, "answer = 'good'\n")
    installation.lock.write_text(f"sealed==1.0 \\\n    --hash=sha256:{true_hash}\n")

    wheel(tmp_path, "answer = 'stolen'\n")
    installation.run("sealed")  # without the lock it comes, and lies in the cache from now on
    shutil.rmtree(site)
    with pytest.raises(packages.InstallRefused, match="Not everything could be installed"):
        installation.run(*installation.held_to_lock(), "--upgrade", "sealed>=1")
    assert true_hash in capfd.readouterr().out
    assert not (site / "sealed.py").exists()

    wheel(tmp_path, "answer = 'good'\n")
    installation.run(*installation.held_to_lock(), "--upgrade", "sealed>=1")
    assert (site / "sealed.py").read_text() == "answer = 'good'\n"


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
    assert done.stderr.startswith("Tyreloop needs Python 3.11")
    assert "is 3.9.6: install one" in done.stderr
    assert done.stderr.count("\n") == 1


def test_too_little_disk_is_one_sentence(
    packages: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packages, "GIGABYTES", {("api",): (1.0, 10.0**9)})
    with pytest.raises(packages.InstallRefused, match=r"Only .* GB are free"):
        packages.announce_size(tmp_path, {"api"})


def test_what_will_come_is_said_before_it_comes(
    packages: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    packages.announce_size(tmp_path, {"train"})
    assert capsys.readouterr().out == "Installing into .venv: up to 0.3 GB to download, 1.0 GB on disk.\n"


@pytest.mark.skipif(os.geteuid() == 0, reason="Root may write everywhere.")
def test_a_checkout_of_somebody_else_is_one_sentence(packages: ModuleType, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(packages.InstallRefused, match="cannot be written"), packages.one_at_a_time(tmp_path):
        pass


def test_a_folder_that_cannot_be_written_is_one_sentence(packages: ModuleType, tmp_path: Path) -> None:
    (tmp_path / ".install-lock").mkdir()  # what root too cannot open
    with pytest.raises(packages.InstallRefused, match="cannot be written"), packages.one_at_a_time(tmp_path):
        pass


def test_the_installer_is_not_silent_and_its_long_lists_are(
    packages: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    talking = "print('Downloading torch (190.2MiB)', flush=True); print(' + torch==2.13.0')"
    installation = packages.Installation(tmp_path)
    installation.install = (sys.executable, "-S", "-c")
    installation.run(talking)
    assert capsys.readouterr().out == "  Downloading torch (190.2MiB)\n"


def test_an_installer_that_fails_leaves_its_words_and_one_sentence(
    packages: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    installation = packages.Installation(tmp_path)
    installation.install = (sys.executable, "-S", "-c")
    with pytest.raises(packages.InstallRefused, match="run this again to go on"):
        installation.run("import sys; sys.exit('no such package')")
    assert capsys.readouterr().out == "  no such package\n"


def test_a_long_silence_has_signs_of_life(
    packages: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = ""
    with packages.signs_of_life(tmp_path, every_seconds=0.01):
        while "GB so far" not in said:
            said += capsys.readouterr().out
    assert re.search(r"^  \.\.\. \d+ s, \d+\.\d GB so far$", said, re.MULTILINE)
