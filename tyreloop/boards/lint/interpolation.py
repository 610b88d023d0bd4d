"""How Grafana replaces environment variables in its files: twice with braces, once without."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

BRACED = re.compile(r"\$(|__\w+){([^}]+)}")
PLAIN = re.compile(r"\$\{([^}]*)\}|\$([A-Za-z0-9_]+|[*#$@!?0-9-])")

Environment = Mapping[str, str]


def interpolated(value: Any, environment: Environment) -> Any:
    """A value with every string inside it replaced; keys stay."""
    if isinstance(value, str):
        return "$".join(_part(part, environment) for part in value.split("$$"))
    if isinstance(value, list):
        return [interpolated(each, environment) for each in value]
    if isinstance(value, dict):
        return {key: interpolated(each, environment) for key, each in value.items()}
    return value


def _part(text: str, environment: Environment) -> str:
    def braced(match: re.Match[str]) -> str:
        if match[1] in ("", "__env"):
            return environment.get(match[2], "")
        if match[1] == "__file":
            return Path(match[2]).read_text(encoding="utf-8").strip()
        return match[0]

    def plain(match: re.Match[str]) -> str:
        return environment.get(match[1] if match[1] is not None else match[2], "")

    return PLAIN.sub(plain, BRACED.sub(braced, text))
