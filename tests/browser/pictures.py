"""Every page as people see it, for `docs/images`: `make pictures`; not one of the tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from tests.browser.conftest import ARTIFACTS, DESKTOP, PHONE, a_person
from tests.browser.house import House, running_house
from tests.browser.person import NOTHING_IS_MISSING, Person
from tests.browser.staff import ROOT, hire, sign_in
from tests.browser.test_every_page import PAGES, STAFF_PAGES
from tests.contract.people import a_key, a_verdict, prediction_of
from tests.fixtures.postgres_server import fresh_database
from tests.fixtures.stores import kept_in
from tyreloop.domain.feedback import Correction, Label, Vote
from tyreloop.domain.photos import Answer, ModelRef, Prediction, UploadedPhoto, new_visitor
from tyreloop.domain.staff import Role
from tyreloop.files.photos import build_photo_store
from tyreloop.settings import read_settings
from tyreloop.store.counts import roll_up
from tyreloop.store.db import Database
from tyreloop.use_cases.reviews import decide_review, take_reviews
from tyreloop.use_cases.stores import Stores

REPOSITORY = Path(__file__).parents[2]
IMAGES = REPOSITORY / "docs" / "images"
SAMPLES = REPOSITORY / "streamlit_ui" / "samples"
QUALITY = 72  # of WebP: 56 pictures weigh one and a half megabytes
SIZES = {"phone": PHONE, "desk": DESKTOP}
LOCALES = {"en": "en-GB", "ko": "ko-KR"}
OWN = ("good", "too_dark", "nail", "cracked")  # the last one is the answer that is shown
FURTHER_PAGES = {"runbook": ("/runbook", "h1")}


@pytest.fixture(scope="module")
def house(
    postgres_server: dict[str, Any],
    migrated_template: str,
    mlflow_uri: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[House]:
    """With the model that travels with the code, and a week of people."""
    folder = tmp_path_factory.mktemp("house")
    with (
        fresh_database(postgres_server, template=migrated_template) as dsn,
        running_house(folder, dsn=dsn, mlflow_uri=mlflow_uri, bundle=REPOSITORY / "mlflow" / "demo") as house,
    ):
        with closing(Database(dsn)) as database:
            _a_week_of_answers(kept_in(database))
            _answers_to_review(kept_in(database), folder)
            roll_up(database)
        hire(dsn, "jiwoo", Role.ADMIN)
        hire(dsn, "hana", Role.REVIEWER)
        yield house


@pytest.mark.parametrize("language", list(LOCALES))
def test_every_page_is_taken(browser: Browser, house: House, language: str) -> None:
    context = a_person(browser, house, size=DESKTOP, locale=LOCALES[language])
    person = Person(context.new_page(), ARTIFACTS)
    prediction = ""
    for name in OWN:
        prediction = person.inspects((SAMPLES / f"{name}.jpg").read_bytes())
        (person.dislikes if name == OWN[-1] else person.likes)()
    person.corrects("defective")
    for name, (path, sign) in {**PAGES, **FURTHER_PAGES}.items():
        _take(person, name, path.format(p=prediction), sign, language)
    sign_in(person, "jiwoo")
    expect(person.page.locator(".st-key-sign-out")).to_be_visible()
    for name, (path, sign) in STAFF_PAGES.items():
        if "{p}" not in path:
            _take(person, name, path, sign, language)
    context.close()


def _take(person: Person, name: str, path: str, sign: str, language: str) -> None:
    for label, (width, height) in SIZES.items():
        person.page.set_viewport_size({"width": width, "height": height})
        person.opens(path)
        expect(person.page.locator(sign).last).to_be_visible()
        person.waits_until_it_stands_still()
        person.page.wait_for_function(NOTHING_IS_MISSING)
        with Image.open(BytesIO(person.page.screenshot(animations="disabled"))) as picture:
            picture.save(IMAGES / f"{name}-{label}-{language}.webp", quality=QUALITY, method=6)


def _a_week_of_answers(stores: Stores) -> None:
    """Made up, for the charts: three votes in four are likes."""
    draw, now = Random(4), datetime.now(UTC)
    for _ in range(160):
        made_at = now - timedelta(minutes=draw.uniform(10, 7 * 24 * 60))
        answer = draw.choices((Answer.GOOD, Answer.DEFECTIVE, Answer.UNSURE), (5, 3, 2))[0]
        prediction = prediction_of(new_visitor(), verdict=a_verdict(answer), made_at=made_at, model=MODEL)
        stores.predictions.add(prediction)
        if draw.random() < 0.4:
            said_at = made_at + timedelta(seconds=20)
            vote = Vote(prediction.id, prediction.visitor, draw.random() < 0.75, said_at)
            stores.votes.save(vote, key=a_key())


MODEL = ModelRef("tyre-defect", 1, demo=True)


def _answers_to_review(stores: Stores, folder: Path) -> None:
    """Drawn tyres that their visitors see otherwise; some of them a reviewer has decided."""
    photos = build_photo_store(read_settings(beside_stack=False, data_dir=folder))
    for name in ("perished", "cut", "cords", "block", "cracked"):
        photo = UploadedPhoto((SAMPLES / f"{name}.jpg").read_bytes())
        prediction: Prediction = prediction_of(
            new_visitor(),
            photo_id=photo.id,
            verdict=replace(a_verdict(Answer.GOOD), probabilities={"good": 0.85, "defective": 0.15}),
            made_at=datetime.now(UTC),
            model=MODEL,
        )
        stores.predictions.add(prediction)
        photos.put(photo.id, photo.data)
        said = Correction(prediction.id, prediction.visitor, Label.DEFECTIVE, datetime.now(UTC))
        stores.corrections.save(said, key=a_key())
    for item in take_reviews(by=ROOT, using=stores, at_most=2):
        decide_review(item, Label.DEFECTIVE, by=ROOT, using=stores)
