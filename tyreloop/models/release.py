"""A release is a state that is reached: asked, examined, signed, moved, served; or refused, and back.

Each step is one conditional update, done after the effect it stands for, and each effect can be done twice.
So whoever finds a release that was left on its way carries it on; two at once cannot be on their way; and
whatever a late process does to the registry is put right by what the database says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import structlog

from tyreloop.domain.errors import (
    Conflict,
    InvalidRequest,
    ModelVersionNotFound,
    NotConfigured,
    TyreloopError,
)
from tyreloop.domain.feedback import VoteCount, VotesAroundRelease
from tyreloop.domain.models import (
    ON_ITS_WAY,
    Candidate,
    Exam,
    Registry,
    Release,
    ReleaseKind,
    ReleaseState,
    Serving,
)
from tyreloop.domain.staff import Act, Actor, Right
from tyreloop.models.bundles import fetch_checked
from tyreloop.models.gate import sentences
from tyreloop.models.register import register_bundle
from tyreloop.models.signing import NO_KEY, Signer, digests_of, record_of
from tyreloop.store.feedback import PostgresVoteCounts
from tyreloop.store.models import PostgresModels

log = structlog.get_logger(__name__)

ABANDONED_AFTER = timedelta(seconds=60)  # a step takes seconds; whoever began it is gone
LOOKED_BACK = timedelta(days=28)
ITSELF = Actor("tyreloop", frozenset({Right.RELEASE}), is_known=True)


class PromotionRefused(Conflict):
    """The gate speaks against this promotion; the reasons have a sentence in each language."""

    code = "promotion_refused"

    def __init__(self, version: int, reasons: Sequence[Mapping[str, Any]]) -> None:
        self.version, self.reasons = version, list(reasons)
        super().__init__(f"Version {version} is not promoted. {'. '.join(sentences(self.reasons))}.")


@dataclass(frozen=True, slots=True)
class Releasing:
    """What it takes to move Production."""

    registry: Registry
    models: PostgresModels
    clock: Callable[[], datetime]
    model_name: str
    signer: Signer | None = None
    serve_unsigned: bool = False  # nobody checks signatures here, so none is asked for


def version_in_production(using: Releasing) -> int | None:
    """What was released last and stands; where nobody signs, and before that, what the registry says."""
    named = using.registry.production()
    alias = named.version if named else None
    if using.serve_unsigned:
        return alias
    release = using.models.signed_release(using.model_name, alias)
    return release.to_version if release else alias


def list_candidates(*, by: Actor, using: Releasing) -> Sequence[Candidate]:
    """Every version, the newest first, with its latest exam, wherever that was held."""
    by.require(Right.RELEASE)
    production, exams = version_in_production(using), using.models.exams(using.model_name)
    return [
        Candidate(
            version=known.version,
            created_at=known.created_at,
            description=known.description,
            is_in_production=known.version == production,
            dataset=known.tags.get("dataset", ""),
            exam=exams[known.version].summary if known.version in exams else {},
            wall=exams[known.version].wall if known.version in exams else (),
            run_id=known.run_id,
            objections=_objections(known.version, exams.get(known.version), production),
            answered=_answered(known.version, exams),
        )
        for known in using.registry.versions()
    ]


def _answered(version: int, exams: Mapping[int, Exam]) -> Mapping[str, Any]:
    """From its own exam, or from a newer one in which it stood on Production's side."""
    sat = [(exam.held_at, "production", exam) for exam in exams.values() if exam.against == version]
    sat += [(exam.held_at, "candidate", exam) for exam in exams.values() if exam.version == version]
    for _, side, exam in sorted(sat, key=lambda one: one[0], reverse=True):
        if f"{side}_figures" in exam.summary:
            own = {name: exam.summary.get(f"{side}_{name}") for name in ("figures", "sources", "reliability")}
            return {"exam_of": exam.version, "questions": exam.summary.get("questions", 0), **own}
    return {}


def unsigned_move(*, by: Actor, using: Releasing) -> int | None:
    """A version that somebody put into Production past us: it waits for a person to examine and sign it."""
    by.require(Right.RELEASE)
    named = using.registry.production()
    if using.serve_unsigned or named is None:
        return None
    release = using.models.signed_release(using.model_name, named.version)
    return None if release and release.to_version == named.version else named.version


def promote_version(
    version: int, *, by: Actor, using: Releasing, reason: str = "", force: bool = False
) -> Release:
    """Put a version into Production; against the gate only by force, and force says why."""
    by.require(Right.RELEASE)
    if force and not reason.strip():
        raise InvalidRequest("Force needs a reason: it is written into the release.")
    settle(using)
    exam, objections = _judged(version, using)
    if objections and not force:
        error = PromotionRefused(version, objections)
        using.models.note(Act.of(by, "release_refused", f"version:{version}", using.clock(), why=str(error)))
        raise error
    return _release(
        version, ReleaseKind.PROMOTION, by=by, using=using, reason=reason, forced=bool(objections), exam=exam
    )


def roll_back_version(
    *, by: Actor, using: Releasing, version: int | None = None, reason: str = ""
) -> Release:
    """Put an earlier version (empty: the last that served before) back; no exam stands in the way."""
    by.require(Right.RELEASE)
    settle(using)
    target = version if version is not None else _last_served(using)
    return _release(target, ReleaseKind.ROLLBACK, by=by, using=using, reason=reason)


def ensure_first_model(demo: Path, *, using: Releasing) -> Release | None:
    """Release the demo model where nothing is in Production; a person's choice is never touched.

    What a person released before releases were signed is signed now, once: the database says that they did.
    """
    _finish(using)
    named = using.registry.production()
    if named is None:
        version = register_bundle(
            demo, description="Demo model, trained on photos and drawings.", registry=using.registry
        )
        return _release(version, ReleaseKind.PROMOTION, by=ITSELF, using=using, reason="The first model.")
    newest = using.models.newest(using.model_name)
    if using.signer and newest and newest.stands and not newest.record and newest.to_version == named.version:
        return _release(named.version, newest.kind, by=ITSELF, using=using, reason=newest.reason)
    return None


def settle(using: Releasing) -> Release | None:
    """Bring the newest release as far as it can come now: carried on, served, or refused and back."""
    _finish(using)
    newest = using.models.newest(using.model_name)
    if newest is not None and newest.state is ReleaseState.MOVED:
        newest = _heard(newest, using)
    if newest is not None and newest.state is ReleaseState.REFUSED:
        _go_back(newest, using)
    return newest


def read_release_votes(
    release: Release, *, by: Actor, counts: PostgresVoteCounts, until: datetime
) -> VotesAroundRelease:
    """The new version's votes since it was released, beside the old one's in its last four weeks."""
    by.require(Right.RELEASE)
    moment = release.released_at
    before = VoteCount()
    if release.from_version is not None:
        before = counts.of_version(release.from_version, since=moment - LOOKED_BACK, until=moment)
    return VotesAroundRelease(before, counts.of_version(release.to_version, since=moment, until=until))


def _judged(version: int, using: Releasing) -> tuple[Exam | None, list[Mapping[str, Any]]]:
    """The exam that counts, and what speaks against a promotion; nothing does of what is in Production."""
    exam, production = using.models.exam_of(using.model_name, version), version_in_production(using)
    return exam, _objections(version, exam, production)


def _objections(version: int, exam: Exam | None, production: int | None) -> list[Mapping[str, Any]]:
    if version == production:
        return []
    if exam is None:
        return [{"say": "not_examined"}]
    if exam.against != production:
        say = "stale" if exam.against is not None else "stale_first"
        return [{"say": say, "against": exam.against, "production": production}]
    return [] if exam.passed else list(exam.reasons)


def _release(
    version: int,
    kind: ReleaseKind,
    *,
    by: Actor,
    using: Releasing,
    reason: str,
    forced: bool = False,
    exam: Exam | None = None,
) -> Release:
    if using.signer is None and not using.serve_unsigned:
        raise NotConfigured(NO_KEY)
    if version not in {known.version for known in using.registry.versions()}:
        raise ModelVersionNotFound(f"The registry has no version {version} of the model.")
    asked = Release(
        model_name=using.model_name,
        to_version=version,
        from_version=version_in_production(using),
        kind=kind,
        released_at=using.clock(),
        released_by=by.name,
        reason=reason,
        forced=forced,
        exam=exam.summary if exam else {},
    )
    act = Act.of(by, "release_asked", f"version:{version}", using.clock(), kind=kind.value, reason=reason)
    return _carry_on(using.models.ask(asked, act=act), using, request_id=by.request_id)


def _finish(using: Releasing) -> None:
    """Carry on what somebody left on its way; what is fresh is in somebody's hands."""
    release = using.models.on_its_way(using.model_name)
    if release is None or using.clock() - release.released_at < ABANDONED_AFTER:
        return
    if release.state is ReleaseState.SIGNED or using.signer or using.serve_unsigned:
        log.info("release_carried_on", version=release.to_version, state=release.state.value)
        with suppress(PromotionRefused):  # written down as such
            _carry_on(release, using)


def _carry_on(release: Release, using: Releasing, *, request_id: str = "") -> Release:
    """Step by step to where the registry names it; what was done before is not done again."""
    while release.state in ON_ITS_WAY:
        if release.state is ReleaseState.ASKED:
            release = _examined(release, using)
        elif release.state is ReleaseState.EXAMINED:
            release = _signed(release, using)
        else:
            release = _moved(release, using, request_id)
    return release


def _examined(release: Release, using: Releasing) -> Release:
    """Nobody else is on their way now: what is in Production is what the exam must have been against."""
    objections = _judged(release.to_version, using)[1] if release.kind is ReleaseKind.PROMOTION else []
    if objections and not release.forced and release.released_by != ITSELF.name:
        error = PromotionRefused(release.to_version, objections)
        using.models.advance(release, ReleaseState.REFUSED, at=using.clock(), refusal=str(error))
        raise error
    before = version_in_production(using)
    return using.models.advance(release, ReleaseState.EXAMINED, at=using.clock(), from_version=before)


def _signed(release: Release, using: Releasing) -> Release:
    """The record names each file as the registry gives it now, held against what was registered."""
    if using.signer is None:
        return using.models.advance(release, ReleaseState.SIGNED, at=using.clock())
    try:
        with TemporaryDirectory(prefix="tyreloop-release-") as scratch:
            files = digests_of(fetch_checked(release.to_version, Path(scratch), using.registry))
    except TyreloopError as error:
        using.models.advance(release, ReleaseState.REFUSED, at=using.clock(), refusal=str(error))
        raise
    exam = {
        name: release.exam[name] for name in ("outcome", "production", "questions") if name in release.exam
    }
    record = record_of(release, files, exam)
    signature = using.signer.sign(record)
    return using.models.advance(
        release, ReleaseState.SIGNED, at=using.clock(), record=record, signature=signature
    )


def _moved(release: Release, using: Releasing, request_id: str) -> Release:
    using.registry.move_production(release.to_version)
    details: dict[str, Any] = {
        "from": release.from_version,
        "reason": release.reason,
        "forced": release.forced,
    }
    if release.forced:
        details["against"] = sentences(release.exam.get("reasons", ())) or ["It was not examined"]
    act = Act(
        release.released_by,
        f"model_{release.kind}",
        f"version:{release.to_version}",
        using.clock(),
        request_id,
        details,
    )
    moved = using.models.advance(release, ReleaseState.MOVED, at=using.clock(), act=act)
    standing = using.models.standing(using.model_name)
    if standing is not None and standing.to_version != release.to_version:
        using.registry.move_production(standing.to_version)  # we came late: another was released meanwhile
    return moved


def _heard(release: Release, using: Releasing) -> Release:
    """What the live services say of a release: all answer with it, or one cannot."""
    live: Sequence[Serving] = using.models.live_services(release, at=using.clock())
    refusing = [one for one in live if one.refused == release.to_version]
    if refusing:
        reason = refusing[0].reason
        act = Act(
            ITSELF.name,
            "release_refused",
            f"version:{release.to_version}",
            using.clock(),
            details={"why": reason, "by": refusing[0].service},
        )
        log.error("release_refused", version=release.to_version, reason=reason)
        return using.models.advance(release, ReleaseState.REFUSED, at=using.clock(), refusal=reason, act=act)
    if live and all(one.serving == release.to_version for one in live):
        log.info("release_served", version=release.to_version, services=len(live))
        return using.models.advance(release, ReleaseState.SERVED, at=using.clock())
    return release


def _go_back(refused: Release, using: Releasing) -> None:
    """Where the registry still names a version that was refused, it names the one that stands again."""
    standing, named = using.models.standing(using.model_name), using.registry.production()
    if standing is None or named is None or standing.to_version == refused.to_version:
        return
    if refused.to_version in (named.version, named.conflict_with):  # alias, or a stage that was left behind
        using.registry.move_production(standing.to_version)
        log.warning("production_went_back", refused=refused.to_version, version=standing.to_version)


def _last_served(using: Releasing) -> int:
    found = using.models.last_served(using.model_name, before=version_in_production(using))
    if found is None:
        raise InvalidRequest("No earlier version in Production is known: name the version to go back to.")
    return found.to_version
