"""What people read: one message for everything that changed, in Markdown that Slack and Discord both take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from tyreloop.alerts.links import ROLLBACK, Links
from tyreloop.alerts.numbers import written
from tyreloop.alerts.rule import Rule
from tyreloop.alerts.standing import Reading
from tyreloop.alerts.texts import Texts

# Discord takes 2,000 characters with the title; Slack reads well below 3,000.
MOST_CHARACTERS = 1900
MOST_SUMMARY = 300


@dataclass(frozen=True, slots=True)
class Notice:
    """One rule that fired or came to its end."""

    rule: Rule
    reading: Reading
    started_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent."""

    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes in one language, for one time zone and one installation."""

    texts: Texts
    links: Links
    zone: ZoneInfo

    def message(self, notices: Sequence[Notice], production: str | None) -> Message:
        """One message for all notices; what does not fit is counted."""
        first = notices[0]
        more = f" (+{len(notices) - 1})" if len(notices) > 1 else ""
        title = f"[{self._status(first)}] {self.title(first.rule)}{more}"
        blocks = [self._block(notice, production) for notice in notices]
        return Message(title, self._fitting(blocks, MOST_CHARACTERS - len(title)))

    def test(self) -> Message:
        """A message that says that nothing is wrong."""
        return Message("Tyreloop", self.texts.words["test"])

    def title(self, rule: Rule) -> str:
        return self.texts.rules[rule.name].title

    def summary(self, rule: Rule, reading: Reading) -> str:
        """What happened, with the number and what it rests on."""
        return self.texts.rules[rule.name].summary.format(
            value=written(reading.value, rule.unit),
            n=f"{reading.n:.0f}",
            limit=written(rule.limit, rule.unit),
            **{name: label[:60] for name, label in reading.labels.items()},
        )[:MOST_SUMMARY]

    def _status(self, notice: Notice) -> str:
        return self.texts.words["resolved" if notice.ended_at else "firing"]

    def _block(self, notice: Notice, production: str | None) -> str:
        words, rule = self.texts.words, notice.rule
        severity = self.texts.severities[rule.severity]
        lines = [
            f"**{self._status(notice)}: {self.title(rule)}** ({severity})",
            self.summary(rule, notice.reading),
            f"{self._when(notice)} · {words['production']}: {production or words['none']}",
            f"[{words['board']}]({self.links.board_of(rule)}) · {self._runbook(rule)}",
        ]
        if rule.rollback_helps and not notice.ended_at:
            lines.append(f"{words['rollback']}: `{ROLLBACK}`")
        return "\n".join(lines)

    def _when(self, notice: Notice) -> str:
        words = self.texts.words
        said = f"{words['since']} {self._moment(notice.started_at)}"
        return f"{said} · {words['ended']} {self._moment(notice.ended_at)}" if notice.ended_at else said

    def _runbook(self, rule: Rule) -> str:
        """A link where there is an address, else the name of the file."""
        word, place = self.texts.words["runbook"], self.links.runbook_of(rule)
        return f"[{word}]({place})" if place.startswith("http") else f"{word}: `{place}`"

    def _moment(self, at: datetime) -> str:
        return f"{at.astimezone(self.zone):%Y-%m-%d %H:%M %Z}"

    def _fitting(self, blocks: Sequence[str], most: int) -> str:
        tail = self.texts.words["more"].format(count=len(blocks))
        kept = len(blocks)
        while kept > 1 and len("\n\n".join([*blocks[:kept], tail])) > most:
            kept -= 1
        shown = blocks if kept == len(blocks) else [*blocks[:kept], tail]
        return "\n\n".join(shown)[:most]
