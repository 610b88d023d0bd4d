"""The model on the shelf: swapped as one, never lost, never asked about in a request."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from tests.api.conftest import check_here
from tests.fakes import FakeRegistry
from tests.vision.bundles import BRIGHT, brightness_graph, jpeg_of, write_bundle
from tyreloop.domain.errors import NoProductionModel, RegistryUnavailable
from tyreloop.domain.models import Production, RegisteredVersion
from tyreloop.domain.photos import UploadedPhoto
from tyreloop.models.cache import ModelCache
from tyreloop.models.shelf import ModelShelf, ShelfClassifier, Watcher
from tyreloop.vision.bundle import load_bundle
from tyreloop.vision.pipeline import judge


class DeadRegistry(FakeRegistry):
    """A registry that cannot be reached."""

    def production(self) -> Production | None:
        raise RegistryUnavailable("The model registry does not answer now.")


class DeadStore(FakeRegistry):
    """A registry whose files cannot be fetched."""

    def download(self, version: int, folder: Path) -> None:
        (folder / "model.onnx").write_bytes(b"half a")
        raise RegistryUnavailable("The store does not answer now.")


class SlowStore(FakeRegistry):
    """A registry whose files take their time, and are counted."""

    def __init__(self) -> None:
        super().__init__()
        self.downloads, self.began, self.may_go_on = 0, Event(), Event()

    def download(self, version: int, folder: Path) -> None:
        self.downloads += 1
        self.began.set()
        self.may_go_on.wait(20)
        super().download(version, folder)


@pytest.fixture
def cache(tmp_path: Path) -> ModelCache:
    return ModelCache(tmp_path / "models")


def shelf_over(registry: FakeRegistry, cache: ModelCache) -> ModelShelf:
    return ModelShelf(lambda: registry, cache, check=check_here)


def promote(registry: FakeRegistry, bundle: Path) -> int:
    version = registry.register(bundle, description="", tags={})
    registry.move_production(version)
    return version


def test_before_the_first_model_there_is_none(registry: FakeRegistry, cache: ModelCache) -> None:
    shelf = shelf_over(registry, cache)

    shelf.look()

    with pytest.raises(NoProductionModel):
        shelf.current()


def test_the_next_start_begins_with_the_last_good_model_though_the_registry_is_dead(
    registry: FakeRegistry, cache: ModelCache, bundle: Path
) -> None:
    promote(registry, bundle)
    shelf_over(registry, cache).look()

    later = shelf_over(DeadRegistry(), cache)
    later.open_last_good()
    later.look()

    assert later.current().ref.version == 1
    assert later.status.registry_answers is False


def test_a_download_that_breaks_off_leaves_nothing_behind_and_is_tried_again(
    cache: ModelCache, bundle: Path, tmp_path: Path
) -> None:
    broken = DeadStore()
    promote(broken, bundle)
    shelf = shelf_over(broken, cache)

    shelf.look()

    assert shelf.status.refused == {}
    assert [folder.name for folder in (tmp_path / "models").iterdir()] == []


def test_a_version_of_a_registry_set_up_anew_is_another_model(
    registry: FakeRegistry, cache: ModelCache, bundle: Path, tmp_path: Path
) -> None:
    promote(registry, bundle)
    shelf = shelf_over(registry, cache)
    shelf.look()
    anew = FakeRegistry()
    promote(anew, write_bundle(tmp_path / "anew", brightness_graph(gain=3.0)))

    later = shelf_over(anew, cache)
    later.open_last_good()
    before = judge(jpeg_of(BRIGHT), later.current()).probabilities
    later.look()

    assert judge(jpeg_of(BRIGHT), later.current()).probabilities != before


def test_what_a_killed_process_left_behind_is_cleared_away(
    registry: FakeRegistry, cache: ModelCache, bundle: Path, tmp_path: Path
) -> None:
    (tmp_path / "models" / ".arriving-half" / "bundle").mkdir(parents=True)
    promote(registry, bundle)

    shelf_over(registry, cache).look()

    assert not (tmp_path / "models" / ".arriving-half").exists()


def test_replicas_that_share_a_disk_fetch_a_version_once_and_all_serve_it(
    cache: ModelCache, bundle: Path, tmp_path: Path
) -> None:
    """As at a first start: one tidied away what another was fetching, which then refused it for good."""
    registry = SlowStore()
    promote(registry, bundle)
    replicas = [shelf_over(registry, ModelCache(tmp_path / "models")) for _ in range(3)]
    with ThreadPoolExecutor(3) as threads:
        looks = [threads.submit(replica.look) for replica in replicas]
        assert registry.began.wait(20)
        registry.may_go_on.set()
        for look in looks:
            look.result(20)
    assert [replica.current().ref.version for replica in replicas] == [1, 1, 1]
    assert registry.downloads == 1


def test_a_rollback_needs_no_download(registry: FakeRegistry, cache: ModelCache, bundle: Path) -> None:
    shelf = shelf_over(registry, cache)
    for _ in range(2):
        promote(registry, bundle)
        shelf.look()
    registry.download = None  # type: ignore[method-assign,assignment]

    registry.move_production(1)
    shelf.look()

    assert shelf.current().ref.version == 1


def test_a_refused_version_is_not_tried_again_until_somebody_asks(
    registry: FakeRegistry, cache: ModelCache, bundle: Path, tmp_path: Path
) -> None:
    tried: list[int] = []

    def check(folder: Path, version: int) -> None:
        tried.append(version)
        load_bundle(folder, version)

    shelf = ModelShelf(lambda: registry, cache, check=check)
    promote(registry, bundle)
    shelf.look()
    promote(registry, write_bundle(tmp_path / "swapped", brightness_graph(gain=-6.0)))
    shelf.look()
    shelf.look()
    assert tried == [1, 2]
    assert shelf.current().ref.version == 1

    shelf.clear_refusals()
    shelf.look()
    assert tried == [1, 2, 2]


def test_a_request_keeps_the_model_it_began_with(
    registry: FakeRegistry, cache: ModelCache, bundle: Path, tmp_path: Path
) -> None:
    shelf = shelf_over(registry, cache)
    promote(registry, bundle)
    shelf.look()
    begun = ShelfClassifier(shelf)
    promote(registry, write_bundle(tmp_path / "next", brightness_graph(gain=3.0)))
    shelf.look()

    ref, verdict = begun.judge(UploadedPhoto(jpeg_of(BRIGHT)))

    assert (ref.version, shelf.current().ref.version) == (1, 2)
    assert verdict.probabilities == judge(jpeg_of(BRIGHT), load_bundle(bundle, 1)).probabilities


def test_versions_and_weights_agree_while_models_come_and_go(
    registry: FakeRegistry, cache: ModelCache, tmp_path: Path
) -> None:
    photo = jpeg_of(BRIGHT)
    expected = {}
    for gain in (3.0, 4.0, 5.0):
        folder = write_bundle(tmp_path / str(gain), brightness_graph(gain=gain))
        version = registry.register(folder, description="", tags={})
        expected[version] = judge(photo, load_bundle(folder, version)).probabilities
    registry.move_production(1)
    shelf = shelf_over(registry, cache)
    shelf.look()
    done = Event()

    def ask() -> set[int]:
        seen = set()
        while not done.is_set() or len(seen) < 2:
            ref, verdict = ShelfClassifier(shelf).judge(UploadedPhoto(photo))
            assert verdict.probabilities == expected[ref.version]
            seen.add(ref.version)
        return seen

    with ThreadPoolExecutor(4) as askers:
        asking = [askers.submit(ask) for _ in range(4)]
        for turn in range(30):
            registry.move_production(turn % 3 + 1)
            shelf.look()
        done.set()
        assert all(len(asked.result(timeout=30)) >= 2 for asked in asking)
    assert shelf.status.swaps == 31 - 1  # the first of the thirty was on the shelf already


def test_a_conflict_of_alias_and_stage_is_shown(
    registry: FakeRegistry, cache: ModelCache, bundle: Path
) -> None:
    class TwoMinds(FakeRegistry):
        def production(self) -> Production:
            return Production(1, conflict_with=3)

    torn = TwoMinds()
    promote(torn, bundle)
    shelf = shelf_over(torn, cache)
    shelf.look()

    assert shelf.status.conflict_with == 3


def test_a_version_that_the_registry_does_not_know_yet_is_looked_for_again(
    cache: ModelCache, bundle: Path
) -> None:
    class Slow(FakeRegistry):
        def versions(self) -> Sequence[RegisteredVersion]:
            known, self.versions = [], super().versions  # type: ignore[method-assign]
            return known

    registry = Slow()
    promote(registry, bundle)
    shelf = shelf_over(registry, cache)
    shelf.look()
    assert shelf.status.refused == {}

    shelf.look()
    assert shelf.current().ref.version == 1


def test_the_watcher_looks_at_once_and_whenever_it_is_asked(
    registry: FakeRegistry, cache: ModelCache, bundle: Path
) -> None:
    looked = Event()

    class Watched(ModelShelf):
        def look(self) -> None:
            super().look()
            looked.set()

    shelf = Watched(lambda: registry, cache, check=check_here)
    watcher = Watcher(shelf, every_seconds=3600)
    promote(registry, bundle)
    watcher.start()
    try:
        assert looked.wait(10)
        assert shelf.current().ref.version == 1
        looked.clear()
        promote(registry, bundle)
        watcher.look_now()
        assert looked.wait(10)
        assert shelf.current().ref.version == 2
    finally:
        watcher.stop()
