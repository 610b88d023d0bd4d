"""What cannot work ends in one sentence with the fix, before anything has started."""

from __future__ import annotations

import os
from collections import namedtuple
from pathlib import Path

import pytest

from tests.fixtures.running_stack import StackUnderTest
from tyreloop.local import folder as folder_module
from tyreloop.local.folder import DiskTooFull, FolderNotWritable, StackFolder

Usage = namedtuple("Usage", "total used free")


def test_a_folder_that_cannot_be_made_is_named_with_the_fix(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(FolderNotWritable, match=r"cannot be written \(.*DATA_DIR=.* make up"):
        StackFolder(tmp_path / "file" / "data").prepare()


@pytest.mark.skipif(os.geteuid() == 0, reason="Root may write everywhere.")
def test_a_folder_of_somebody_else_is_named_with_the_fix(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(FolderNotWritable, match="make it writable"):
        StackFolder(tmp_path).prepare()


def test_a_full_disk_is_refused_before_it_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder_module.shutil, "disk_usage", lambda _: Usage(10**9, 10**9, 10**6))
    with pytest.raises(DiskTooFull, match="Only 1 MB are free"):
        StackFolder(tmp_path).prepare()


def test_only_one_stack_holds_a_folder(tmp_path: Path) -> None:
    folder = StackFolder(tmp_path)
    with folder.hold() as first, folder.hold() as second:
        assert (first, second) == (True, False)
        assert folder.is_held()
    assert not folder.is_held()


def test_a_refusal_reaches_people_as_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    said = StackUnderTest(tmp_path / "file" / "data").command("up")
    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr.count("\n") == 1


def test_nothing_running_is_a_plain_answer(tmp_path: Path) -> None:
    stack = StackUnderTest(tmp_path)
    assert stack.command("status").returncode == 3
    assert stack.command("down").stdout == "Nothing runs from this folder.\n"
