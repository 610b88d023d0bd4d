"""Small stand-ins where a test must stage what the real part would not do at its word."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tyreloop.domain.errors import ModelVersionNotFound
from tyreloop.domain.feedback import Delivery, IdempotencyKey, Vote
from tyreloop.domain.models import Production, RegisteredVersion
from tyreloop.domain.photos import Prediction, PredictionId, UploadedPhoto, Visitor
from tyreloop.ports import Predictions


class Time:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def passes(self, **span: float) -> None:
        self.now += timedelta(**span)


class FakeRegistry:
    """A registry in lists, alias and stage apart; a version's files stay in the folder they came from."""

    def __init__(self) -> None:
        self._folders: list[Path] = []
        self._versions: list[RegisteredVersion] = []
        self.alias: int | None = None
        self.stage: int | None = None
        self.texts: dict[str, str] = {}

    def production(self) -> Production | None:
        if self.alias is None:
            return None
        return Production(self.alias, conflict_with=self.stage if self.stage != self.alias else None)

    def versions(self) -> Sequence[RegisteredVersion]:
        return self._versions[::-1]

    def register(
        self, folder: Path, *, description: str, tags: Mapping[str, str], run_id: str | None = None
    ) -> int:
        number = len(self._folders) + 1
        self._folders.append(folder)
        self._versions.append(
            RegisteredVersion(number, datetime.now(UTC), run_id or "", description, dict(tags))
        )
        return number

    def download(self, version: int, folder: Path) -> None:
        self._require(version)
        shutil.copytree(self._folders[version - 1], folder, dirs_exist_ok=True)

    def add_bundle(self, version: int, folder: Path, *, tags: Mapping[str, str]) -> None:
        self._folders[version - 1] = folder
        self.tag(version, {**tags, "bundle": "runs:/of/it"})

    def tag(self, version: int, tags: Mapping[str, str]) -> None:
        self._require(version)
        known = self._versions[version - 1]
        self._versions[version - 1] = replace(known, tags={**known.tags, **tags})

    def move_production(self, version: int) -> None:
        self._require(version)
        self.move_alias(version)
        self.move_stage(version)

    def move_alias(self, version: int) -> None:
        self.alias = version

    def move_stage(self, version: int) -> None:
        self.stage = version

    def write_down(self, version: int, texts: Mapping[str, str]) -> None:
        self._require(version)
        self.texts |= texts

    def _require(self, version: int) -> None:
        if not 1 <= version <= len(self._folders):
            raise ModelVersionNotFound(f"The registry has no version {version} of the model.")


class LogAtOnce:
    """Keeps each prediction before anybody goes on."""

    def __init__(self, predictions: Predictions) -> None:
        self._predictions = predictions

    def record(self, prediction: Prediction, photo: UploadedPhoto) -> Prediction | None:
        self._predictions.add(prediction)
        return prediction

    def flush(self, prediction_id: PredictionId) -> None:
        """Nothing is ever on its way here."""


class FakePredictions:
    """Predictions in a dictionary."""

    def __init__(self) -> None:
        self._kept: dict[PredictionId, Prediction] = {}

    def add(self, prediction: Prediction) -> Delivery:
        return self.add_all([prediction])

    def add_all(self, predictions: Sequence[Prediction]) -> Delivery:
        for prediction in predictions:
            self._kept.setdefault(prediction.id, prediction)
        return Delivery.STORED

    def get(self, prediction_id: PredictionId) -> Prediction | None:
        return self._kept.get(prediction_id)

    def of_visitor(self, visitor: Visitor, *, limit: int) -> Sequence[Prediction]:
        mine = [one for one in self._kept.values() if one.visitor == visitor]
        return sorted(mine, key=lambda one: one.made_at, reverse=True)[:limit]


class LastWords:
    """The vote that each visitor said last, whatever order the words came in."""

    def __init__(self) -> None:
        self._last: dict[PredictionId, tuple[datetime, Vote | None]] = {}

    def save(self, vote: Vote, *, key: IdempotencyKey) -> Delivery:
        return self._say(vote.prediction_id, vote.cast_at, vote)

    def withdraw(
        self, prediction_id: PredictionId, visitor: Visitor, *, at: datetime, key: IdempotencyKey
    ) -> Delivery:
        return self._say(prediction_id, at, None)

    def get(self, prediction_id: PredictionId, visitor: Visitor) -> Vote | None:
        return self._last.get(prediction_id, (None, None))[1]

    def _say(self, prediction_id: PredictionId, at: datetime, vote: Vote | None) -> Delivery:
        if prediction_id not in self._last or at >= self._last[prediction_id][0]:
            self._last[prediction_id] = (at, vote)
        return Delivery.STORED
