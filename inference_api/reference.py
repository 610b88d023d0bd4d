"""Writes the table of routes into the reference: python -m inference_api.reference docs/reference.md"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path

from inference_api.app import SUBJECTS
from inference_api.openapi import GAP
from inference_api.routing import Route

TABLE = re.compile(r"(?<=<!-- routes -->\n).*?(?=<!-- end of routes -->)", re.DOTALL)


def write_table(page: Path) -> None:
    """Replace what stands between the two marks."""
    said = table(route for routes in SUBJECTS for route in routes)
    page.write_text(TABLE.sub(lambda _: said, page.read_text(encoding="utf-8")), encoding="utf-8")


def table(routes: Iterable[Route]) -> str:
    """Markdown, as it stands in docs/reference.md."""
    lines = ["| route | right | does |", "|---|---|---|"]
    for route in routes:
        path, text = GAP.sub("{id}", route.path), " ".join(route.text.split())
        lines.append(f"| `{route.method} {path}` | {route.right} | {text} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    write_table(Path(sys.argv[1]))
