"""The registry adapter against a real MLflow server."""

from __future__ import annotations

import warnings
from pathlib import Path
from uuid import uuid4

import pytest
from mlflow import MlflowClient

from tyreloop.domain.errors import BundleRefused, ModelVersionNotFound, RegistryUnavailable
from tyreloop.domain.models import Production
from tyreloop.models.registry import MlflowRegistry
from tyreloop.models.waiting import versions_without_bundle
from tyreloop.settings import Settings


@pytest.fixture
def name() -> str:
    return f"tyre-defect-{uuid4().hex[:8]}"


@pytest.fixture
def registry(mlflow_uri: str, name: str) -> MlflowRegistry:
    return MlflowRegistry(mlflow_uri, name)


@pytest.fixture
def client(mlflow_uri: str) -> MlflowClient:
    return MlflowClient(mlflow_uri, mlflow_uri)


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    folder = tmp_path / "bundle"
    (folder / "golden").mkdir(parents=True)
    (folder / "card.json").write_text("{}")
    (folder / "golden" / "good.jpg").write_bytes(b"photo")
    return folder


def register(registry: MlflowRegistry, bundle: Path) -> int:
    return registry.register(bundle, description="a trial", tags={"sha256.card.json": "abc"})


def move_stage(client: MlflowClient, name: str, version: int, stage: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        client.transition_model_version_stage(name, str(version), stage)


def stages(client: MlflowClient, name: str) -> dict[int, str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        return {
            int(found.version): found.current_stage
            for found in client.search_model_versions(f"name = '{name}'")
        }


def test_a_registry_without_the_model_has_nothing_in_production(registry: MlflowRegistry) -> None:
    assert registry.production() is None
    assert registry.versions() == []


def test_a_registered_folder_comes_back_as_it_was(
    registry: MlflowRegistry, bundle: Path, tmp_path: Path
) -> None:
    version = register(registry, bundle)
    registry.download(version, tmp_path / "arrived")
    files = {
        path.relative_to(tmp_path / "arrived").as_posix(): path.read_bytes()
        for path in (tmp_path / "arrived").rglob("*")
        if path.is_file()
    }
    assert files == {"card.json": b"{}", "golden/good.jpg": b"photo"}
    assert registry.versions()[0].tags["sha256.card.json"] == "abc"


def test_moving_production_moves_alias_and_stage_together(
    registry: MlflowRegistry, client: MlflowClient, name: str, bundle: Path
) -> None:
    first, second = register(registry, bundle), register(registry, bundle)
    registry.move_production(first)
    registry.move_production(second)
    assert registry.production() == Production(second)
    assert client.get_model_version_by_alias(name, "production").version == str(second)
    assert stages(client, name) == {first: "Archived", second: "Production"}


def test_a_rollback_leaves_one_version_in_production(
    registry: MlflowRegistry, client: MlflowClient, name: str, bundle: Path
) -> None:
    first, second = register(registry, bundle), register(registry, bundle)
    registry.move_production(second)
    registry.move_production(first)
    assert registry.production() == Production(first)
    assert stages(client, name) == {first: "Production", second: "Archived"}


def test_a_stage_that_a_script_moved_counts_where_there_is_no_alias(
    registry: MlflowRegistry, client: MlflowClient, name: str, bundle: Path
) -> None:
    version = register(registry, bundle)
    move_stage(client, name, version, "Production")
    assert registry.production() == Production(version)


def test_of_two_versions_in_the_stage_the_higher_counts(
    registry: MlflowRegistry, client: MlflowClient, name: str, bundle: Path
) -> None:
    first, second = register(registry, bundle), register(registry, bundle)
    move_stage(client, name, second, "Production")
    move_stage(client, name, first, "Production")
    assert registry.production() == Production(second)


def test_where_alias_and_stage_disagree_the_alias_wins_and_the_conflict_is_told(
    registry: MlflowRegistry, client: MlflowClient, name: str, bundle: Path
) -> None:
    first, second = register(registry, bundle), register(registry, bundle)
    registry.move_production(first)
    client.set_registered_model_alias(name, "production", str(second))
    assert registry.production() == Production(second, conflict_with=first)


def test_texts_lie_beside_the_run_that_made_a_version(
    registry: MlflowRegistry, client: MlflowClient, name: str, bundle: Path, tmp_path: Path
) -> None:
    version = register(registry, bundle)
    registry.write_down(version, {"exam/exam.json": "{}"})
    run_id = client.get_model_version(name, str(version)).run_id
    assert run_id is not None
    assert Path(client.download_artifacts(run_id, "exam/exam.json", str(tmp_path))).read_text() == "{}"


def test_a_version_that_is_not_there_is_named(registry: MlflowRegistry, bundle: Path, tmp_path: Path) -> None:
    register(registry, bundle)
    with pytest.raises(ModelVersionNotFound):
        registry.download(99, tmp_path / "arrived")
    with pytest.raises(ModelVersionNotFound):
        registry.move_production(99)


def test_a_version_larger_than_any_of_ours_is_not_downloaded(
    mlflow_uri: str, name: str, bundle: Path, tmp_path: Path
) -> None:
    (bundle / "model.onnx").write_bytes(bytes(1024 * 1024 + 1))
    registry = MlflowRegistry(mlflow_uri, name, max_megabytes=1)
    version = register(registry, bundle)
    with pytest.raises(BundleRefused, match="at most 1 MB"):
        registry.download(version, tmp_path / "arrived")
    assert not (tmp_path / "arrived").exists()


def test_a_registry_that_is_away_says_so_at_once(name: str) -> None:
    with pytest.raises(RegistryUnavailable, match="does not answer"):
        MlflowRegistry("http://127.0.0.1:9", name).production()


def test_a_bundle_that_is_added_is_what_a_version_is_from_then_on(
    registry: MlflowRegistry, bundle: Path, tmp_path: Path
) -> None:
    plain = tmp_path / "plain"
    plain.mkdir()
    (plain / "MLmodel").write_text("flavors: {}")
    version = registry.register(plain, description="", tags={})
    assert versions_without_bundle(settings_of(registry)) == [version]
    registry.add_bundle(version, bundle, tags={"sha256.card.json": "abc"})
    registry.download(version, tmp_path / "arrived")
    assert sorted(one.name for one in (tmp_path / "arrived").iterdir()) == ["card.json", "golden"]
    assert versions_without_bundle(settings_of(registry)) == []


@pytest.mark.parametrize("place", ["file:///etc", "/etc", "http://127.0.0.1:9/etc"])
def test_a_version_that_names_a_place_of_this_machine_is_not_read(
    registry: MlflowRegistry, bundle: Path, tmp_path: Path, place: str
) -> None:
    version = register(registry, bundle)
    registry.tag(version, {"bundle": place})
    with pytest.raises(BundleRefused, match="not the registry's"):
        registry.download(version, tmp_path / "arrived")


def settings_of(registry: MlflowRegistry) -> Settings:
    return Settings(mlflow_tracking_uri=registry._tracking_uri, model_name=registry._name)
