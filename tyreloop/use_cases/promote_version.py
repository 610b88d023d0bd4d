"""Let another version answer: forward after its exam, back at any time; always with a name and a reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tyreloop.domain.candidate import Candidate
from tyreloop.domain.errors import Conflict, InvalidRequest
from tyreloop.domain.orders import OrderKind, OrderState
from tyreloop.domain.release import Release, ReleaseKind
from tyreloop.domain.staff import Act, Actor, Right
from tyreloop.use_cases.release_model import release_model
from tyreloop.use_cases.stores import Promoting

JOBS_LOOKED_AT = 500


def list_candidates(*, by: Actor, using: Promoting) -> Sequence[Candidate]:
    """Every version, the newest first, with the exam that its training held."""
    by.require(Right.RELEASE)
    production, trainings = using.releasing.registry.production(), _trainings(using)
    return [
        Candidate(
            version=known.version,
            created_at=known.created_at,
            description=known.description,
            is_in_production=production is not None and known.version == production.version,
            dataset=known.tags.get("dataset", ""),
            exam=trainings.get(known.version, {}).get("exam", {}),
            wall=trainings.get(known.version, {}).get("wall", ()),
            run_id=known.run_id,
        )
        for known in using.releasing.registry.versions()
    ]


def promote_version(
    version: int, *, by: Actor, using: Promoting, reason: str = "", force: bool = False
) -> Release:
    """Put a version into Production; without a passed exam only by force, and force says why."""
    by.require(Right.RELEASE)
    exam = _trainings(using).get(version, {}).get("exam", {})
    passed = bool(exam.get("passed", False))
    if force and not reason.strip():
        raise InvalidRequest("Force needs a reason: it is written into the release.")
    if not passed and not force:
        objections = "; ".join(exam.get("objections", ())) or "it was not examined"
        raise Conflict(f"Version {version} is not promoted: {objections}.")
    return _move(
        version, ReleaseKind.PROMOTION, by=by, using=using, reason=reason, forced=not passed, exam=exam
    )


def roll_back_version(
    *, by: Actor, using: Promoting, version: int | None = None, reason: str = ""
) -> Release:
    """Put an earlier version (empty: the one before) back into Production; no exam stands in the way."""
    by.require(Right.RELEASE)
    target = version if version is not None else _version_before(using)
    return _move(target, ReleaseKind.ROLLBACK, by=by, using=using, reason=reason)


def _move(
    version: int,
    kind: ReleaseKind,
    *,
    by: Actor,
    using: Promoting,
    reason: str,
    forced: bool = False,
    exam: Mapping[str, Any] | None = None,
) -> Release:
    releasing = using.releasing
    release = release_model(
        version,
        model_name=using.model_name,
        by=by.name,
        using=releasing,
        kind=kind,
        reason=reason,
        forced=forced,
        exam=exam,
    )
    details = {"from": release.from_version, "reason": reason, "forced": forced}
    using.audit.add(Act.of(by, f"model_{kind}", f"version:{version}", releasing.clock(), **details))
    return release


def _version_before(using: Promoting) -> int:
    production = using.releasing.registry.production()
    for release in using.releasing.releases.latest(limit=50):
        if production and release.to_version == production.version and release.from_version is not None:
            return release.from_version
    raise InvalidRequest("No earlier version in Production is known: name the version to go back to.")


def _trainings(using: Promoting) -> Mapping[int, Mapping[str, Any]]:
    done = using.orders.latest(limit=JOBS_LOOKED_AT, kind=OrderKind.TRAINING)
    return {
        int(job.result["version"]): job.result
        for job in reversed(done)
        if job.state is OrderState.DONE and "version" in job.result
    }
