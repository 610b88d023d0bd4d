"""Reviewers are reminded once the oldest correction has waited for more than a day."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from pydantic import SecretStr

from tests.contract.people import NOON, a_key, prediction_of
from tests.fixtures.stores import kept_in
from tests.monitoring.receivers import receiving, refusal_of_slack
from tyreloop.domain.feedback import Correction, Label
from tyreloop.domain.photos import new_visitor
from tyreloop.tasks.reviewers import remind_reviewers
from tyreloop.tasks.task import Details, Tools

HOOK = "/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX"


def correct_something(tools: Tools) -> None:
    feedback, prediction = kept_in(tools.database), prediction_of(new_visitor())
    feedback.predictions.add(prediction)
    correction = Correction(prediction.id, prediction.visitor, Label.GOOD, NOON)
    feedback.corrections.save(correction, key=a_key())


def remind_after(tools: Tools, waited: timedelta, webhook: str = "") -> Details:
    settings = tools.settings.model_copy(update={"slack_webhook_url": SecretStr(webhook)})
    return remind_reviewers.work(replace(tools, settings=settings, clock=lambda: NOON + waited))


def test_a_correction_that_waits_is_told_to_the_channels_after_a_day(tools: Tools) -> None:
    correct_something(tools)
    with receiving(HOOK, refusal_of_slack, 200) as slack:
        assert remind_after(tools, timedelta(hours=23), slack.url) == {"waiting": 1, "reminded": 0}
        assert slack.taken == []
        assert remind_after(tools, timedelta(days=3), slack.url) == {"waiting": 1, "reminded": 1}
    assert "wait for a reviewer: 1; the oldest has waited for days: 3" in slack.text


def test_without_a_channel_nobody_is_reminded_and_nothing_breaks(tools: Tools) -> None:
    correct_something(tools)
    assert remind_after(tools, timedelta(days=3)) == {"waiting": 1, "reminded": 0}
