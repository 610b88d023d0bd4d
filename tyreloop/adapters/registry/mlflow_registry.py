"""The registry port, kept by a real MLflow server."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from mlflow import MlflowClient
from mlflow.artifacts import download_artifacts, list_artifacts
from mlflow.environment_variables import (
    MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR,
    MLFLOW_HTTP_REQUEST_MAX_RETRIES,
    MLFLOW_HTTP_REQUEST_TIMEOUT,
    MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT,
)
from mlflow.exceptions import MlflowException

from tyreloop.adapters.registry.production import read_production, write_production
from tyreloop.domain.errors import BundleRefused, ModelVersionNotFound, RegistryUnavailable
from tyreloop.domain.model import Production, RegisteredVersion

EXPERIMENT = "releases"
BUNDLE_PATH = "bundle"
MISSING = "RESOURCE_DOES_NOT_EXIST"
ALREADY_THERE = "RESOURCE_ALREADY_EXISTS"


class MlflowRegistry:
    """Versions of one registered model."""

    def __init__(
        self, tracking_uri: str, model_name: str, *, pinned: int | None = None, max_megabytes: int = 1024
    ) -> None:
        _keep_mlflow_short_and_quiet()
        self._client = MlflowClient(tracking_uri, tracking_uri)
        self._tracking_uri = tracking_uri
        self._name = model_name
        self._pinned = pinned
        self._max_bytes = max_megabytes * 1024 * 1024

    def production(self) -> Production | None:
        """The pinned version, else the one that the registry has in Production."""
        if self._pinned is not None:
            return Production(self._pinned)
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
            source = self._client.get_model_version_download_uri(self._name, str(version))
            self._refuse_too_large(source, version)
            with TemporaryDirectory(dir=folder.parent) as arrivals:
                arrived = download_artifacts(
                    artifact_uri=source, dst_path=arrivals, tracking_uri=self._tracking_uri
                )
                shutil.copytree(arrived, folder, dirs_exist_ok=True)

    def move_production(self, version: int) -> None:
        with _our_errors():
            write_production(self._client, self._name, version)

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
        experiment = self._client.get_experiment_by_name(EXPERIMENT)
        experiment_id = experiment.experiment_id if experiment else self._client.create_experiment(EXPERIMENT)
        run_id: str = self._client.create_run(experiment_id, run_name=description[:60] or None).info.run_id
        self._client.set_terminated(run_id)
        return run_id

    def _refuse_too_large(self, source: str, version: int) -> None:
        size = sum(_sizes(source, self._tracking_uri))
        if size > self._max_bytes:
            megabytes = self._max_bytes // 1024 // 1024
            raise BundleRefused(f"version {version} has {size:,} bytes; at most {megabytes} MB are taken")


def _keep_mlflow_short_and_quiet() -> None:
    # MLflow's own defaults wait for minutes when a port is closed, and print to stdout.
    MLFLOW_HTTP_REQUEST_MAX_RETRIES.set(1)
    MLFLOW_HTTP_REQUEST_TIMEOUT.set(5)
    MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR.set(False)
    MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT.set(True)
    logging.getLogger("mlflow").setLevel(logging.WARNING)


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
