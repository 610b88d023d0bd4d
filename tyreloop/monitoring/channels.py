"""Slack and Discord, through Apprise; each is there only when its webhook is set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import apprise
import structlog
from apprise.plugins.discord import NotifyDiscord
from apprise.plugins.slack import NotifySlack

from tyreloop.domain.errors import NotConfigured
from tyreloop.monitoring import alert_store
from tyreloop.monitoring.messages import WELL, Message
from tyreloop.monitoring.rules import Severity
from tyreloop.settings import Settings
from tyreloop.store.db import Database, queries

log = structlog.get_logger(__name__)

NAME = "Tyreloop"
# What Apprise colours a message by: red, yellow, blue, green.
TONES = {
    Severity.CRITICAL.value: apprise.NotifyType.FAILURE,
    Severity.WARNING.value: apprise.NotifyType.WARNING,
    Severity.INFO.value: apprise.NotifyType.INFO,
    WELL: apprise.NotifyType.SUCCESS,
}


@dataclass(frozen=True, slots=True)
class Channel:
    """One place where messages go."""

    name: str
    url: str

    def send(self, message: Message) -> bool:
        """Whether the message arrived; each has its own sender, for Apprise waits between two of one."""
        return bool(
            SENDERS[self.name](self.url).notify(
                title=message.title,
                body=message.body,
                body_format=apprise.NotifyFormat.MARKDOWN,
                notify_type=TONES[message.tone],
            )
        )


def channels(using: Settings) -> tuple[Channel, ...]:
    """The channels that are configured, checked so that a mistake shows at the start."""
    urls = {
        "slack": using.slack_webhook_url.get_secret_value(),
        "discord": using.discord_webhook_url.get_secret_value(),
    }
    found = tuple(Channel(name, url) for name, url in urls.items() if url)
    for channel in found:
        SENDERS[channel.name](channel.url)
    return found


def send_messages(database: Database, channels: Sequence[Channel], *, now: datetime) -> tuple[int, int]:
    """Send what waits, the oldest first; answers how many arrived and how many wait for the next run."""
    by_name = {channel.name: channel for channel in channels}
    arrived = missed = 0
    for waiting in _claimed(database, now):
        channel = by_name.get(waiting["channel"])  # a channel may be gone since the message was written
        if channel and channel.send(Message(waiting["title"], waiting["body"], waiting["tone"])):
            arrived += 1
            database.run(partial(queries.mark_alert_message_sent, id=waiting["id"], sent_at=now))
        else:
            missed += 1
            log.warning("alert_message_not_sent", channel=waiting["channel"], message=waiting["id"])
    return arrived, missed


def _claimed(database: Database, now: datetime) -> Iterator[Mapping[str, Any]]:
    """Each message in line once, claimed just before it is sent."""
    last = 0
    while waiting := database.run(partial(alert_store.claim_message, after=last, now=now)):
        last = int(waiting["id"])
        yield waiting


def _slack(url: str) -> Any:
    base, parts = _split(url, parts=3, name="SLACK_WEBHOOK_URL")
    sender = _made(NotifySlack, "SLACK_WEBHOOK_URL", token_a=parts[0], token_b=parts[1], token_c=parts[2])
    sender.webhook_url = base  # a relay or a server that speaks Slack has another address
    return sender


def _discord(url: str) -> Any:
    base, parts = _split(url, parts=2, name="DISCORD_WEBHOOK_URL")
    sender = _made(NotifyDiscord, "DISCORD_WEBHOOK_URL", webhook_id=parts[0], webhook_token=parts[1])
    sender.notify_url = base
    return sender


def _made(kind: Any, name: str, **tokens: str) -> Any:
    try:
        # No pictures from elsewhere: a message needs nothing but our own words.
        asset = apprise.AppriseAsset(app_id=NAME, app_desc=NAME, image_url_mask="", secure_logging=True)
        return kind(**tokens, asset=asset, include_image=False)
    except TypeError as error:
        raise NotConfigured(f"{name} is no webhook address.") from error


def _split(url: str, *, parts: int, name: str) -> tuple[str, list[str]]:
    """The address without its last parts, and these parts: they are the webhook's secrets."""
    whole = urlsplit(url)
    path = whole.path.strip("/").split("/")
    if whole.scheme not in ("http", "https") or not whole.hostname or len(path) <= parts:
        raise NotConfigured(f"{name} is no webhook address.")
    base = urlunsplit((whole.scheme, whole.netloc, "/" + "/".join(path[:-parts]), "", ""))
    return base, path[-parts:]


SENDERS: Mapping[str, Any] = {"slack": _slack, "discord": _discord}
