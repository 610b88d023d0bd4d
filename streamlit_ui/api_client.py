"""The inference service as the pages see it: a photo goes over, an answer or a named problem comes back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import uuid4

import requests
from requests.adapters import HTTPAdapter

from tyreloop.domain.errors import TyreloopError
from tyreloop.domain.photos import (
    Answer,
    ModelRef,
    PhotoId,
    Prediction,
    PredictionId,
    Source,
    UnusableReason,
    UploadedPhoto,
    Verdict,
    Visitor,
)

CONNECT_SECONDS, ANSWER_SECONDS, LOOK_SECONDS, HEAT_SECONDS = 2.0, 30.0, 1.0, 3.0
SESSIONS_KEPT_OPEN = 16
# The page draws the heat itself, over its own preview.
EXPLAINED = {"source": Source.UI.value, "explain": "true", "overlay": "false"}


class ApiProblem(TyreloopError):
    """The service refused, failed, or was not reached; its code says which."""

    def __init__(self, code: str, request_id: str) -> None:
        super().__init__(code)
        self.code = code
        self.request_id = request_id


@dataclass(frozen=True, slots=True)
class Heat:
    """Where the model looked, and whether covering that place changed its mind."""

    grid: tuple[tuple[float, ...], ...]
    hottest: tuple[float, float]
    is_quiet: bool
    moved: bool | None


@dataclass(frozen=True, slots=True)
class ApiAnswer:
    """One answer of the service."""

    prediction: Prediction
    is_from_demo_model: bool
    heat: Heat | None


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """The model that answers now, if there is one."""

    version: int | None
    is_demo: bool
    registry_answers: bool = True


class ApiClient:
    """Speaks HTTP with the inference service, every wait bounded."""

    def __init__(self, url: str, prove: Callable[[str], str] = str) -> None:
        self._url = url.rstrip("/")
        self._prove = prove
        self._http = requests.Session()
        self._http.mount("http", HTTPAdapter(pool_maxsize=SESSIONS_KEPT_OPEN))

    def judge(
        self, photo: UploadedPhoto, *, visitor: Visitor, is_demo: bool = False, keep_photo: bool = True
    ) -> ApiAnswer:
        """Ask for a verdict with its heat; a demonstration is counted and reviewed by nobody."""
        request_id = uuid4().hex
        try:
            response = self._http.post(
                f"{self._url}/v1/predictions",
                params={**EXPLAINED, "demo": str(is_demo).lower(), "keep_photo": str(keep_photo).lower()},
                files={"file": ("photo", photo.data)},
                headers={"X-Visitor": self._prove(visitor), "X-Request-ID": request_id},
                timeout=(CONNECT_SECONDS, ANSWER_SECONDS),
            )
        except requests.Timeout as error:
            raise ApiProblem("api_slow", request_id) from error
        except requests.RequestException as error:
            raise ApiProblem("api_away", request_id) from error
        if not response.ok:
            raise _problem_in(response, request_id)
        answer = _answer_in(response.json(), photo, visitor, request_id)
        return replace(answer, prediction=replace(answer.prediction, is_demo=is_demo, keep_photo=keep_photo))

    def heat_of(self, prediction: Prediction) -> Heat | None:
        """The heat of an earlier answer, as long as its model serves and its photo is kept."""
        url = f"{self._url}/v1/predictions/{prediction.id}/heatmap"
        try:
            response = self._http.get(
                url,
                headers={"X-Visitor": self._prove(prediction.visitor)},
                timeout=(CONNECT_SECONDS, HEAT_SECONDS),
            )
            return heat_in(response.json()) if response.ok else None
        except (requests.RequestException, ValueError):
            return None

    def model_status(self) -> ModelStatus | None:
        """The model that answers now; None while the service is away."""
        try:
            response = self._http.get(f"{self._url}/v1/model", timeout=LOOK_SECONDS)
            response.raise_for_status()
            body = response.json()
        except (requests.RequestException, ValueError):
            return None
        return ModelStatus(
            version=body.get("serving"),
            is_demo=bool(body.get("demo_model")),
            registry_answers=body.get("registry_answers") is not False,  # None: it has not looked yet
        )


def _problem_in(response: requests.Response, request_id: str) -> ApiProblem:
    try:
        body = response.json()
    except ValueError:
        return ApiProblem("internal_error", request_id)
    return ApiProblem(str(body.get("code", "internal_error")), str(body.get("request_id", request_id)))


def _answer_in(body: dict[str, Any], photo: UploadedPhoto, visitor: Visitor, request_id: str) -> ApiAnswer:
    reason = body.get("reason")
    verdict = Verdict(
        Answer(body["answer"]),
        body["probabilities"],
        UnusableReason(reason) if reason else None,
        body["timings_ms"],
        body.get("novelty"),
    )
    prediction = Prediction(
        id=PredictionId(body["id"]),
        photo_id=PhotoId(body["photo_id"]),
        photo_bytes=len(photo.data),
        visitor=visitor,
        model=ModelRef(body["model"]["name"], body["model"]["version"], demo=body["demo_model"]),
        verdict=verdict,
        source=Source.UI,
        made_at=datetime.fromisoformat(body["made_at"]),
        request_id=request_id,
    )
    heat = body.get("heatmap")
    return ApiAnswer(prediction, bool(body.get("demo_model")), heat_in(heat) if heat else None)


def heat_in(body: Mapping[str, Any]) -> Heat:
    """The heat in the service's words."""
    return Heat(
        grid=tuple(tuple(row) for row in body["grid"]),
        hottest=(body["hottest"]["x"], body["hottest"]["y"]),
        is_quiet=body["quiet"],
        moved=body["moved"],
    )


def body_of_heat(heat: Heat) -> dict[str, Any]:
    """The same back again."""
    return {
        "grid": [list(row) for row in heat.grid],
        "hottest": {"x": heat.hottest[0], "y": heat.hottest[1]},
        "quiet": heat.is_quiet,
        "moved": heat.moved,
    }
