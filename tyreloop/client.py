"""The one HTTP client of the inference service: for pages, shell, worker, and other people's programs.

Every wait is bounded; a photo is sent again under the same key, so it is judged and counted once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Event
from typing import Any
from uuid import uuid4

import requests
from requests.adapters import HTTPAdapter

from tyreloop.domain.damage import DamageKind, SeenKind, outline_in
from tyreloop.domain.errors import ServiceBusy, TyreloopError
from tyreloop.domain.photos import (
    Answer,
    ModelRef,
    PhotoId,
    Prediction,
    PredictionId,
    Source,
    UnsureReason,
    UnusableReason,
    UploadedPhoto,
    Verdict,
    View,
    Visitor,
)
from tyreloop.domain.reports import ReportId

CONNECT_SECONDS, ANSWER_SECONDS, LOOK_SECONDS, HEAT_SECONDS = 2.0, 30.0, 3.0, 10.0
CONNECTIONS_KEPT_OPEN = 16
MAX_BODY_BYTES = 4_000_000  # of what is read about the service, not of photos
PHOTOS = "/v1/predictions"
# The page draws the heat itself, over its own preview.
EXPLAINED = {"source": Source.UI.value, "explain": "true", "overlay": "false"}
AWAY, SLOW, UNFORESEEN = "api_away", "api_slow", "internal_error"
WORTH_ANOTHER_TRY = {AWAY, SLOW, ServiceBusy.code}


class ApiProblem(TyreloopError):
    """The service refused, failed, or was not reached; its code says which."""

    def __init__(self, code: str, request_id: str, *, status: int = 0, body: Mapping[str, Any] = {}) -> None:
        super().__init__(str(body.get("detail", code)))
        self.code = code
        self.request_id = request_id
        self.status = status  # 0: there was no answer
        self.body = body  # the problem document


@dataclass(frozen=True, slots=True)
class Tries:
    """How often a photo is sent, and how long is waited between."""

    most: int = 2
    pause_seconds: float = 0.2
    pause: Callable[[float], object] = Event().wait  # true: somebody does not want to wait any more


@dataclass(frozen=True, slots=True)
class Heat:
    """Where the model looked, and whether covering that place changed its mind."""

    grid: tuple[tuple[float, ...], ...]
    hottest: tuple[float, float]
    is_quiet: bool
    moved: bool | None

    @staticmethod
    def of(body: Mapping[str, Any]) -> Heat:
        return Heat(
            grid=tuple(tuple(row) for row in body["grid"]),
            hottest=(body["hottest"]["x"], body["hottest"]["y"]),
            is_quiet=body["quiet"],
            moved=body["moved"],
        )

    @property
    def body(self) -> dict[str, Any]:
        """In the service's words."""
        return {
            "grid": [list(row) for row in self.grid],
            "hottest": {"x": self.hottest[0], "y": self.hottest[1]},
            "quiet": self.is_quiet,
            "moved": self.moved,
        }


@dataclass(frozen=True, slots=True)
class ApiAnswer:
    """One answer of the service."""

    prediction: Prediction
    is_from_demo_model: bool
    heat: Heat | None
    is_kept: bool = True


@dataclass(frozen=True, slots=True)
class MadeReport:
    """A report that was just made; its link is known now and never again."""

    id: ReportId
    link: str
    expires_at: datetime


class ApiClient:
    """Speaks HTTP with the service at one address."""

    def __init__(self, url: str, prove: Callable[[str], str] = str) -> None:
        """`prove`: what to say as a visitor, where their names need a proof."""
        self._url = url.rstrip("/")
        self._prove = prove
        self._token = ""
        self._http = requests.Session()
        self._http.trust_env = False  # neither proxies nor logins of the machine: the service is ours
        self._http.mount("http", HTTPAdapter(pool_maxsize=CONNECTIONS_KEPT_OPEN))

    def in_name_of(self, token: str) -> ApiClient:
        """The same client for somebody who signed in."""
        theirs = copy(self)
        theirs._token = token
        return theirs

    def __enter__(self) -> ApiClient:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def judge(
        self,
        photo: UploadedPhoto,
        *,
        visitor: Visitor,
        is_demo: bool = False,
        keep_photo: bool = True,
        record: bool = True,
        key: str = "",
        tries: Tries = Tries(),
    ) -> ApiAnswer:
        """A verdict with its heat; the same key again gets the same verdict, without the heat."""
        request_id = uuid4().hex
        asked = {**EXPLAINED, "demo": str(is_demo).lower(), "keep_photo": str(keep_photo).lower()}
        asked |= {} if record else {"record": "false"}
        body = self.post_photo(
            photo.data, asked, visitor=visitor, key=key, request_id=request_id, tries=tries
        )
        answer = _answer_in(body, photo, visitor, request_id)
        return replace(answer, prediction=replace(answer.prediction, is_demo=is_demo))

    def post_photo(
        self,
        photo: bytes,
        asked: Mapping[str, str] = {},
        *,
        visitor: str | None = None,
        token: str | None = None,
        key: str = "",
        request_id: str = "",
        tries: Tries = Tries(),
    ) -> dict[str, Any]:
        """The service's answer about a photo, in its own words."""
        headers = {
            "Content-Type": "application/octet-stream",
            "Idempotency-Key": key or uuid4().hex,
            "X-Request-ID": request_id or uuid4().hex,
        }
        headers |= self._as(visitor) if visitor else {}
        headers |= {"Authorization": f"Bearer {token}"} if token else {}
        for _ in range(tries.most - 1):
            try:
                return dict(self._ask("POST", PHOTOS, headers, params=asked, data=photo).json())
            except ApiProblem as problem:
                if problem.code not in WORTH_ANOTHER_TRY or tries.pause(tries.pause_seconds):
                    raise
        return dict(self._ask("POST", PHOTOS, headers, params=asked, data=photo).json())

    def heat_of(self, prediction: Prediction) -> Heat | None:
        """The heat of an earlier answer, as long as its model serves and its photo is kept."""
        try:
            found = self._ask(
                "GET", f"{PHOTOS}/{prediction.id}/heatmap", self._as(prediction.visitor), HEAT_SECONDS
            )
            return Heat.of(found.json())
        except (ApiProblem, ValueError):
            return None

    def heat_picture(self, prediction_id: PredictionId, visitor: Visitor) -> bytes | None:
        """The photo with what the model saw in it, drawn by the service."""
        try:
            return self._ask(
                "GET", f"{PHOTOS}/{prediction_id}/heatmap.png", self._as(visitor), HEAT_SECONDS
            ).content
        except ApiProblem:
            return None

    def model(self) -> dict[str, Any]:
        """The model that answers now, in the service's words."""
        return dict(self._ask("GET", "/v1/model", {}, LOOK_SECONDS).json())

    def metrics(self) -> str:
        """What the service counts, as Prometheus reads it."""
        return self._ask("GET", "/metrics", {}, LOOK_SECONDS).content[:MAX_BODY_BYTES].decode()

    def make_report(
        self, predictions: Sequence[PredictionId], *, visitor: Visitor, language: str
    ) -> MadeReport:
        """A report of these answers of the visitor's."""
        asked = {"predictions": list(predictions), "language": language}
        body = self._ask("POST", "/v1/reports", self._as(visitor), json=asked).json()
        return MadeReport(ReportId(body["id"]), body["link"], datetime.fromisoformat(body["expires_at"]))

    def _as(self, visitor: str) -> dict[str, str]:
        proof = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        return {"X-Visitor": self._prove(visitor), **proof}

    def _ask(
        self, method: str, path: str, headers: Mapping[str, str], seconds: float = ANSWER_SECONDS, **sent: Any
    ) -> requests.Response:
        """The answer; each way of not getting one has its code."""
        request_id = headers.get("X-Request-ID", "")
        try:
            response = self._http.request(
                method, self._url + path, headers=headers, timeout=(CONNECT_SECONDS, seconds), **sent
            )
        except requests.Timeout as error:
            raise ApiProblem(SLOW, request_id) from error
        except requests.RequestException as error:
            raise ApiProblem(AWAY, request_id) from error
        if not response.ok:
            raise _problem_in(response, request_id)
        return response


def _problem_in(response: requests.Response, request_id: str) -> ApiProblem:
    try:
        body = dict(response.json())
    except ValueError:
        body = {}
    code, number = str(body.get("code", UNFORESEEN)), str(body.get("request_id", request_id))
    return ApiProblem(code, number, status=response.status_code, body=body)


def _answer_in(body: Mapping[str, Any], photo: UploadedPhoto, visitor: Visitor, request_id: str) -> ApiAnswer:
    heat = body.get("heatmap")
    prediction = Prediction(
        id=PredictionId(body["id"]),
        photo_id=PhotoId(body["photo_id"]),
        photo_bytes=len(photo.data),
        visitor=visitor,
        model=ModelRef(body["model"]["name"], body["model"]["version"], demo=bool(body.get("demo_model"))),
        verdict=_verdict_in(body),
        source=Source.UI,
        made_at=datetime.fromisoformat(body["made_at"]),
        request_id=request_id,
        keep_photo=bool(body.get("photo_kept", True)),
    )
    return ApiAnswer(
        prediction,
        bool(body.get("demo_model")),
        Heat.of(heat) if heat else None,
        is_kept=bool(body.get("kept", True)),
    )


def _verdict_in(body: Mapping[str, Any]) -> Verdict:
    answer, reason, view = Answer(body["answer"]), body.get("reason"), body.get("view")
    reasons = UnusableReason if answer is Answer.UNUSABLE else UnsureReason
    return Verdict(
        answer,
        body["probabilities"],
        reasons(reason) if reason else None,
        body["timings_ms"],
        body.get("novelty"),
        kinds=tuple(
            SeenKind(DamageKind(said["kind"]), said["probability"], said["says"] == "yes")
            for said in body.get("kinds", ())
        ),
        outline=outline_in(body.get("outline", ())),
        view=View(view) if view else None,
    )
