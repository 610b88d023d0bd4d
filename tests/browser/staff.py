"""Somebody of the staff in front of a browser, and the answers that wait for them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from tests.browser.person import Person
from tests.contract.people import a_key, a_verdict, prediction_of
from tests.fixtures.stores import kept_in
from tests.vision.bundles import jpeg_of
from tyreloop.domain.feedback import Correction, Label
from tyreloop.domain.photos import Answer, Prediction, UploadedPhoto, new_visitor
from tyreloop.domain.staff import Actor, Right, Role
from tyreloop.files.photos import build_photo_store
from tyreloop.settings import read_settings
from tyreloop.store.db import Database
from tyreloop.use_cases.reviews import decide_review, take_reviews
from tyreloop.use_cases.staff import add_staff_member

PASSWORD = "a password of the browser tests"
_earlier_calls = count()
ROOT = Actor("shell:root", frozenset(Right), is_known=True)


def hire(dsn: Mapping[str, Any], name: str, role: Role) -> None:
    with closing(Database(dsn)) as database:
        add_staff_member(name, PASSWORD, role, by=ROOT, using=kept_in(database))


def sign_in(person: Person, name: str, password: str = PASSWORD) -> None:
    person.opens("/sign_in")
    fields = person.page.locator("[data-testid=stTextInput] input")
    fields.nth(0).fill(name)
    fields.nth(1).fill(password)
    person.page.locator("[data-testid=stFormSubmitButton] button").click()


def expect_signed_in(person: Person, name: str) -> None:
    expect(person.page.get_by_text(f"You are signed in as {name}.")).to_be_visible()


def comes_to_work(person: Person, dsn: Mapping[str, Any], name: str, role: Role) -> None:
    """Somebody new on the staff, signed in."""
    hire(dsn, name, role)
    sign_in(person, name)
    expect_signed_in(person, name)


def corrected_answers(dsn: Mapping[str, Any], folder: Path, count: int) -> list[Prediction]:
    """Answers that said good, whose visitors say damaged; each with a photo in the store."""
    photos = build_photo_store(read_settings(beside_stack=False, data_dir=folder))
    size = (1280, 960 - 2 * next(_earlier_calls))  # photos that no earlier test has reviewed or frozen
    predictions = []
    with closing(Database(dsn)) as database:
        feedback = kept_in(database)
        for number in range(count):
            photo = UploadedPhoto(jpeg_of(number * 4 % 256, size))
            prediction = prediction_of(
                new_visitor(), photo_id=photo.id, verdict=a_verdict(Answer.GOOD), made_at=datetime.now(UTC)
            )
            feedback.predictions.add(prediction)
            photos.put(photo.id, photo.data)
            correction = Correction(prediction.id, prediction.visitor, Label.DEFECTIVE, datetime.now(UTC))
            feedback.corrections.save(correction, key=a_key())
            predictions.append(prediction)
    return predictions


def reviewed_answers(dsn: Mapping[str, Any], folder: Path, count: int) -> None:
    """Corrected answers that a reviewer has agreed with."""
    corrected_answers(dsn, folder, count)
    reviewer = Actor("user:browser-reviewer", Role.REVIEWER.rights, is_known=True)
    with closing(Database(dsn)) as database:
        using = kept_in(database)
        while items := take_reviews(by=reviewer, using=using, at_most=1):
            decide_review(items[0], Label.DEFECTIVE, by=reviewer, using=using)
