"""A release is a state that is reached: asked, examined, signed, moved, served; or refused, and back."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from tests.fakes import FakeRegistry
from tests.models.conftest import KIM, SUE, Road
from tyreloop.domain.errors import (
    BundleAwaited,
    Conflict,
    InvalidRequest,
    ModelVersionNotFound,
    NotAllowed,
    NotConfigured,
    StoreUnavailable,
)
from tyreloop.domain.models import Release, ReleaseKind, ReleaseState, Serving
from tyreloop.models.gate import Outcome, sentences
from tyreloop.models.register import register_bundle
from tyreloop.models.release import (
    PromotionRefused,
    Releasing,
    ensure_first_model,
    list_candidates,
    promote_version,
    roll_back_version,
    settle,
    unsigned_move,
)
from tyreloop.store.models import PostgresModels


def test_a_release_says_who_moved_production_from_what_to_what(road: Road) -> None:
    first, second = road.register(), road.register()
    road.promoted(first)
    release = road.promoted(second)
    assert (release.from_version, release.to_version) == (first, second)
    assert (release.released_by, release.reason, release.state) == ("user:sue", "better", ReleaseState.MOVED)
    assert road.models.latest(limit=1) == [release]
    road.agrees()


def test_a_release_is_served_when_every_live_service_answers_with_it(road: Road) -> None:
    version = road.register()
    road.promoted(version)
    road.services_say(None)
    assert settle(road.using).state is ReleaseState.MOVED  # type: ignore[union-attr]
    road.services_say(version)
    newest = settle(road.using)
    assert newest is not None
    assert newest.state is ReleaseState.SERVED
    assert newest.served_at is not None


def test_a_service_that_ended_long_ago_is_not_waited_for(road: Road) -> None:
    version = road.register()
    road.promoted(version)
    road.services_say(None, every=10)
    road.models.tell_serving("tyre-defect", Serving("api-3", version), None, every_seconds=1000)
    assert settle(road.using).state is ReleaseState.MOVED  # type: ignore[union-attr]
    road.time.passes(600)
    assert settle(road.using).state is ReleaseState.SERVED  # type: ignore[union-attr]


def test_where_no_service_lives_nothing_is_served(road: Road) -> None:
    road.promoted(road.register())
    assert settle(road.using).state is ReleaseState.MOVED  # type: ignore[union-attr]
    road.services_say(1)
    for name in ("api-1", "api-2"):
        road.models.stop_serving(name)
    assert settle(road.using).state is ReleaseState.MOVED  # type: ignore[union-attr]


def test_a_version_that_a_service_refuses_goes_back_by_itself(road: Road) -> None:
    good, bad = road.register(), road.register()
    road.served(good)
    road.promoted(bad)
    road.services_say(good, refused=bad, reason="torch is not installed here")
    newest = settle(road.using)
    assert newest is not None
    assert (newest.state, newest.refusal) == (ReleaseState.REFUSED, "torch is not installed here")
    assert road.registry.alias == road.registry.stage == good
    assert road.actions("release_refused") == [f"release_refused version:{bad}"]
    road.agrees()


def test_what_a_service_refused_before_is_no_word_on_the_same_version_released_anew(road: Road) -> None:
    good, bad = road.register(), road.register()
    road.served(good)
    road.promoted(bad)
    road.services_say(good, refused=bad, reason="too large")
    settle(road.using)
    road.promoted(bad)
    assert settle(road.using).state is ReleaseState.MOVED  # type: ignore[union-attr] - the word is old
    road.services_say(bad)
    assert settle(road.using).state is ReleaseState.SERVED  # type: ignore[union-attr]
    road.agrees()


def test_a_rollback_goes_to_the_last_version_that_served(road: Road) -> None:
    served, never, now = road.register(), road.register(), road.register()
    road.served(served)
    road.promoted(never)
    road.services_say(served, refused=never, reason="it is broken")
    settle(road.using)
    road.served(now)
    release = roll_back_version(by=SUE, using=road.using, reason="worse at night")
    assert (release.from_version, release.to_version, release.kind) == (now, served, ReleaseKind.ROLLBACK)
    road.agrees()


def test_without_a_history_a_rollback_asks_for_a_version(road: Road) -> None:
    road.promoted(road.register())
    with pytest.raises(InvalidRequest, match="name the version"):
        roll_back_version(by=SUE, using=road.using)


def test_a_version_that_does_not_exist_moves_nothing(road: Road) -> None:
    road.promoted(road.register())
    with pytest.raises(ModelVersionNotFound, match="no version 9"):
        roll_back_version(version=9, by=SUE, using=road.using)
    assert len(road.models.latest(limit=10)) == 1


def test_what_was_not_examined_is_not_promoted_and_the_reason_is_in_the_audit_log(road: Road) -> None:
    version = road.register()
    with pytest.raises(PromotionRefused, match="It was not examined"):
        promote_version(version, by=SUE, using=road.using)
    assert road.registry.alias is None
    assert "It was not examined" in road.audit.latest(limit=1)[0].details["why"]


def test_a_refused_promotion_moves_nothing_and_says_the_same_sentence_everywhere(road: Road) -> None:
    first, second = road.register(), road.register()
    road.promoted(first)
    road.examined(second, Outcome.REFUSED)
    with pytest.raises(PromotionRefused, match="misses 9 defective") as refused:
        promote_version(second, by=SUE, using=road.using)
    assert road.registry.alias == first
    assert len(road.models.latest(limit=9)) == 1
    [said] = sentences(refused.value.reasons)
    assert said in str(refused.value)
    assert said in road.audit.latest(limit=1)[0].details["why"]
    assert road.models.exams("tyre-defect")[second].summary["objections"] == [said]


def test_an_exam_against_a_version_that_is_not_in_production_any_more_is_stale(road: Road) -> None:
    first, second, third = (road.register() for _ in range(3))
    road.promoted(first)
    road.examined(second)
    road.promoted(third)
    with pytest.raises(
        PromotionRefused, match="examined against version 1, and version 3 is in Production now"
    ):
        promote_version(second, by=SUE, using=road.using)
    road.examined(second)
    promote_version(second, by=SUE, using=road.using)
    road.agrees()


def test_an_exam_of_a_time_without_production_is_stale_too(road: Road) -> None:
    first, second = road.register(), road.register()
    road.examined(second)
    road.promoted(first)
    with pytest.raises(PromotionRefused, match="nothing was in Production"):
        promote_version(second, by=SUE, using=road.using)


def test_a_plain_model_is_not_promoted_before_it_is_a_bundle_and_a_sentence_says_so(
    road: Road, tmp_path: Path
) -> None:
    good = road.register()
    road.served(good)
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / "MLmodel").write_text("flavors: {onnx: {}}")
    plain = road.registry.register(tmp_path / "plain", description="by MLflow's own client", tags={})
    with pytest.raises(BundleAwaited, match=f"version {plain} is not a bundle yet"):
        promote_version(plain, by=SUE, using=road.using, force=True, reason="it must be now")
    road.time.passes(120)
    settle(road.using)
    assert road.registry.alias == good
    road.agrees()


def test_force_needs_a_reason_and_is_written_down_with_what_it_overruled(road: Road) -> None:
    version = road.register()
    road.examined(version, Outcome.REFUSED)
    with pytest.raises(InvalidRequest, match="reason"):
        promote_version(version, by=SUE, using=road.using, force=True)
    release = promote_version(version, by=SUE, using=road.using, force=True, reason="lens was dirty")
    assert (release.forced, release.reason) == (True, "lens was dirty")
    assert release.exam["objections"]
    assert "misses 9" in road.audit.latest(limit=1)[0].details["against"][0]


def test_whoever_may_not_release_moves_nothing(road: Road) -> None:
    version = road.register()
    for verb in (promote_version, lambda version, **rest: roll_back_version(version=version, **rest)):
        with pytest.raises(NotAllowed):
            verb(version, by=KIM, using=road.using)
    assert road.models.latest(limit=9) == []


def test_without_a_key_nothing_is_released(without_key: Road) -> None:
    version = without_key.register()
    without_key.examined(version)
    with pytest.raises(NotConfigured, match="RELEASE_SIGNING_KEY"):
        promote_version(version, by=SUE, using=without_key.using)
    assert without_key.registry.alias is None


def test_where_unsigned_models_serve_nobody_needs_a_key(without_key: Road) -> None:
    using = replace(without_key.using, serve_unsigned=True)
    version = without_key.register()
    without_key.examined(version)
    assert promote_version(version, by=SUE, using=using).state is ReleaseState.MOVED
    assert without_key.registry.alias == without_key.registry.stage == version


def test_the_exam_that_counts_is_the_latest_wherever_it_was_held(road: Road) -> None:
    version = road.register()
    road.examined(version, Outcome.REFUSED)
    road.examined(version, Outcome.PASSED)
    [candidate] = list_candidates(by=SUE, using=road.using)
    assert (candidate.version, candidate.passed, candidate.is_in_production) == (version, True, False)


def test_a_candidate_carries_what_would_be_said_of_it_and_its_figures(road: Road) -> None:
    first, second = road.register(), road.register()
    road.served(first)
    road.examined(second, against=None, candidate_figures={"photos": 9})
    road.examined(second, production_figures={"photos": 8}, candidate_figures={"photos": 8})
    new, old = list_candidates(by=SUE, using=road.using)
    assert (new.objections, new.answered["figures"], new.answered["exam_of"]) == ([], {"photos": 8}, second)
    assert (old.objections, old.answered["figures"], old.answered["exam_of"]) == ([], {"photos": 8}, second)
    road.examined(second, against=None)
    assert list_candidates(by=SUE, using=road.using)[0].objections[0]["say"] == "stale_first"


def test_a_registered_bundle_carries_the_hash_of_each_file(road: Road, tmp_path: Path) -> None:
    bundle = tmp_path / "small"
    (bundle / "golden").mkdir(parents=True)
    (bundle / "card.json").write_text("{}")
    (bundle / "golden" / "good.jpg").write_bytes(b"photo")
    register_bundle(bundle, description="a trial", registry=road.registry)
    tags = road.registry.versions()[0].tags
    assert tags["sha256.golden/good.jpg"] == sha256(b"photo").hexdigest()
    assert set(tags) == {"sha256.card.json", "sha256.golden/good.jpg"}


def test_a_fresh_installation_gets_the_demo_model_once_and_signed(road: Road, tiny: Path) -> None:
    first = ensure_first_model(tiny, using=road.using)
    again = ensure_first_model(tiny, using=road.using)
    assert first is not None
    assert first.from_version is None
    assert json.loads(first.record)["version"] == first.to_version
    assert again is None
    assert len(road.registry.versions()) == 1


def test_what_was_released_before_releases_were_signed_is_signed_once(road: Road, tiny: Path) -> None:
    version = road.register()
    signer, road.using = road.using.signer, replace(road.using, signer=None, serve_unsigned=True)
    road.promoted(version)
    road.using = replace(road.using, signer=signer, serve_unsigned=False)
    signed = ensure_first_model(tiny, using=road.using)
    assert signed is not None
    assert (signed.to_version, bool(signed.signature)) == (version, True)
    assert ensure_first_model(tiny, using=road.using) is None


def test_a_move_past_us_is_seen_and_one_press_examines_and_signs_it(road: Road) -> None:
    first, second = road.register(), road.register()
    road.served(first)
    road.registry.move_production(second)
    assert unsigned_move(by=SUE, using=road.using) == second
    assert settle(road.using).to_version == first  # type: ignore[union-attr] - and nothing moves it back
    assert road.registry.alias == second
    with pytest.raises(PromotionRefused, match="not examined"):
        promote_version(second, by=SUE, using=road.using)
    road.examined(second)
    assert promote_version(second, by=SUE, using=road.using).from_version == first
    assert unsigned_move(by=SUE, using=road.using) is None
    road.agrees()


def test_what_the_registry_holds_is_signed_only_as_it_was_registered(road: Road) -> None:
    version = road.register()
    road.examined(version)
    (road.registry._folders[0] / "card.json").write_text("{}")
    with pytest.raises(Exception, match=r"card\.json is not the file that was registered"):
        promote_version(version, by=SUE, using=road.using)
    assert road.registry.alias is None
    road.agrees()


class Stopped(BaseException):
    """The process is gone."""


class Stops:
    """Ends the process at the n-th point."""

    def __init__(self, at: int) -> None:
        self.left = at

    def __call__(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise Stopped


class StoppingRegistry(FakeRegistry):
    """The same versions; each effect has a point before and one after it."""

    def __init__(self, of: FakeRegistry, point: Stops) -> None:
        self.__dict__.update(of.__dict__)
        self._of, self._point = of, point

    def download(self, version: int, folder: Path) -> None:
        self._point()
        super().download(version, folder)
        self._point()

    def move_alias(self, version: int) -> None:
        self._point()
        self.alias = self._of.alias = version
        self._point()

    def move_stage(self, version: int) -> None:
        self.stage = self._of.stage = version
        self._point()


class StoppingModels(PostgresModels):
    """The same rows; each step has a point before and one after it."""

    def __init__(self, of: PostgresModels, point: Stops) -> None:
        super().__init__(of._database)
        self._point = point

    def ask(self, release: Release, **rest: Any) -> Release:
        self._point()
        asked = super().ask(release, **rest)
        self._point()
        return asked

    def advance(self, *given: Any, **rest: Any) -> Release:
        self._point()
        taken = super().advance(*given, **rest)
        self._point()
        return taken


def stopping(road: Road, at: int) -> Releasing:
    point = Stops(at)
    models, registry = StoppingModels(road.models, point), StoppingRegistry(road.registry, point)
    return replace(road.using, registry=registry, models=models)


def walk(using: Releasing, road: Road, kind: str, old: int, new: int) -> None:
    """A release from its wish to its end: served, or refused and back."""
    if kind == "rollback":
        roll_back_version(version=new, by=SUE, using=using)
    else:
        promote_version(new, by=SUE, using=using)
    finish(using, road, kind, old, new)


def finish(using: Releasing, road: Road, kind: str, old: int, new: int) -> None:
    refused = {"refused": new, "reason": "too large"} if kind == "refusal" else {}
    newest = road.models.newest("tyre-defect")
    is_new = newest is not None and newest.to_version == new and newest.state is ReleaseState.MOVED
    road.services_say(old if refused or not is_new else new, **(refused if is_new else {}))  # type: ignore[arg-type]
    settle(using)


@pytest.mark.parametrize("kind", ["promotion", "rollback", "refusal"])
def test_stopped_at_any_point_a_release_is_carried_on_and_everything_agrees(road: Road, kind: str) -> None:
    old, new = road.register(), road.register()
    road.served(old)
    points, reached = 0, set()
    for at in range(1, 40):
        road.examined(new)
        try:
            walk(stopping(road, at), road, kind, old, new)
        except Stopped:
            points += 1
            left = road.models.newest("tyre-defect")
            assert left is not None
            reached.add(left.state)
        else:
            break
        for _ in range(3):  # whoever comes by later: a service, a page, a command
            road.time.passes(120)
            settle(road.using)
            finish(road.using, road, kind, old, new)
        road.agrees()
        expected = {old} if kind == "refusal" else {old, new}
        assert road.registry.alias in expected
        roll_back_version(version=old, by=SUE, using=road.using)
        road.services_say(old)
        settle(road.using)
    assert points >= 12
    assert reached >= {ReleaseState.ASKED, ReleaseState.EXAMINED, ReleaseState.SIGNED, ReleaseState.MOVED}


def test_the_database_goes_away_after_the_alias_moved_and_the_release_is_written_down_later(
    road: Road,
) -> None:
    first, second = road.register(), road.register()
    road.served(first)
    road.examined(second)

    class Away(PostgresModels):
        def advance(self, release: Release, to: ReleaseState, **rest: Any) -> Release:
            if to is ReleaseState.MOVED:
                raise StoreUnavailable("The database does not answer now.")
            return super().advance(release, to, **rest)

    with pytest.raises(StoreUnavailable):
        promote_version(second, by=SUE, using=replace(road.using, models=Away(road.models._database)))
    assert road.registry.alias == second
    road.time.passes(120)
    settle(road.using)
    road.agrees()
    assert road.actions("model_promotion")[-1] == f"model_promotion version:{second}"


def test_while_one_release_is_on_its_way_another_waits(road: Road) -> None:
    first, second = road.register(), road.register()
    road.examined(first)
    with pytest.raises(Stopped):
        promote_version(first, by=SUE, using=stopping(road, 2))
    road.examined(second)
    with pytest.raises(Conflict, match="just now"):
        promote_version(second, by=SUE, using=road.using)


@pytest.mark.parametrize("round_", range(4))
def test_of_two_promotions_at_once_all_records_agree(road: Road, round_: int) -> None:
    first, *both = (road.register() for _ in range(3))
    road.served(first)
    for version in both:
        road.examined(version)
    together = Barrier(2)

    def promote(version: int) -> str:
        together.wait()
        try:
            promote_version(version, by=SUE, using=road.using, reason=f"round {round_}")
        except Conflict as error:
            return error.code
        return "moved"

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(promote, both))
    assert sorted(outcomes) in (["conflict", "moved"], ["moved", "promotion_refused"])
    road.agrees()


def test_a_process_that_wakes_late_does_not_undo_what_was_released_meanwhile(road: Road) -> None:
    first, late, now = road.register(), road.register(), road.register()
    road.served(first)
    road.examined(late)
    road.examined(now)
    sleeper = road.registry.move_alias

    def wake_late(version: int) -> None:
        road.registry.move_alias = sleeper  # type: ignore[method-assign]
        road.time.passes(120)
        settle(road.using)
        road.examined(now)
        promote_version(now, by=SUE, using=road.using)
        sleeper(version)

    road.registry.move_alias = wake_late  # type: ignore[method-assign]
    promote_version(late, by=SUE, using=road.using)
    road.agrees()
    assert road.registry.alias == now


def test_a_release_that_nobody_can_sign_waits_for_somebody_who_can(road: Road) -> None:
    version = road.register()
    road.examined(version)
    with pytest.raises(Stopped):
        promote_version(version, by=SUE, using=stopping(road, 2))
    road.time.passes(120)
    service = replace(road.using, signer=None)
    assert settle(service).state is ReleaseState.ASKED  # type: ignore[union-attr]
    assert settle(road.using).state is ReleaseState.MOVED  # type: ignore[union-attr]
    road.agrees()


def test_insights_marks_what_stands_and_nothing_that_was_refused(road: Road) -> None:
    good, bad = road.register(), road.register()
    road.served(good)
    road.promoted(bad)
    road.services_say(good, refused=bad, reason="it is broken")
    settle(road.using)

    def marks(connection: Any) -> list[str]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT to_version FROM monitoring.releases")
            return [dict(row)["to_version"] if not isinstance(row, tuple) else row[0] for row in cursor]

    assert road.models._database.run(marks) == [str(good)]
    assert road.time.now > road.models.latest(limit=1)[0].released_at - timedelta(days=1)
