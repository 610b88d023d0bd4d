"""Slack's and Discord's webhooks on this machine: they take what the real ones say they take."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.fixtures.stand_in import Asked, answering

Payload = dict[str, Any]


def refusal_of_slack(payload: Payload) -> str | None:
    """docs.slack.dev: text or attachments, at most 100; long text is cut from 4,000 characters on."""
    attachments = payload.get("attachments", [])
    if not payload.get("text") and not attachments:
        return "no_text"
    if len(attachments) > 100:
        return "too_many_attachments"
    texts = [payload.get("text", ""), *(part.get("text", "") for part in attachments)]
    titles = [part.get("title", "") for part in attachments]
    if any(len(text) > 4000 for text in texts) or any(len(title) > 1024 for title in titles):
        return "msg_too_long"
    return None


def refusal_of_discord(payload: Payload) -> str | None:
    """docs.discord.com: content of 2,000; 10 embeds, titles of 256, descriptions of 4,096, 6,000 in all."""
    content, embeds = payload.get("content", ""), payload.get("embeds", [])
    if not content and not embeds:
        return "Cannot send an empty message"
    if len(content) > 2000 or len(embeds) > 10 or len(payload.get("username", "")) > 80:
        return "Must be 2000 or fewer in length."
    sizes = [(len(embed.get("title", "")), len(embed.get("description", ""))) for embed in embeds]
    if any(title > 256 or text > 4096 for title, text in sizes) or sum(map(sum, sizes)) > 6000:
        return "Embed size exceeds maximum size of 6000"
    return None


@dataclass(slots=True)
class Receiver:
    """One webhook: its address, and what came."""

    url: str
    taken: list[Payload] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    is_down: bool = False

    @property
    def text(self) -> str:
        """Every word of every message."""
        return "\n".join(json.dumps(payload, ensure_ascii=False) for payload in self.taken)


@contextmanager
def receiving(path: str, refusal: Callable[[Payload], str | None], ok: int) -> Iterator[Receiver]:
    """A webhook on a free port of this machine."""
    receiver = Receiver("")

    def answer(asked: Asked) -> tuple[int, bytes]:
        payload = json.loads(asked.body)
        problem = "down" if receiver.is_down else refusal(payload)
        if asked.path.partition("?")[0] != path:
            problem = "no_service"
        (receiver.refused.append(problem) if problem else receiver.taken.append(payload))
        return 400 if problem else ok, b"" if ok == 204 else b"ok"

    with answering(answer) as url:
        receiver.url = url + path
        yield receiver
