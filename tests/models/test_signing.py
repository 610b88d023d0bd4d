"""What nobody signed never answers, whatever the registry says."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from tests.models.conftest import SECRET, Road
from tests.vision.bundles import BRIGHT, brightness_graph, jpeg_of, write_bundle
from tyreloop.domain.errors import BundleRefused, NoProductionModel, NotConfigured, StoreUnavailable
from tyreloop.domain.models import Release
from tyreloop.models.cache import ModelCache
from tyreloop.models.release import settle
from tyreloop.models.shelf import ModelShelf, ServingReport, SignedReleases, Watcher
from tyreloop.models.signing import Signer, Verifier, signer_of, verifier_of
from tyreloop.settings import Settings
from tyreloop.vision.bundle import load_bundle
from tyreloop.vision.pipeline import judge

VERIFIER = Verifier(Signer(SECRET).verify_key)


class Opened(list[int]):
    """Which versions were opened by the check."""

    def __call__(self, folder: Path, version: int) -> None:
        self.append(version)
        load_bundle(folder, version)


def shelf_of(
    road: Road, opened: Opened | None = None, *, verifier: Verifier = VERIFIER, pinned: int | None = None
) -> ModelShelf:
    find = partial(road.models.signed_release, "tyre-defect")
    if pinned is not None:
        find = lambda _: road.models.signed_version("tyre-defect", pinned)  # type: ignore[assignment] # noqa: E731
    return ModelShelf(
        lambda: road.registry,
        ModelCache(road.folder / "models"),
        check=opened if opened is not None else Opened(),
        signed=SignedReleases(verifier, find),
        pinned=pinned,
    )


def serves(shelf: ModelShelf) -> int | None:
    try:
        return shelf.current().ref.version
    except NoProductionModel:
        return None


def test_a_signed_release_serves_and_says_what_was_signed(road: Road) -> None:
    version = road.register()
    release = road.promoted(version)
    shelf = shelf_of(road)
    shelf.look()
    assert (serves(shelf), shelf.status.unsigned) == (version, None)
    said = json.loads(release.record)
    assert (said["version"], said["by"], said["exam"]["outcome"]) == (version, "user:sue", "passed")
    assert set(said["files"]) == {"card.json", "model.onnx", *(f for f in said["files"] if "golden" in f)}


def test_an_unsigned_move_waits_and_is_said_and_what_was_signed_goes_on(road: Road) -> None:
    signed, unsigned = road.register(), road.register()
    road.promoted(signed)
    opened = Opened()
    shelf = shelf_of(road, opened)
    shelf.look()
    road.registry.move_production(unsigned)
    shelf.look()
    assert (serves(shelf), shelf.status.wanted, shelf.status.unsigned) == (signed, unsigned, unsigned)
    assert opened == [signed]
    road.promoted(unsigned)
    shelf.look()
    assert (serves(shelf), shelf.status.unsigned) == (unsigned, None)


def test_moving_back_by_hand_to_what_was_signed_once_waits_too(road: Road) -> None:
    first, second = road.register(), road.register()
    road.promoted(first)
    road.promoted(second)
    road.registry.move_production(first)
    shelf = shelf_of(road)
    shelf.look()
    assert (serves(shelf), shelf.status.unsigned) == (second, first)


def replaced(name: str, content: bytes) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_bytes(content) and None


def another_model(folder: Path) -> None:
    shutil.rmtree(folder)
    write_bundle(folder, brightness_graph(gain=-6.0))


def linked(folder: Path) -> None:
    (folder / "golden" / "more.jpg").symlink_to("/etc/hostname")


LIES: dict[str, Callable[[Path], None]] = {
    "another card": replaced("card.json", b"{}"),
    "a card with other limits": lambda folder: (
        (folder / "card.json").write_text(
            (folder / "card.json").read_text().replace('"temperature": 1.0', '"temperature": 9.0')
        )
        and None
    ),
    "another graph": replaced("model.onnx", b"\x08\x07"),
    "a whole other bundle": another_model,
    "one byte more": lambda folder: replaced("model.onnx", (folder / "model.onnx").read_bytes() + b"\0")(
        folder
    ),
    "no graph": lambda folder: (folder / "model.onnx").unlink(),
    "no card": lambda folder: (folder / "card.json").unlink(),
    "one file more": replaced("more.txt", b"more"),
    "a description of a plain model": replaced("MLmodel", b"flavors: {}"),
    "a pickle beside it": replaced("model.pth", b"\x80\x04."),
    "a golden photo less": lambda folder: next((folder / "golden").iterdir()).unlink(),
    "another golden photo": lambda folder: next((folder / "golden").iterdir()).write_bytes(b"x") and None,
    "a link": linked,
    "nothing": lambda folder: shutil.rmtree(folder) or folder.mkdir(),  # type: ignore[func-returns-value]
}


@pytest.mark.parametrize("lie", LIES)
def test_files_that_are_not_those_that_were_signed_are_never_opened(road: Road, lie: str) -> None:
    good, version = road.register(), road.register(gain=5.0)
    road.promoted(good)
    opened = Opened()
    shelf = shelf_of(road, opened)
    shelf.look()
    road.promoted(version)
    LIES[lie](road.registry._folders[version - 1])
    shelf.look()
    assert serves(shelf) == good
    assert version in shelf.status.refused
    assert opened == [good]


@pytest.mark.parametrize("lie", LIES)
def test_packages_put_into_production_past_us_never_answer(road: Road, lie: str) -> None:
    good, version = road.register(), road.register(gain=5.0)
    road.promoted(good)
    LIES[lie](road.registry._folders[version - 1])
    road.registry.move_production(version)
    opened = Opened()
    shelf = shelf_of(road, opened)
    shelf.look()
    assert (serves(shelf), shelf.status.unsigned, opened) == (good, version, [good])


def test_a_record_of_another_key_or_another_version_does_not_hold(road: Road) -> None:
    first, second = road.register(), road.register()
    release, other = road.promoted(first), road.promoted(second)
    assert VERIFIER.files_of(release)["card.json"]
    with pytest.raises(BundleRefused, match="signature does not hold"):
        Verifier(Signer("of somebody else" * 3).verify_key).files_of(release)
    with pytest.raises(BundleRefused, match="signature does not hold"):
        VERIFIER.files_of(replace(release, record=release.record.replace('"forced":false', '"forced":true')))
    with pytest.raises(BundleRefused, match="another version"):
        VERIFIER.files_of(replace(release, to_version=second))
    with pytest.raises(BundleRefused, match="signature does not hold"):
        VERIFIER.files_of(replace(other, signature=release.signature))
    with pytest.raises(BundleRefused, match="signature does not hold"):
        Verifier("").files_of(release)


def test_with_another_key_the_service_refuses_and_says_why(road: Road) -> None:
    version = road.register()
    road.promoted(version)
    shelf = shelf_of(road, verifier=Verifier(Signer("of somebody else" * 3).verify_key))
    shelf.look()
    assert serves(shelf) is None
    assert shelf.status.refused == {version: "the release's signature does not hold"}


def test_the_next_start_begins_with_what_was_signed_though_nobody_answers(road: Road) -> None:
    version = road.register()
    road.promoted(version)
    shelf_of(road).look()
    later = shelf_of(road)
    road.registry.production = None  # type: ignore[method-assign,assignment]
    later.open_last_good()
    assert serves(later) == version


@pytest.mark.parametrize("spoiled", ["card.json", "last_good"])
def test_the_next_start_does_not_begin_with_what_was_changed_on_the_disk(road: Road, spoiled: str) -> None:
    road.promoted(road.register())
    shelf_of(road).look()
    for file in (road.folder / "models").rglob(spoiled):
        file.write_text(file.read_text().split("\n")[0] if spoiled == "last_good" else "{}")
    later = shelf_of(road)
    later.open_last_good()
    assert serves(later) is None
    later.look()
    assert serves(later) == 1  # fetched anew, and held against what was signed


def test_a_pinned_service_serves_that_version_if_it_was_ever_signed_and_production_is_another(
    road: Road,
) -> None:
    first, second, never = road.register(), road.register(), road.register()
    road.promoted(first)
    road.promoted(second)
    shelf = shelf_of(road, pinned=first)
    shelf.look()
    assert (serves(shelf), shelf.status.wanted) == (first, first)
    assert road.using.registry.production().version == second  # type: ignore[union-attr]
    road.served(second)
    assert road.models.last_served("tyre-defect", before=second) is None  # what is pinned is no way back
    unsigned = shelf_of(road, pinned=never)
    unsigned.look()
    assert (serves(unsigned), unsigned.status.unsigned) == (None, never)


def test_while_the_database_is_away_the_model_stays(road: Road) -> None:
    version = road.register()
    road.promoted(version)
    shelf = shelf_of(road)
    shelf.look()

    def away(_: int | None) -> Release | None:
        raise StoreUnavailable("The database does not answer now.")

    shelf._signed = SignedReleases(VERIFIER, away)
    shelf.look()
    assert serves(shelf) == version


class FullDisk(ModelCache):
    """Nothing can be written any more."""

    def remember(self, *_: object) -> None:
        raise OSError(28, "No space left on device")

    def prune(self, **_: object) -> None:
        raise OSError(28, "No space left on device")


@pytest.mark.parametrize("restarts", [True, False])
def test_on_a_full_disk_the_model_serves_though_it_is_not_remembered(road: Road, restarts: bool) -> None:
    version = road.register()
    road.promoted(version)
    if restarts:
        shelf_of(road).look()
    shelf = shelf_of(road)
    shelf._cache = FullDisk(road.folder / "models")
    shelf.open_last_good() if restarts else shelf.look()
    assert serves(shelf) == version
    assert judge(jpeg_of(BRIGHT), shelf.current()).probabilities["good"] > 0.5


def test_the_key_comes_from_the_settings_or_the_stacks_secrets(tmp_path: Path) -> None:
    assert signer_of(Settings(data_dir=tmp_path)) is None
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "release_key").write_text(SECRET)
    kept, given = signer_of(Settings(data_dir=tmp_path)), signer_of(Settings(release_signing_key=SECRET))
    assert kept is not None
    assert given is not None
    assert kept.verify_key == given.verify_key == verifier_of(Settings(data_dir=tmp_path)).verify_key  # type: ignore[union-attr]
    assert verifier_of(Settings(serve_unsigned_models=True)) is None
    with pytest.raises(NotConfigured, match="at least 32"):
        signer_of(Settings(release_signing_key="short"))


def test_a_watching_service_brings_a_release_to_served_and_tries_one_released_anew(road: Road) -> None:
    version = road.register()
    road.promoted(version)
    shelf = shelf_of(road)
    service = replace(road.using, signer=None)
    report = ServingReport(
        newest=partial(road.models.newest, "tyre-defect"),
        tell=partial(road.models.tell_serving, "tyre-defect", every_seconds=1000),
        settle=lambda: settle(service),
        end=road.models.stop_serving,
        service="api-7",
    )
    report.before(shelf)
    shelf.look()
    report.after(shelf.status)
    assert road.models.newest("tyre-defect").state == "served"  # type: ignore[union-attr]
    bad = road.register(gain=-6.0)  # its golden photos are answered wrong
    road.promoted(bad)
    report.before(shelf)
    shelf.look()
    report.after(shelf.status)
    newest = road.models.newest("tyre-defect")
    assert newest is not None
    assert newest.state == "refused"
    assert "golden" in newest.refusal
    assert (road.registry.alias, serves(shelf)) == (version, version)
    watcher = Watcher(shelf, every_seconds=3600, report=report)
    watcher.start()
    watcher.stop()
    assert road.models.live_services(newest, at=road.time()) == []
