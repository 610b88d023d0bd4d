"""Reports: answers of one visitor as a document to hand over, behind a link that ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NewType

from tyreloop.domain.photos import PredictionId, Visitor

ReportId = NewType("ReportId", str)
LANGUAGES = ("en", "ko")
MOST_ANSWERS = 8
MOST_OPEN_LINKS = 50  # of one visitor
LIFETIME = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Report:
    """What a link shows, and until when; the document is drawn anew each time, from what does not change."""

    id: ReportId
    visitor: Visitor
    predictions: Sequence[PredictionId]
    language: str
    models: Mapping[str, Mapping[str, Any]]
    """What was known of each version's mistakes when the report was made, by its number."""
    made_at: datetime
    expires_at: datetime
