"""Predictions, their photos' rows, their heat, and what was deleted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class
from psycopg2.extras import Json

from tyreloop.domain.damage import DamageKind, SeenKind, outline_in
from tyreloop.domain.errors import PredictionNotFound
from tyreloop.domain.feedback import Delivery
from tyreloop.domain.photos import (
    Answer,
    Erased,
    ModelRef,
    PhotoId,
    Prediction,
    PredictionId,
    Source,
    UnsureReason,
    UnusableReason,
    Verdict,
    View,
    Visitor,
)
from tyreloop.store.db import Table, is_uuid, queries


class PostgresPredictions(Table):
    """Every prediction ever made, one row each."""

    def add(self, prediction: Prediction) -> Delivery:
        return self.add_all([prediction])

    def add_all(self, predictions: Sequence[Prediction]) -> Delivery:
        # Two processes that lock the same photos in the same order cannot wait for each other.
        in_one_order = sorted(predictions, key=lambda prediction: prediction.photo_id)

        def add_each(connection: Connection) -> None:
            for prediction in in_one_order:
                _add(connection, prediction)

        self._database.run(add_each)
        return Delivery.STORED

    def get(self, prediction_id: PredictionId) -> Prediction | None:
        return self._one(queries.get_prediction, _prediction_of, id=prediction_id)

    def of_visitor(self, visitor: Visitor, *, limit: int) -> Sequence[Prediction]:
        return self._all(queries.predictions_of_visitor, _prediction_of, visitor=visitor, at_most=limit)


def _add(connection: Connection, prediction: Prediction) -> None:
    if queries.was_erased(connection, id=prediction.id):
        return
    queries.add_photo(
        connection,
        photo_id=prediction.photo_id,
        byte_count=prediction.photo_bytes,
        uploaded_at=prediction.made_at,
        state="awaited" if prediction.keep_photo else "gone",
    )
    queries.add_prediction(connection, **_row_of(prediction))


def id_of(uuid: str) -> PredictionId:
    """The id as the product writes it, without dashes."""
    return PredictionId(UUID(uuid).hex)


def _row_of(prediction: Prediction) -> dict[str, Any]:
    verdict = prediction.verdict
    return {
        "id": prediction.id,
        "photo_id": prediction.photo_id,
        "visitor": prediction.visitor,
        "model_name": prediction.model.name,
        "model_version": prediction.model.version,
        "answer": verdict.answer,
        "unusable_reason": verdict.reason if isinstance(verdict.reason, UnusableReason) else None,
        "unsure_reason": verdict.reason if isinstance(verdict.reason, UnsureReason) else None,
        "probabilities": Json(dict(verdict.probabilities)),
        "timings_ms": Json(dict(verdict.timings_ms)),
        "novelty": verdict.novelty,
        "kinds": Json([asdict(seen) for seen in verdict.kinds]),
        "outline": Json(verdict.outline),
        "view": verdict.view,
        "demo_model": prediction.model.demo,
        "latency_ms": sum(verdict.timings_ms.values()),
        "source": prediction.source,
        "request_id": prediction.request_id,
        "is_demo": prediction.is_demo,
        "made_at": prediction.made_at,
        "keep_photo": prediction.keep_photo,
    }


def _prediction_of(row: Mapping[str, Any]) -> Prediction:
    return Prediction(
        id=id_of(row["id"]),
        photo_id=PhotoId(row["photo_id"]),
        photo_bytes=row["byte_count"],
        visitor=Visitor(row["visitor"]),
        model=ModelRef(row["model_name"], row["model_version"], demo=row["demo_model"]),
        verdict=Verdict(
            answer=Answer(row["answer"]),
            probabilities=row["probabilities"],
            reason=_reason_of(row),
            timings_ms=row["timings_ms"],
            novelty=row["novelty"],
            kinds=seen_kinds(row["kinds"]),
            outline=outline_in(row["outline"]),
            view=View(row["view"]) if row["view"] else None,
        ),
        source=Source(row["source"]),
        made_at=row["made_at"],
        request_id=row["request_id"],
        is_demo=row["is_demo"],
        keep_photo=row["keep_photo"],
    )


def _reason_of(row: Mapping[str, Any]) -> UnusableReason | UnsureReason | None:
    if row["unusable_reason"]:
        return UnusableReason(row["unusable_reason"])
    return UnsureReason(row["unsure_reason"]) if row["unsure_reason"] else None


def seen_kinds(rows: Sequence[Mapping[str, Any]]) -> tuple[SeenKind, ...]:
    """What a model said about kinds, from its column."""
    return tuple(SeenKind(**{**row, "kind": DamageKind(row["kind"])}) for row in rows)


@dataclass(frozen=True, slots=True)
class PhotoRow:
    """A photo that is in the store, or on its way there."""

    state: str
    uploaded_at: datetime


class PhotoRows(Table):
    """Which photos are awaited, which are kept."""

    def by_id(self) -> dict[PhotoId, PhotoRow]:
        """Every photo that is or should be in the store."""
        rows = self._all(queries.photos_and_their_states, dict)
        return {PhotoId(row["id"]): PhotoRow(row["state"], row["uploaded_at"]) for row in rows}

    def to_let_go(self, *, before: datetime, unusable_before: datetime) -> list[PhotoId]:
        """Photos that came before a moment and that nobody corrected, and those nobody let us keep."""
        moments = {"before": before, "unusable_before": max(before, unusable_before)}
        return self._all(queries.photos_to_let_go, lambda row: PhotoId(row["id"]), **moments)

    def mark(self, photos: Sequence[PhotoId], *, was: str, state: str) -> None:
        """Write down where photos are now, unless that has changed meanwhile."""
        if photos:
            self._ask(queries.mark_photos, ids=list(photos), was=was, state=state)


class PostgresErasures(Table):
    """What visitors deleted; only a hash of each prediction's id stays."""

    def erase(self, prediction_id: PredictionId, visitor: Visitor) -> Erased:
        """Delete the photo of a visitor's prediction with everything of theirs that hangs from it."""
        rows = self._erase(prediction_id, visitor) if is_uuid(prediction_id) else []
        if not rows:
            raise PredictionNotFound("There is no such prediction of yours.")
        orphan = PhotoId(rows[0]["photo_id"]) if rows[0]["is_last"] else None
        return Erased([id_of(row["prediction_id"]) for row in rows], orphan)

    def was_erased(self, prediction_id: PredictionId) -> bool:
        return bool(self._one(queries.was_erased, bool, id=prediction_id))

    def left_behind(self, predictions: Sequence[Prediction]) -> Sequence[PhotoId]:
        ids, photo_ids = [one.id for one in predictions], [one.photo_id for one in predictions]
        return self._all(
            queries.left_behind, lambda row: PhotoId(row["photo_id"]), ids=ids, photo_ids=photo_ids
        )

    def _erase(self, prediction_id: PredictionId, visitor: Visitor) -> list[dict[str, str]]:
        return self._database.run(
            lambda connection: list(queries.erase_photo(connection, id=prediction_id, visitor=visitor))
        )


class PostgresHeats(Table):
    """The heat as the service answered it, by its prediction, for answers that somebody corrected."""

    def keep(self, prediction_id: PredictionId, heat: Mapping[str, Any]) -> None:
        self._ask(queries.keep_heat, prediction_id=prediction_id, heat=Json(heat))

    def get(self, prediction_id: PredictionId) -> Mapping[str, Any] | None:
        return self._one(queries.get_heat, dict, prediction_id=prediction_id)
