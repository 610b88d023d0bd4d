"""Messages reach Slack and Discord whole, within their limits, in both languages, once each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

from tests.monitoring.days import Crowd, people_come, release
from tests.monitoring.receivers import Receiver, receiving, refusal_of_discord, refusal_of_slack
from tyreloop.domain.errors import NotConfigured
from tyreloop.monitoring.alert_state import Reading
from tyreloop.monitoring.channels import channels, send_messages
from tyreloop.monitoring.evaluate import evaluate_rules
from tyreloop.monitoring.messages import LANGUAGES, MAX_CHARACTERS, Links, Notice, Writer, texts
from tyreloop.monitoring.rules import rules
from tyreloop.settings import Settings
from tyreloop.store.db import Database

NOON = datetime(2026, 6, 1, 3, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def slack() -> Iterator[Receiver]:
    with receiving("/services/T0/B0/secret", refusal_of_slack, ok=200) as receiver:
        yield receiver


@pytest.fixture
def discord() -> Iterator[Receiver]:
    with receiving("/api/webhooks/1/secret", refusal_of_discord, ok=204) as receiver:
        yield receiver


def installed(slack: Receiver | None, discord: Receiver | None, language: str = "en") -> Settings:
    return Settings(
        slack_webhook_url=slack.url if slack else "",
        discord_webhook_url=discord.url if discord else "",
        alert_language=language,
        grafana_url="https://grafana.example",
        runbook_url="https://runbook.example/runbook.md",
    )


def run(database: Database, using: Settings, now: datetime) -> None:
    """What the job does in one run."""
    ways = channels(using)
    names = [way.name for way in ways]
    database.run(lambda connection: evaluate_rules(connection, using=using, channels=names, now=now))
    send_messages(database, ways, now=now)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_bad_hour_reaches_both_once_and_its_end_too(
    language: str, connection: Connection, database: Database, slack: Receiver, discord: Receiver
) -> None:
    using = installed(slack, discord, language)
    release(connection, 7, 6, NOON - 30 * 24 * HOUR)
    people_come(connection, NOON, HOUR, Crowd(dislikes=0.6, version=7))
    people_come(connection, NOON + HOUR, 2 * HOUR, Crowd(dislikes=0.0, version=7))
    for minutes in range(0, 180, 5):
        run(database, using, NOON + timedelta(minutes=minutes))
    assert (slack.refused, discord.refused) == ([], [])
    words = texts(language)
    for receiver in (slack, discord):
        assert len(receiver.taken) == 2
        assert words.rules["dislike-ratio"].title in receiver.text
        assert "https://grafana.example/d/tyreloop-quality" in receiver.text
        assert "https://runbook.example/runbook.md#dislike-ratio" in receiver.text
        assert "tyreloop models rollback" in receiver.text
        assert words.words["resolved"] in receiver.text
        assert "KST" in receiver.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_alert_about_a_version_that_is_gone_advises_no_rollback(
    language: str, connection: Connection, database: Database, slack: Receiver
) -> None:
    """People disliked version 4, version 5 answers now: rolling back would bring 4 back."""
    release(connection, 4, 3, NOON - 30 * 24 * HOUR)
    people_come(connection, NOON, HOUR, Crowd(dislikes=0.6, version=4))
    release(connection, 5, 4, NOON + timedelta(minutes=5))
    for minutes in range(0, 60, 5):
        run(database, installed(slack, None, language), NOON + timedelta(minutes=minutes))
    words = texts(language).words
    assert f"{words['served']}: {words['version'].format(version=5)}" in slack.text
    assert words["gone"].format(version=4) in slack.text
    assert "models rollback" not in slack.text


def test_colours_tell_how_grave_it_is(slack: Receiver, defaults: Settings) -> None:
    using = installed(slack, None)
    by_name = {rule.name: rule for rule in rules(defaults)}
    reading = Reading(0.5, 87, {"model_version": "7"})
    for name, ended in (("errors", None), ("dislike-ratio", None), ("answer-drift", None), ("errors", NOON)):
        notice = Notice(by_name[name], reading, NOON - HOUR, ended)
        message = Writer.of(using).message([notice], served="7")
        assert all(way.send(message) for way in channels(using))
    on_slack = [payload["attachments"][0]["color"] for payload in slack.taken]
    assert len(set(on_slack)) == 4


def test_a_message_keeps_its_colour_while_it_waits(
    connection: Connection, database: Database, slack: Receiver
) -> None:
    people_come(connection, NOON, 2 * HOUR, Crowd(dislikes=0.6))
    for minutes in range(0, 90, 5):
        run(database, installed(slack, None), NOON + timedelta(minutes=minutes))
    [payload] = slack.taken
    assert payload["attachments"][0]["color"] == "#CACF29"  # a warning's


def test_links_lead_to_the_pages_where_no_other_address_is_set(defaults: Settings) -> None:
    rule = rules(defaults)[0]
    links = Links.of(Settings(pages_url="https://tyres.example/"))
    assert links.board_of(rule) == "https://tyres.example/insights"
    assert links.runbook_of(rule) == "https://tyres.example/runbook#dislike-ratio"


def test_slack_gets_its_own_kind_of_link_and_bold(
    connection: Connection, database: Database, slack: Receiver, discord: Receiver
) -> None:
    people_come(connection, NOON, 2 * HOUR, Crowd(dislikes=0.6))
    for minutes in range(0, 90, 5):
        run(database, installed(slack, discord), NOON + timedelta(minutes=minutes))
    assert "|Open the board>" in slack.text
    assert "**" not in slack.text
    assert "[Open the board](https://grafana.example/d/tyreloop-quality)" in discord.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_at_once_stays_within_the_limits(
    language: str, slack: Receiver, discord: Receiver
) -> None:
    using = installed(slack, discord, language)
    reading = Reading(0.5, 87, {"model_version": "7", "job": "j" * 500})
    notices = [Notice(rule, reading, NOON) for rule in rules(using)]
    message = Writer.of(using).message(notices, served="7")
    assert len(message.title) + len(message.body) <= MAX_CHARACTERS
    assert str(len(notices)) in message.body
    assert all(way.send(message) for way in channels(using))
    assert (slack.refused, discord.refused) == ([], [])


@pytest.mark.parametrize(
    ("with_slack", "with_discord"), [(True, True), (True, False), (False, True), (False, False)]
)
def test_only_what_is_configured_gets_messages(
    with_slack: bool, with_discord: bool, slack: Receiver, discord: Receiver
) -> None:
    using = installed(slack if with_slack else None, discord if with_discord else None)
    sent = [way.send(Writer.of(using).test()) for way in channels(using)]
    assert sent == [True] * (with_slack + with_discord)
    assert (len(slack.taken), len(discord.taken)) == (with_slack, with_discord)


def test_a_message_that_did_not_arrive_comes_later_and_once(
    connection: Connection, database: Database, slack: Receiver
) -> None:
    using = installed(slack, None)
    people_come(connection, NOON, 2 * HOUR, Crowd(dislikes=0.6))
    slack.is_down = True
    for minutes in range(0, 90, 5):
        run(database, using, NOON + timedelta(minutes=minutes))
        slack.is_down = not slack.refused
    run(database, using, NOON + timedelta(minutes=95))
    assert len(slack.taken) == 1


@pytest.mark.parametrize("address", ["hooks.slack.com/services/a/b/c", "https://hooks.slack.com/a"])
def test_an_address_that_is_no_webhook_is_refused_at_the_start(address: str) -> None:
    with pytest.raises(NotConfigured, match="SLACK_WEBHOOK_URL"):
        channels(Settings(slack_webhook_url=address))


def test_no_message_of_ours_ever_holds_a_webhooks_secret(slack: Receiver) -> None:
    way = channels(installed(slack, None))[0]
    assert "secret" not in repr(Writer.of(installed(slack, None)).test())
    assert way.name == "slack"


def test_every_rule_has_its_texts_in_every_language(defaults: Settings) -> None:
    names = {rule.name for rule in rules(defaults)}
    for language in LANGUAGES:
        assert set(texts(language).rules) == names
        for rule in rules(defaults):
            reading = Reading(1, 2, dict.fromkeys(rule.labels, "7"))
            assert "{" not in Writer.of(installed(None, None, language)).summary(rule, reading)
    assert texts("en").words.keys() == texts("ko").words.keys()
