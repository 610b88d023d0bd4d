"""What people read: one message for everything that changed, in Markdown that Slack and Discord both take."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from tyreloop.monitoring.alert_state import Reading
from tyreloop.monitoring.rules import Rule, Severity, in_words
from tyreloop.settings import Settings

LANGUAGES = ("en", "ko")
RUNBOOK = Path(__file__).with_name("runbook.md")
# Discord takes 2,000 characters with the title; Slack reads well below 3,000.
MAX_CHARACTERS = 1900
MAX_SUMMARY = 300
WELL = "well"  # the tone of a message that tells of nothing but ends


@dataclass(frozen=True, slots=True)
class RuleText:
    """A rule's name for people, and one sentence with `{value}`, `{n}`, `{limit}` and its labels."""

    title: str
    summary: str


@dataclass(frozen=True, slots=True)
class Texts:
    """One language."""

    words: Mapping[str, str]
    severities: Mapping[str, str]
    rules: Mapping[str, RuleText]


@cache
def texts(language: str) -> Texts:
    """The texts of one language."""
    file = Path(__file__).parent / "texts" / f"{language}.toml"
    read = tomllib.loads(file.read_text(encoding="utf-8"))
    rules = {name: RuleText(**text) for name, text in read["rules"].items()}
    return Texts(read["words"], read["severities"], rules)


@dataclass(frozen=True, slots=True)
class Links:
    """Where a message sends people: the board, and what to do."""

    board: str
    runbook: str

    @classmethod
    def of(cls, using: Settings) -> Links:
        """Grafana's boards if it is there, else the page with the same charts; the runbook is a page too."""
        grafana, pages = using.grafana_url.rstrip("/"), using.pages.rstrip("/")
        board = f"{grafana}/d/tyreloop-{{board}}" if grafana else f"{pages}/insights"
        return cls(board, using.runbook_url or f"{pages}/runbook")

    def board_of(self, rule: Rule) -> str:
        return self.board.format(board=rule.board)

    def runbook_of(self, rule: Rule) -> str:
        """The rule's heading in the runbook."""
        return f"{self.runbook}#{rule.name}"


@dataclass(frozen=True, slots=True)
class Notice:
    """One rule that fired or came to its end."""

    rule: Rule
    reading: Reading
    started_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent; its tone decides the colour beside it: a severity, or that all is well."""

    title: str
    body: str
    tone: str = Severity.INFO.value


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes in one language, for one time zone and one installation."""

    texts: Texts
    links: Links
    zone: ZoneInfo

    @classmethod
    def of(cls, using: Settings) -> Writer:
        """Writes as this installation is set up."""
        return cls(texts(using.alert_language), Links.of(using), ZoneInfo(using.tz))

    def message(self, notices: Sequence[Notice], served: str | None) -> Message:
        """One message for all notices; what does not fit is counted."""
        first = notices[0]
        more = f" (+{len(notices) - 1})" if len(notices) > 1 else ""
        title = f"[{self._status(first)}] {self.title(first.rule)}{more}"
        blocks = [self._block(notice, served) for notice in notices]
        return Message(title, self._fitting(blocks, MAX_CHARACTERS - len(title)), _tone(notices))

    def test(self) -> Message:
        """A message that says that nothing is wrong."""
        return Message("Tyreloop", self.texts.words["test"], WELL)

    def title(self, rule: Rule) -> str:
        return self.texts.rules[rule.name].title

    def summary(self, rule: Rule, reading: Reading) -> str:
        """What happened, with the number and what it rests on."""
        return self.texts.rules[rule.name].summary.format(
            value=in_words(reading.value, rule.unit),
            n=f"{reading.n:.0f}",
            limit=in_words(rule.limit, rule.unit),
            **{name: label[:60] for name, label in reading.labels.items()},
        )[:MAX_SUMMARY]

    def advice(self, rule: Rule, reading: Reading, served: str | None) -> str | None:
        """Rolling back helps only while the version that people judged is the one that answers."""
        if not rule.rollback_helps:
            return None
        judged = reading.labels.get("model_version", served)
        words = self.texts.words
        return words["rollback"] if judged == served else words["gone"].format(version=judged)

    def _status(self, notice: Notice) -> str:
        return self.texts.words["resolved" if notice.ended_at else "firing"]

    def _block(self, notice: Notice, served: str | None) -> str:
        words, rule = self.texts.words, notice.rule
        severity = self.texts.severities[rule.severity]
        board, runbook = self.links.board_of(rule), self.links.runbook_of(rule)
        lines = [
            f"**{self._status(notice)}: {self.title(rule)}** ({severity})",
            self.summary(rule, notice.reading),
            f"{self._when(notice)} · {words['served']}: {self._version(served)}",
            f"[{words['board']}]({board}) · [{words['runbook']}]({runbook})",
        ]
        if not notice.ended_at and (advice := self.advice(rule, notice.reading, served)):
            lines.append(advice)
        return "\n".join(lines)

    def _version(self, version: str | None) -> str:
        words = self.texts.words
        return words["version"].format(version=version) if version else words["none"]

    def _when(self, notice: Notice) -> str:
        words = self.texts.words
        said = f"{words['since']} {self._moment(notice.started_at)}"
        return f"{said} · {words['ended']} {self._moment(notice.ended_at)}" if notice.ended_at else said

    def _moment(self, at: datetime) -> str:
        return f"{at.astimezone(self.zone):%Y-%m-%d %H:%M %Z}"

    def _fitting(self, blocks: Sequence[str], max_characters: int) -> str:
        tail = self.texts.words["more"].format(count=len(blocks))
        kept = len(blocks)
        while kept > 1 and len("\n\n".join([*blocks[:kept], tail])) > max_characters:
            kept -= 1
        shown = blocks if kept == len(blocks) else [*blocks[:kept], tail]
        return "\n\n".join(shown)[:max_characters]


def _tone(notices: Sequence[Notice]) -> str:
    """The most severe of what fires."""
    firing = {notice.rule.severity for notice in notices if not notice.ended_at}
    return next((severity.value for severity in Severity if severity in firing), WELL)
