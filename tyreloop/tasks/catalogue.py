"""Every task: importing the modules that declare them fills the table."""

from __future__ import annotations

from tyreloop.tasks import backup, charts, demo_feedback, outboxes, photos, reviewers, service
from tyreloop.tasks.task import TASKS, task_named

MODULES = (charts, service, outboxes, photos, backup, reviewers, demo_feedback)

__all__ = ["MODULES", "TASKS", "task_named"]
