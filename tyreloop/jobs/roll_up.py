"""The hourly counts behind every chart."""

from __future__ import annotations

from tyreloop.jobs.job import Details, Tools
from tyreloop.store.counts import recount, roll_up


def roll_up_counts(tools: Tools) -> Details:
    """Charts are exact without this too; with it they stay cheap."""
    return {"changes": roll_up(tools.database)}


def mend_counts(tools: Tools) -> Details:
    """Nothing should ever differ; if it does, this says so."""
    return {"mended": recount(tools.database)}
