"""The report as a document: read again, in both languages, the same bytes each time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from pypdf import PdfReader

from streamlit_ui.report_pdf import font, pdf_of
from streamlit_ui.texts import Language, Texts, texts_in
from streamlit_ui.view_models.report import ReportView
from tests.contract.people import NOON, a_verdict
from tests.vision.bundles import DARK, jpeg_of
from tyreloop.domain.damage import DamageKind, SeenKind, Urgency, advice_on
from tyreloop.domain.photos import Answer, ModelRef, Prediction, UnusableReason
from tyreloop.domain.reports import LIFETIME, Report, ReportId

MakePrediction = Callable[..., Prediction]
LINK = "https://tyres.example.org/report/a-secret-of-22-letters"
KNOWN = {"accuracy": {"hits": 448, "of": 522}, "defective_missed": {"hits": 51, "of": 275}}


def view_of(*answers: Prediction, language: str, link: str = LINK) -> ReportView:
    ids = [answer.id for answer in answers]
    report = Report(
        ReportId("0" * 32), answers[0].visitor, ids, language, {"3": KNOWN}, NOON, NOON + LIFETIME
    )
    return ReportView.of(
        report,
        answers,
        lambda photo: jpeg_of(DARK, (640, 480)),
        link=link,
        say=texts_in(Language(language)),
        zone=ZoneInfo("Asia/Seoul"),
    )


def words_in(pdf: bytes) -> str:
    """Its text as a reader copies it, on one line."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages).split())


@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_report_says_what_was_answered_and_its_limits(a_prediction: MakePrediction, language: str) -> None:
    say = texts_in(Language(language))
    unusable = a_prediction(verdict=a_verdict(Answer.UNUSABLE, UnusableReason.TOO_DARK))
    view = view_of(a_prediction(model=ModelRef("tyre-defect", 3, demo=True)), unusable, language=language)
    words = words_in(pdf_of(view))
    for sentence in (
        say("verdict.defective.headline"),
        say("verdict.too_dark.headline"),
        say("verdict.model", version=3),
        say("report.limit_photo"),
        say("report.limit_demo", version=3),
        say("report.limit_missed", version=3, missed=51, of=275),
        "2026-11-01 21:00",
        LINK,
    ):
        assert sentence in words


@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_damage_has_its_kind_its_urgency_and_its_outline(
    a_prediction: MakePrediction, language: str
) -> None:
    seen = (SeenKind(DamageKind.BULGE, 0.9, True), SeenKind(DamageKind.CRACK, 0.4, False))
    verdict = replace(a_verdict(), kinds=seen, outline=(((0.2, 0.2), (0.4, 0.2), (0.3, 0.5)),))
    view = view_of(a_prediction(verdict=verdict), language=language)
    words = words_in(pdf_of(view))
    assert advice_on(Urgency.NOW, language).sentence in words
    assert advice_on(DamageKind.BULGE, language).sentence in words
    assert advice_on(DamageKind.CRACK, language).sentence not in words
    assert texts_in(Language(language))("report.outline") in words
    without = replace(view, answers=tuple(replace(answer, outline=()) for answer in view.answers))
    assert pdf_of(view) != pdf_of(without)


def test_the_same_report_is_the_same_bytes(a_prediction: MakePrediction) -> None:
    answers = [a_prediction() for _ in range(3)]
    assert pdf_of(view_of(*answers, language="ko")) == pdf_of(view_of(*answers, language="ko"))


def test_a_report_carries_its_font_and_its_photos(a_prediction: MakePrediction) -> None:
    pdf = pdf_of(view_of(a_prediction(), language="ko"))
    assert len(pdf) < 250_000
    reader = PdfReader(BytesIO(pdf))
    embedded = [
        font.get_object()["/FontDescriptor"]["/FontFile2"]
        for font in reader.pages[0]["/Resources"]["/Font"].values()
        if "TyreloopSans" in font.get_object()["/BaseFont"]
    ]
    assert embedded
    assert len(reader.pages[0].images) == 1


def test_eight_photos_fit_whole(a_prediction: MakePrediction) -> None:
    pdf = pdf_of(view_of(*(a_prediction() for _ in range(8)), language="en"))
    assert words_in(pdf).count("This tyre looks damaged.") == 8
    assert len(PdfReader(BytesIO(pdf)).pages) == 3


def test_a_photo_that_is_not_kept_is_not_shown(a_prediction: MakePrediction, english: Texts) -> None:
    [answer] = view_of(a_prediction(keep_photo=False), language="en").answers
    assert answer.picture is None
    assert answer.no_picture == english("inspect.photo_gone")


def test_a_link_that_no_other_device_can_open_says_so(a_prediction: MakePrediction, english: Texts) -> None:
    view = view_of(a_prediction(), language="en", link="http://localhost:8501/report/x")
    assert view.notes == (english("report.local"),)


@pytest.mark.parametrize("language", list(Language))
def test_the_font_has_every_letter_of_the_texts(language: Language) -> None:
    say = texts_in(language)
    sentences = [say(key) for key in say.keys if key.split(".")[0] in WORDS_OF]
    for kind in (*DamageKind, *Urgency, None):
        row = advice_on(kind, language.value)
        sentences += [row.name, row.sentence]
    written = set("".join(sentences))
    assert {letter for letter in written - {"\n"} if ord(letter) not in font().face.charToGlyph} == set()


WORDS_OF = ("report", "verdict", "history", "app", "heat")
