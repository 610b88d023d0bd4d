"""Every job, in one table. To add one, add a line; its schedule stands in crontab/crontab."""

from __future__ import annotations

from tyreloop.domain.errors import InvalidRequest
from tyreloop.jobs.back_up import back_up
from tyreloop.jobs.demo_feedback import make_demo_feedback
from tyreloop.jobs.job import Job
from tyreloop.jobs.judge_alerts import judge_alerts
from tyreloop.jobs.mend_photos import mend_photos
from tyreloop.jobs.remind_reviewers import remind_reviewers
from tyreloop.jobs.retention import let_go
from tyreloop.jobs.roll_up import mend_counts, roll_up_counts
from tyreloop.jobs.sweep_outboxes import sweep_outboxes
from tyreloop.jobs.watch_service import watch_service

JOBS = (
    Job("roll-up", "Move what is pending into the hourly counts of the charts.", roll_up_counts),
    Job("mend-counts", "Recount every hour from the rows, and mend what differs.", mend_counts),
    Job("sweep-outboxes", "Send what waits in the outboxes of this machine.", sweep_outboxes),
    Job("watch-service", "Keep what the service says of itself, for charts and alerts.", watch_service),
    Job("judge-alerts", "Judge the alert rules and send what people should know.", judge_alerts),
    Job("mend-photos", "Make rows and stored photos agree, both ways.", mend_photos),
    Job("retention", "Let go of photos and keys whose time is over.", let_go),
    Job("backup", "Back up the database, the registry and the photos.", back_up),
    Job("remind-reviewers", "Tell people when corrections wait for more than a day.", remind_reviewers),
    Job(
        "demo-feedback",
        "Make up feedback for a demonstration, marked as such.",
        make_demo_feedback,
        {"days": 30, "rows": 100_000},
    ),
)


def job_named(name: str) -> Job:
    """The job, or one sentence that names those there are."""
    for job in JOBS:
        if job.name == name:
            return job
    raise InvalidRequest(f"There is no job {name}. There are: {', '.join(job.name for job in JOBS)}.")
