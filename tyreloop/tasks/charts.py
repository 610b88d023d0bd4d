"""The hourly counts behind every chart."""

from __future__ import annotations

from tyreloop.store.counts import recount, roll_up
from tyreloop.tasks.task import Details, Tools, task


@task("roll-up", schedule="* * * * *")
def roll_up_counts(tools: Tools) -> Details:
    """Move what is pending into the hourly counts of the charts."""
    return {"changes": roll_up(tools.database)}  # charts are exact without this too; with it they stay cheap


@task("mend-counts", schedule="20 3 * * *")
def mend_counts(tools: Tools) -> Details:
    """Recount every hour from the rows, and mend what differs."""
    return {"mended": recount(tools.database)}
