"""`make sbom`: what the product is made of, as CycloneDX, from the lock: packages with their files' hashes.

Nothing is asked for and nothing is dated: the same lock gives the same document.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
LOCKS = ("requirements.lock", "torch.lock")
PINNED = re.compile(r"^([\w.-]+)==([^\s;\\]+)(.*(?:\n    .*)*)", re.MULTILINE)
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
IMAGE = re.compile(r"^\s*image: (?:&[\w-]+ )?([\w./-]+):([\w.-]+)$", re.MULTILINE)
BASE = re.compile(r"^ARG PYTHON_IMAGE=([\w./-]+):([\w.-]+)$", re.MULTILINE)


def bill_of_materials(root: Path) -> dict[str, Any]:
    """Packages from the lock, images from the containers' files."""
    version = re.search(r'^version = "([^"]+)"', (root / "pyproject.toml").read_text("utf-8"), re.MULTILINE)
    product = {"type": "application", "name": "tyreloop", "version": version[1] if version else "0"}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {**product, "bom-ref": "tyreloop"}},
        "components": [*packages(root), *images(root)],
    }


def packages(root: Path) -> Iterator[dict[str, Any]]:
    """One component a package; a package has a file for each system, so it has many hashes."""
    for lock in LOCKS:
        for name, version, rest in PINNED.findall((root / lock).read_text("utf-8")):
            place = f"pkg:pypi/{re.sub('[-_.]+', '-', name.lower())}@{version}"
            hashes = [{"alg": "SHA-256", "content": digest} for digest in sorted(HASH.findall(rest))]
            yield {
                "type": "library",
                "bom-ref": place,
                "name": name,
                "version": version,
                "purl": place,
                "hashes": hashes,
            }


def images(root: Path) -> Iterator[dict[str, Any]]:
    """What others made and our containers run in or beside."""
    named = {*IMAGE.findall((root / "docker-compose.yaml").read_text("utf-8"))}
    for file in root.glob("*/Dockerfile"):
        named |= {*BASE.findall(file.read_text("utf-8"))}
    for name, tag in sorted(named):
        place = f"pkg:docker/{name}@{tag}"
        yield {"type": "container", "bom-ref": place, "name": name, "version": tag, "purl": place}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(bill_of_materials(ROOT), indent=1) + "\n")
