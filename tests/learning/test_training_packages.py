"""What trainings need comes with the first of them, or is asked for in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from tyreloop.domain.errors import NotConfigured
from tyreloop.learning import training_packages
from tyreloop.learning.training_packages import bring_training_packages

BRINGS = """
import pathlib, sys
assert sys.argv[1:] == ["--with", "train"]
print("Installing into .venv")
print("  Downloading brought_torch")
(pathlib.Path(__file__).parent / "brought_torch.py").touch()
"""


@pytest.fixture
def installer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installer beside which the package appears that this machine lacks."""
    monkeypatch.setattr(training_packages, "NEEDED", ("brought_torch",))
    monkeypatch.syspath_prepend(str(tmp_path))
    file = tmp_path / "install.py"
    file.write_text(BRINGS)
    return file


def test_the_first_training_brings_what_it_needs_and_says_so(installer: Path) -> None:
    told: list[str] = []
    bring_training_packages(told.append, installer=installer)
    assert told[0].startswith("What trainings need is installed first")
    assert told[1:] == ["Installing into .venv", "Downloading brought_torch"]
    bring_training_packages(told.append, installer=installer)
    assert len(told) == 3


def test_an_installer_that_is_refused_says_why(installer: Path) -> None:
    installer.write_text("import sys; sys.exit('No network.')")
    with pytest.raises(NotConfigured, match=r"No network\."):
        bring_training_packages(lambda _: None, installer=installer)


def test_outside_of_a_checkout_the_extra_is_named(installer: Path) -> None:
    with pytest.raises(NotConfigured, match=r"install tyreloop\[train\]"):
        bring_training_packages(lambda _: None, installer=installer.with_name("none.py"))
