"""What happened to the model between two looks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ModelEvent:
    """A swap, a refusal, or alias and stage that disagree."""

    kind: str
    model_version: str
    details: str = ""


def events_between(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[ModelEvent]:
    """Each change once, however often it is looked at."""
    if now.get("serving") and now["serving"] != before.get("serving"):
        yield ModelEvent("serving", str(now["serving"]))
    refused_before = before.get("refused") or {}
    for version, reason in (now.get("refused") or {}).items():
        if version not in refused_before:
            yield ModelEvent("refused", str(version), str(reason)[:500])
    if now.get("unsigned") and now["unsigned"] != before.get("unsigned"):
        yield ModelEvent("refused", str(now["unsigned"]), "nobody signed this move of Production")
    if now.get("conflict_with") and now["conflict_with"] != before.get("conflict_with"):
        yield ModelEvent(
            "conflict", str(now["conflict_with"]), f"the alias names version {now.get('wanted')}"
        )
