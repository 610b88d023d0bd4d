"""docker-compose.yaml and our Dockerfiles, read without an engine."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docker-compose.yaml").read_text(encoding="utf-8")
STACK: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = STACK["services"]
BUILT = sorted(name for name, service in SERVICES.items() if "build" in service)
STEPS = sorted(name for name, service in SERVICES.items() if service.get("restart") == "no")
OURS = sorted(name for name, service in SERVICES.items() if service["image"].startswith("tyreloop/"))
LASTING = sorted(set(SERVICES) - set(STEPS))


@dataclass(frozen=True, slots=True)
class Dockerfile:
    """One Dockerfile as instructions, continued lines joined."""

    text: str

    @property
    def instructions(self) -> list[tuple[str, str]]:
        lines = re.sub(r"\\\n", " ", re.sub(r"^\s*#.*\n", "", self.text, flags=re.MULTILINE)).splitlines()
        return [(line.split()[0], line.partition(" ")[2].strip()) for line in lines if line.strip()]

    def all(self, name: str) -> list[str]:
        return [rest for instruction, rest in self.instructions if instruction == name]

    @property
    def last_stage(self) -> str:
        return self.text[self.text.rindex("\nFROM ") :]


def dockerfile_of(service: str) -> Dockerfile:
    """The file that makes a service's image; a step runs in the image of the service that builds it."""
    image = SERVICES[service]["image"]
    builder = next(name for name in BUILT if SERVICES[name]["image"] == image)
    return Dockerfile((ROOT / SERVICES[builder]["build"]["dockerfile"]).read_text(encoding="utf-8"))


def environment_of(service: str) -> dict[str, Any]:
    return SERVICES[service].get("environment") or {}
