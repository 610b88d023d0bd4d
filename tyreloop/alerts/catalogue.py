"""Every alert rule, with its limits from the settings. Grafana's files and our own job are made from this."""

from __future__ import annotations

from datetime import timedelta

from tyreloop.alerts.rule import Rule, Severity, Side, Unit
from tyreloop.settings import Settings

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def rules(using: Settings) -> tuple[Rule, ...]:
    """The rules in the order in which people read them."""
    return (*_about_people(using), *_about_traffic(using), *_about_answers(using), *_about_machines())


def rule_named(name: str, using: Settings) -> Rule:
    """One rule by its name."""
    return next(rule for rule in rules(using) if rule.name == name)


def _about_people(using: Settings) -> tuple[Rule, ...]:
    return (
        Rule(
            name="dislike-ratio",
            question="rule_dislike_ratio",
            unit=Unit.SHARE,
            severity=Severity.WARNING,
            board="quality",
            panel="dislike_ratio_by_version",
            limit=using.alert_dislike_ratio,
            recover=using.alert_dislike_recover,
            labels=("model_version",),
            lasting=10 * MINUTE,
            parameters={"minimum_n": str(using.alert_dislike_votes)},
            rollback_helps=True,
        ),
        Rule(
            name="dislike-slow-burn",
            question="rule_dislike_slow_burn",
            unit=Unit.SHARE,
            severity=Severity.CRITICAL,
            board="quality",
            panel="moving_like_ratio",
            limit=using.alert_slow_burn_ratio,
            labels=("model_version",),
            window=DAY,
            lasting=30 * MINUTE,
            every=5 * MINUTE,
            parameters={"minimum_n": str(using.alert_slow_burn_votes)},
            rollback_helps=True,
        ),
        Rule(
            name="new-version-worse",
            question="rule_new_version_worse",
            unit=Unit.SHARE,
            severity=Severity.CRITICAL,
            board="quality",
            panel="versions_compared",
            limit=using.alert_new_version_gap,
            labels=("model_version",),
            window=7 * DAY,
            lasting=15 * MINUTE,
            every=5 * MINUTE,
            parameters={"minimum_n": str(using.alert_new_version_votes)},
            rollback_helps=True,
        ),
    )


def _about_traffic(using: Settings) -> tuple[Rule, ...]:
    return (
        Rule(
            name="traffic-drop",
            question="rule_traffic_drop",
            unit=Unit.SHARE,
            severity=Severity.WARNING,
            board="overview",
            panel="predictions_per_hour",
            limit=using.alert_traffic_share,
            side=Side.BELOW,
            lasting=15 * MINUTE,
            parameters={"minimum_n": str(using.alert_traffic_predictions)},
            silence_is_bad=True,
        ),
        Rule(
            name="silence",
            question="rule_silence",
            unit=Unit.MINUTES,
            severity=Severity.CRITICAL,
            board="overview",
            panel="last_vote_age",
            limit=using.alert_silent_minutes,
            window=30 * DAY,
            lasting=10 * MINUTE,
            silence_is_bad=True,
        ),
        Rule(
            name="slow-answers",
            question="rule_slow_answers",
            unit=Unit.MILLISECONDS,
            severity=Severity.WARNING,
            board="service",
            panel="latency",
            limit=using.alert_slow_answer_ms,
            window=15 * MINUTE,
            lasting=10 * MINUTE,
            parameters={"minimum_n": str(using.alert_requests)},
        ),
        Rule(
            name="errors",
            question="rule_errors",
            unit=Unit.SHARE,
            severity=Severity.CRITICAL,
            board="service",
            panel="errors_by_route",
            limit=using.alert_error_ratio,
            window=15 * MINUTE,
            lasting=5 * MINUTE,
            parameters={"minimum_n": str(using.alert_requests)},
            rollback_helps=True,
        ),
    )


def _about_answers(using: Settings) -> tuple[Rule, ...]:
    return (
        Rule(
            name="answer-drift",
            question="rule_answer_drift",
            unit=Unit.NUMBER,
            severity=Severity.INFO,
            board="quality",
            panel="answer_drift",
            limit=using.alert_drift_psi,
            window=DAY,
            lasting=HOUR,
            every=10 * MINUTE,
            parameters={"minimum_n": str(using.alert_drift_predictions)},
        ),
        Rule(
            name="model-refused",
            question="rule_model_refused",
            unit=Unit.COUNT,
            severity=Severity.CRITICAL,
            board="service",
            panel="model_events",
            limit=0,
            labels=("model_version",),
            keep=30 * MINUTE,
        ),
        Rule(
            name="production-conflict",
            question="rule_production_conflict",
            unit=Unit.COUNT,
            severity=Severity.WARNING,
            board="service",
            panel="model_events",
            limit=0,
            keep=30 * MINUTE,
        ),
    )


def _about_machines() -> tuple[Rule, ...]:
    return (
        Rule(
            name="write-failures",
            question="rule_write_failures",
            unit=Unit.COUNT,
            severity=Severity.CRITICAL,
            board="service",
            panel="write_failures",
            limit=0,
            window=10 * MINUTE,
            keep=30 * MINUTE,
        ),
        Rule(
            name="outbox-stuck",
            question="rule_outbox_stuck",
            unit=Unit.MINUTES,
            severity=Severity.CRITICAL,
            board="service",
            panel="outbox",
            limit=15,  # the outbox is replayed every minute; a quarter of an hour is no hiccup
            lasting=5 * MINUTE,
        ),
        Rule(
            name="job-overdue",
            question="rule_job_overdue",
            unit=Unit.NUMBER,
            severity=Severity.WARNING,
            board="service",
            panel="jobs",
            limit=1,  # one: the job's own limit of silence
            labels=("job",),
            lasting=5 * MINUTE,
            every=5 * MINUTE,
        ),
    )
