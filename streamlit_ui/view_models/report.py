"""A report's words: what each photo shows, and what such a report can and cannot say."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any
from urllib.parse import urlsplit

from streamlit_ui.texts import Texts
from streamlit_ui.view_models.figures import moment_in_words
from streamlit_ui.view_models.verdict import Tone, VerdictView
from tyreloop.domain.damage import Outline, advice_on
from tyreloop.domain.photos import Prediction
from tyreloop.domain.reports import Report

Picture = Callable[[Prediction], bytes | None]
ONLY_HERE = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class ReportedAnswer:
    """One photo with what was said about it."""

    picture: bytes | None  # a small upright JPEG
    no_picture: str
    outline: Outline
    tone: Tone
    headline: str
    lines: tuple[str, ...]
    details: str


@dataclass(frozen=True, slots=True)
class ReportView:
    """All that stands in a report, in its order."""

    language: str
    title: str
    made: str
    scan: str
    link: str
    notes: tuple[str, ...]
    answers: tuple[ReportedAnswer, ...]
    limits_title: str
    limits: tuple[str, ...]

    @staticmethod
    def of(
        report: Report,
        predictions: Sequence[Prediction],
        picture: Picture,
        *,
        link: str,
        say: Texts,
        zone: tzinfo,
    ) -> ReportView:
        until = moment_in_words(report.expires_at, zone)
        is_local = urlsplit(link).hostname in ONLY_HERE
        return ReportView(
            language=report.language,
            title=say("report.title"),
            made=say("report.made", when=moment_in_words(report.made_at, zone), zone=str(zone)),
            scan=say("report.scan", until=until),
            link=link,
            notes=(say("report.local"),) if is_local else (),
            answers=tuple(_answer(prediction, picture, say, zone) for prediction in predictions),
            limits_title=say("report.limits"),
            limits=tuple(_limits(report, predictions, say)),
        )


def _answer(prediction: Prediction, picture: Picture, say: Texts, zone: tzinfo) -> ReportedAnswer:
    view = VerdictView.of(prediction, say)
    when = moment_in_words(prediction.made_at, zone)
    model = say("verdict.model", version=prediction.model.version)
    return ReportedAnswer(
        picture=picture(prediction) if prediction.keep_photo else None,
        no_picture=say("inspect.photo_gone"),
        outline=prediction.verdict.outline,
        tone=view.tone,
        headline=view.headline,
        lines=tuple(filter(None, (*_about_damage(prediction, view, say), view.probability))),
        details=say("history.line", when=when, model=model),
    )


def _about_damage(prediction: Prediction, view: VerdictView, say: Texts) -> Iterator[str]:
    """What to do, and of a damage what it means: by the reviewed table, kind by kind."""
    urgency = prediction.verdict.urgency
    if urgency is None:
        yield view.advice
        return
    for subject in (urgency, *(prediction.verdict.named_kinds or (None,))):
        row = advice_on(subject, say.language.value)
        yield f"{row.name}: {row.sentence}"
    if prediction.verdict.outline:
        yield say("report.outline")


def _limits(report: Report, predictions: Sequence[Prediction], say: Texts) -> Iterator[str]:
    yield say("report.limit_photo")
    yield say("report.limit_model")
    for version, is_demo in sorted({(one.model.version, one.model.demo) for one in predictions}):
        if is_demo:
            yield say("report.limit_demo", version=version)
        yield from _mistakes(version, report.models.get(str(version), {}), say)


def _mistakes(version: int, known: Mapping[str, Any], say: Texts) -> Iterator[str]:
    right, missed = known.get("accuracy"), known.get("defective_missed")
    if right:
        yield say("report.limit_right", version=version, right=right["hits"], of=right["of"])
    if missed:
        yield say("report.limit_missed", version=version, missed=missed["hits"], of=missed["of"])
    if not right and not missed:
        yield say("report.limit_unknown", version=version)
