"""Alerts in the visitor's language, whatever language the messages were sent in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo
from zoneinfo import ZoneInfo

from streamlit_ui.texts import Texts
from streamlit_ui.view_models.figures import moment_in_words
from tyreloop.domain.alerts import Alert
from tyreloop.monitoring.alert_state import Reading
from tyreloop.monitoring.messages import Links, Writer, texts
from tyreloop.monitoring.rules import Rule, rules
from tyreloop.settings import Settings


@dataclass(frozen=True, slots=True)
class AlertWords:
    """Says what fired, when, and with which number."""

    rules: Mapping[str, Rule]
    writer: Writer
    say: Texts
    zone: tzinfo

    @classmethod
    def of(cls, using: Settings, say: Texts, zone: tzinfo) -> AlertWords:
        writer = Writer(texts(say.language.value), Links.of(using), ZoneInfo(using.tz))
        return cls({rule.name: rule for rule in rules(using)}, writer, say, zone)

    def headline(self, alert: Alert) -> str:
        """The rule's name, with a colour and an icon that say whether it is over."""
        rule = self.rules.get(alert.rule)
        title = self.writer.title(rule) if rule else alert.title
        mark = ":red[:material/error:]" if alert.is_open else ":green[:material/check_circle:]"
        return f"{mark} **{title}**"

    def line(self, alert: Alert) -> str:
        """When, and the sentence with the number and its n."""
        return f"{self._when(alert)} · {self._summary(alert)}"

    def _summary(self, alert: Alert) -> str:
        """As it was sent where the rule is not ours any more, or came without its numbers."""
        rule = self.rules.get(alert.rule)
        if (
            rule is None
            or alert.value is None
            or alert.n is None
            or not set(rule.labels) <= set(alert.labels)
        ):
            return alert.summary
        return self.writer.summary(rule, Reading(alert.value, alert.n, alert.labels))

    def _when(self, alert: Alert) -> str:
        since = moment_in_words(alert.started_at, self.zone)
        if alert.ended_at is None:
            return self.say("insights.alert_open", since=since)
        return self.say("insights.alert_ended", since=since, ended=moment_in_words(alert.ended_at, self.zone))
