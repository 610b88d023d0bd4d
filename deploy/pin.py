"""`make pin`: hold the images of others, and the base of ours, to the bytes that their names stand for now.

Pulls them and writes deploy/images.lock.yaml, which Compose reads beside docker-compose.yaml when `.env` says
COMPOSE_FILE=docker-compose.yaml:deploy/images.lock.yaml. Run again it takes newer ones.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "deploy" / "images.lock.yaml"
SERVICE = re.compile(r"^  ([\w-]+):\n((?:    .*\n|\s*\n)+)", re.MULTILINE)
IMAGE = re.compile(r"^    image: (?:&([\w-]+) )?(\S+)$", re.MULTILINE)
BUILT = re.compile(r"^      dockerfile: (\S+)$", re.MULTILINE)
BASE = re.compile(r"^ARG PYTHON_IMAGE=(\S+)$", re.MULTILINE)
Pin = Callable[[str], str]


def lock_file(root: Path, pin: Pin) -> str:
    """The services of the containers' file with the digest of what they run, or are built on."""
    lines = ["# Written by `make pin`.", "services:"]
    return "\n".join([*lines, *(f"  {name}: {said}" for name, said in services(root, pin))]) + "\n"


def services(root: Path, pin: Pin) -> Iterator[tuple[str, str]]:
    """Ours are built on a base; those of others are an image."""
    text = (root / "docker-compose.yaml").read_text("utf-8").partition("\nservices:\n")[2]
    named: dict[str, str] = {}
    for name, body in SERVICE.findall(text):
        if built := BUILT.search(body):
            base = BASE.search((root / built[1]).read_text("utf-8"))
            assert base  # noqa: S101 - tests/compose holds each Dockerfile to it
            yield name, f'{{build: {{args: {{PYTHON_IMAGE: "{pin(base[1])}"}}}}}}'
        elif (said := IMAGE.search(body)) and not said[2].startswith("tyreloop/"):
            image = named.get(said[2], said[2])
            named[f"*{said[1]}"] = image
            yield name, f'{{image: "{pin(image)}"}}'


def pinned(image: str) -> str:
    """The name with its digest, as the registry says it."""
    engine("pull", "--quiet", image)
    digests = engine("image", "inspect", "--format", '{{join .RepoDigests " "}}', image).split()
    if not digests:
        sys.exit(f"{image} has no digest: it came from no registry. Nothing was written.")
    return f"{image}@{digests[0].rpartition('@')[2]}"


def engine(*asked: str) -> str:
    """What the engine answers."""
    command = ["docker", *asked]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout  # noqa: S603


def main() -> None:
    """Ask for each image once."""
    known: dict[str, str] = {}
    text = lock_file(ROOT, lambda image: known.get(image) or known.setdefault(image, pinned(image)))
    LOCK.write_text(text, "utf-8")
    sys.stdout.write(
        f"{len(known)} images are held by {LOCK.relative_to(ROOT)}; .env names it in COMPOSE_FILE.\n"
    )


if __name__ == "__main__":
    try:
        main()
    except (OSError, subprocess.CalledProcessError) as error:
        sys.exit(f"An image could not be fetched, and nothing was written: {error}")
