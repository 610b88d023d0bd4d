"""Promotion after an exam, and the way back; both end in the same use case."""

from __future__ import annotations

from tyreloop.domain.errors import InvalidRequest
from tyreloop.domain.release import Release, ReleaseKind
from tyreloop.learning.judging.exam import ExamResult
from tyreloop.models.gate import Outcome
from tyreloop.use_cases.release_model import release_model
from tyreloop.use_cases.stores import Releasing


class PromotionRefused(InvalidRequest):
    """The exam speaks against this promotion."""

    code = "promotion_refused"


def promote(
    result: ExamResult, *, model_name: str, by: str, reason: str, force: bool, using: Releasing
) -> Release:
    """Move Production to the examined version, unless the exam objects; force needs a reason."""
    if force and not reason:
        raise InvalidRequest("--force needs --reason: it is written into the release.")
    passed = result.decision.outcome is Outcome.PASSED
    if not passed and not force:
        objections = "; ".join(result.sentences)
        raise PromotionRefused(f"Version {result.candidate} is not promoted: {objections}.")
    return release_model(
        result.candidate,
        model_name=model_name,
        by=by,
        using=using,
        reason=reason,
        forced=not passed,
        exam=result.summary(),
    )


def roll_back(version: int | None, *, model_name: str, by: str, reason: str, using: Releasing) -> Release:
    """Move Production back: to the given version, or to the one that was there before."""
    return release_model(
        version if version is not None else previous_version(using),
        model_name=model_name,
        by=by,
        using=using,
        kind=ReleaseKind.ROLLBACK,
        reason=reason,
    )


def previous_version(using: Releasing) -> int:
    """What was in Production before the version that is there now."""
    production = using.registry.production()
    for release in using.releases.latest(limit=50):
        if production and release.to_version == production.version and release.from_version is not None:
            return release.from_version
    raise InvalidRequest("No earlier version in Production is known: name the version to go back to.")
