"""What the product is made of, and what is known against it."""

from __future__ import annotations

import importlib.util
import json
import os
import re
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from tests.compose.stack_file import BUILT, OURS, SERVICES

ROOT = Path(__file__).parents[2]


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "deploy" / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def sbom() -> ModuleType:
    return load("sbom")


@pytest.fixture(scope="module")
def audit() -> ModuleType:
    return load("audit")


def test_the_bill_of_materials_names_each_locked_package_with_its_hashes(sbom: ModuleType) -> None:
    bill = sbom.bill_of_materials(ROOT)
    locked = "".join((ROOT / name).read_text("utf-8") for name in sbom.LOCKS)
    parts = {part["bom-ref"]: part for part in bill["components"]}
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert len(parts) == len(bill["components"])
    libraries = [part for part in parts.values() if part["type"] == "library"]
    assert len(libraries) == len(re.findall(r"^[\w.-]+==", locked, re.MULTILINE))
    assert all(part["hashes"] for part in libraries)
    assert {"flask", "torch"} <= {part["name"] for part in libraries}
    assert "pkg:docker/postgres@17" in parts
    assert json.dumps(sbom.bill_of_materials(ROOT)) == json.dumps(bill)


def dependency(name: str, **said: object) -> dict[str, object]:
    return {"name": name, "version": "1.0", "vulns": [], **said}


SKIPPED = {"name": "ours", "skip_reason": "Dependency not found on PyPI"}
WEAK = dependency("flask", vulns=[{"id": "PYSEC-1", "fix_versions": ["1.1"]}])


@pytest.mark.parametrize(
    ("found", "code", "says"),
    [
        ([dependency("flask"), dependency("torch")], 0, "No known weakness in 2 packages."),
        ([WEAK, dependency("torch")], 1, "flask 1.0: PYSEC-1, mended in 1.1"),
        ([dependency("flask"), SKIPPED], 2, "Not known to the package index, and so not checked: ours."),
        ([SKIPPED], 2, "Nothing was checked"),
        (None, 2, "Nothing was checked"),
    ],
)
def test_what_could_not_be_looked_up_is_not_called_sound(
    audit: ModuleType, found: list[object] | None, code: int, says: str
) -> None:
    answered, lines = audit.verdict("" if found is None else json.dumps({"dependencies": found}))
    assert answered == code
    assert says in "\n".join(lines)


ENGINE = """#!/bin/sh
case "$*" in
    "pull --quiet "*) ;;
    *inspect*) for name; do :; done; echo "${name%%:*}@sha256:$(echo "$name" | sha256sum | cut -c1-64)" ;;
esac
"""


def test_each_image_of_others_is_held_by_its_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "docker").write_text(ENGINE)
    (tmp_path / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    pin = load("pin")
    held = yaml.safe_load(pin.lock_file(ROOT, pin.pinned))
    for name, service in SERVICES.items():
        said = held["services"].get(name, {})
        if name in BUILT:
            base = said["build"]["args"]["PYTHON_IMAGE"]
            assert re.fullmatch(r"python:[\w.-]+@sha256:[0-9a-f]{64}", base)
        elif name not in OURS:
            assert re.fullmatch(re.escape(service["image"]) + r"@sha256:[0-9a-f]{64}", said["image"])
    assert set(held["services"]) == {name for name in SERVICES if name in BUILT or name not in OURS}

    (tmp_path / "docker").write_text("#!/bin/sh\n")  # an image that was built here
    with pytest.raises(SystemExit, match="has no digest"):
        pin.lock_file(ROOT, pin.pinned)
