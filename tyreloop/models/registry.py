"""The registry, kept by a real MLflow server; nothing else in the product imports mlflow.

Which version is in Production is known here alone. MLflow's stages are deprecated but still what scripts
use; people who promote in its pages use aliases. So both are written, and the alias is read first, the stage
second. Where they disagree the alias wins and we say so.
"""

from __future__ import annotations

import logging
import shutil
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

from mlflow import MlflowClient
from mlflow.artifacts import download_artifacts, list_artifacts
from mlflow.entities import Metric, Param, RunTag
from mlflow.environment_variables import (
    MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR,
    MLFLOW_HTTP_REQUEST_MAX_RETRIES,
    MLFLOW_HTTP_REQUEST_TIMEOUT,
    MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT,
)
from mlflow.exceptions import MlflowException

from tyreloop.domain.errors import BundleRefused, ModelVersionNotFound, RegistryUnavailable
from tyreloop.domain.models import Production, RegisteredVersion
from tyreloop.models.bundles import BUNDLE_TAG
from tyreloop.settings import Settings

ALIAS, STAGE = "production", "Production"

EXPERIMENT = "releases"
BUNDLE_PATH = "bundle"
PLACES = ("runs", "models", "mlflow-artifacts", "s3")
MISSING = "RESOURCE_DOES_NOT_EXIST"
ALREADY_THERE = "RESOURCE_ALREADY_EXISTS"


class MlflowRegistry:
    """Versions of one registered model."""

    def __init__(self, tracking_uri: str, model_name: str, *, max_megabytes: int = 1024) -> None:
        self._client = _client(tracking_uri)
        self._tracking_uri = tracking_uri
        self._name = model_name
        self._max_bytes = max_megabytes * 1024 * 1024

    def production(self) -> Production | None:
        model = self._registered_model()
        return read_production(model) if model else None

    def versions(self) -> Sequence[RegisteredVersion]:
        with _our_errors():
            found = self._client.search_model_versions(f"name = '{self._name}'")
        return sorted((_version_of(v) for v in found), key=lambda v: v.version, reverse=True)

    def register(
        self, folder: Path, *, description: str, tags: Mapping[str, str], run_id: str | None = None
    ) -> int:
        """Add a folder as a new version, from the run that made it or from a run of its own."""
        with _our_errors():
            self._ensure_model()
            run_id = run_id or self._new_run(description)
            self._client.log_artifacts(run_id, str(folder), BUNDLE_PATH)
            made = self._client.create_model_version(
                self._name,
                source=f"runs:/{run_id}/{BUNDLE_PATH}",
                run_id=run_id,
                description=description,
                tags=dict(tags),
            )
        return int(made.version)

    def download(self, version: int, folder: Path) -> None:
        """Put a version's files into a folder, unless they are larger than any model of ours."""
        with _our_errors():
            source = self._source(version)
            self._refuse_too_large(source, version)
            with TemporaryDirectory(dir=folder.parent) as arrivals:
                arrived = download_artifacts(
                    artifact_uri=source, dst_path=arrivals, tracking_uri=self._tracking_uri
                )
                shutil.copytree(arrived, folder, dirs_exist_ok=True)

    def add_bundle(self, version: int, folder: Path, *, tags: Mapping[str, str]) -> None:
        """Keep a plain model's bundle beside it; from then on it is what the version's files are."""
        with _our_errors():
            known = self._client.get_model_version(self._name, str(version))
            run_id = known.run_id or self._new_run(f"bundle of version {version}")
            path = f"{BUNDLE_PATH}-of-{version}"
            self._client.log_artifacts(run_id, str(folder), path)
            self.tag(version, {**tags, BUNDLE_TAG: f"runs:/{run_id}/{path}"})

    def tag(self, version: int, tags: Mapping[str, str]) -> None:
        """Note something about a version, in this order."""
        with _our_errors():
            for name, value in tags.items():
                self._client.set_model_version_tag(self._name, str(version), name, value)

    def move_production(self, version: int) -> None:
        """Alias and stage name this version, and no other: the alias first, for it decides."""
        with _our_errors(), warnings.catch_warnings():
            self._client.set_registered_model_alias(self._name, ALIAS, str(version))
            # Stages are deprecated; we keep writing them for those who read nothing else. Without archiving,
            # an older version left in the stage would come back at the next rollback.
            warnings.simplefilter("ignore", FutureWarning)
            self._client.transition_model_version_stage(
                self._name, str(version), STAGE, archive_existing_versions=True
            )

    def write_down(self, version: int, texts: Mapping[str, str]) -> None:
        """Keep texts, by their paths, beside the run that made a version."""
        with _our_errors():
            run_id = str(self._client.get_model_version(self._name, str(version)).run_id)
            for path, text in texts.items():
                self._client.log_text(run_id, text, path)

    def _source(self, version: int) -> str:
        """Where a version's files are: at the registry, never on this machine, whatever a version says."""
        known = self._client.get_model_version(self._name, str(version))
        source = known.tags.get(BUNDLE_TAG) or self._client.get_model_version_download_uri(
            self._name, str(version)
        )
        if urlsplit(source).scheme not in PLACES:
            raise BundleRefused(f"version {version} names a place that is not the registry's")
        return source

    def _registered_model(self) -> Any | None:
        try:
            with _our_errors():
                return self._client.get_registered_model(self._name)
        except ModelVersionNotFound:
            return None

    def _ensure_model(self) -> None:
        try:
            self._client.create_registered_model(self._name)
        except MlflowException as error:
            if error.error_code != ALREADY_THERE:
                raise

    def _new_run(self, description: str) -> str:
        experiment = _experiment(self._client, EXPERIMENT)
        run_id: str = self._client.create_run(experiment, run_name=description[:60] or None).info.run_id
        self._client.set_terminated(run_id)
        return run_id

    def _refuse_too_large(self, source: str, version: int) -> None:
        size = sum(_sizes(source, self._tracking_uri))
        if size > self._max_bytes:
            megabytes = self._max_bytes // 1024 // 1024
            raise BundleRefused(f"version {version} has {size:,} bytes; at most {megabytes} MB are taken")


def build_registry(settings: Settings) -> MlflowRegistry:
    """The registry that the settings name."""
    return MlflowRegistry(settings.mlflow_tracking_uri, settings.model_name)


class TrainingRun:
    """One run of an experiment, written as a training goes along."""

    def __init__(self, tracking_uri: str, experiment: str, name: str) -> None:
        self._client = _client(tracking_uri)
        with _our_errors():
            made = self._client.create_run(_experiment(self._client, experiment), run_name=name)
        self.id: str = made.info.run_id

    def describe(
        self, params: Mapping[str, object], tags: Mapping[str, str], texts: Mapping[str, str]
    ) -> None:
        """What it was told to do, on what, and where."""
        with _our_errors():
            self._client.log_batch(
                self.id,
                params=[Param(name, str(value)[:500]) for name, value in params.items()],
                tags=[RunTag(name, value) for name, value in tags.items()],
            )
            for path, text in texts.items():
                self._client.log_text(self.id, text, path)

    def measure(self, step: int, figures: Mapping[str, float]) -> None:
        """Figures of one step."""
        with _our_errors():
            metrics = [Metric(name, value, 0, step) for name, value in figures.items()]
            self._client.log_batch(self.id, metrics=metrics)

    def finish(self, pictures: Mapping[str, Any], documents: Mapping[str, Any]) -> None:
        """What it leaves behind."""
        with _our_errors():
            for path, picture in pictures.items():
                self._client.log_image(self.id, picture, path)
            for path, document in documents.items():
                self._client.log_dict(self.id, document, path)
            self._client.set_terminated(self.id)


def _client(tracking_uri: str) -> MlflowClient:
    """MLflow's own defaults wait for minutes when a port is closed, and print to stdout."""
    MLFLOW_HTTP_REQUEST_MAX_RETRIES.set(1)
    MLFLOW_HTTP_REQUEST_TIMEOUT.set(10)
    MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR.set(False)
    MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT.set(True)
    logging.getLogger("mlflow").setLevel(logging.WARNING)
    return MlflowClient(tracking_uri, tracking_uri)


def _experiment(client: MlflowClient, name: str) -> str:
    known = client.get_experiment_by_name(name)
    return str(known.experiment_id if known else client.create_experiment(name))


def read_production(registered_model: Any) -> Production | None:
    """The version in Production, from what one look at the registered model answered."""
    by_alias = registered_model.aliases.get(ALIAS)
    by_stage = max(
        (int(v.version) for v in registered_model.latest_versions if v.current_stage == STAGE), default=None
    )
    if by_alias is None:
        return Production(by_stage) if by_stage is not None else None
    conflict = by_stage if by_stage not in (None, int(by_alias)) else None
    return Production(int(by_alias), conflict_with=conflict)


def _sizes(source: str, tracking_uri: str, depth: int = 3) -> Iterator[int]:
    for item in list_artifacts(artifact_uri=source, tracking_uri=tracking_uri):
        if not item.is_dir:
            yield item.file_size or 0
        elif depth:
            yield from _sizes(f"{source.rstrip('/')}/{Path(item.path).name}", tracking_uri, depth - 1)


def _version_of(found: Any) -> RegisteredVersion:
    return RegisteredVersion(
        version=int(found.version),
        created_at=datetime.fromtimestamp(found.creation_timestamp / 1000, UTC),
        run_id=found.run_id or "",
        description=found.description or "",
        tags=dict(found.tags),
    )


@contextmanager
def _our_errors() -> Iterator[None]:
    try:
        yield
    except MlflowException as error:
        if error.error_code == MISSING:
            raise ModelVersionNotFound("The registry has no such model or version.") from error
        raise RegistryUnavailable("The model registry does not answer now.") from error
    except OSError as error:
        raise RegistryUnavailable("The model registry does not answer now.") from error
