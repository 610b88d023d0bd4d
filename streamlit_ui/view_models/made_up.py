"""Made-up days, in the shape of the database's answers: what Insights will show once people vote.

Nothing of it is written anywhere, so that nothing has to be told apart or taken away later.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from math import cos, pi
from typing import Any

from tyreloop.domain.interval import wilson_interval
from tyreloop.monitoring.charts import step_for

A_DAY = 40  # photos, on made-up days
RELEASED_AT = 0.6  # of the span
LIKED = {1: 0.71, 2: 0.88}
MIX = {"good": 0.58, "defective": 0.24, "unsure": 0.12, "unusable": 0.06}
VOTED, SLOW = 0.6, 2.2
Answers = dict[str, list[Mapping[str, Any]]]


def made_up_days(span: tuple[datetime, datetime]) -> Answers:
    """Two versions, the second one better; the same days give the same numbers."""
    steps = _steps(span)
    votes = {version: [step for step in steps if step["version"] == version] for version in LIKED}
    likes, dislikes = (sum(step[name] for step in steps) for name in ("Likes", "Dislikes"))
    photos = sum(step["photos"] for step in steps)
    return {
        "total_votes": [{"Likes": likes, "Dislikes": dislikes}],
        "coverage": [{"Predictions": photos, "Votes per prediction": (likes + dislikes) / max(photos, 1)}],
        "votes_per_hour": steps,
        "moving_like_ratio": [
            {
                "time": step["time"],
                "Like ratio": LIKED[step["version"]],
                "Votes": step["Likes"] + step["Dislikes"],
            }
            for step in steps
            if step["photos"]
        ],
        "versions_compared": [_compared(version, own) for version, own in votes.items() if own],
        "predictions_per_hour": [
            {"time": step["time"], "metric": answer, "value": round(step["photos"] * share)}
            for step in steps
            for answer, share in MIX.items()
        ],
        "latency": [
            {"time": step["time"], "p50": 60 + step["photos"], "p95": (60 + step["photos"]) * SLOW}
            for step in steps
        ],
        "latency_summary": [{"p50": 65, "p95": 65 * SLOW}],
        "corrections_matrix": [
            {"Answered": answered, "Visitors say": said, "Corrections": round(photos * share)}
            for answered, said, share in (
                ("good", "defective", 0.02),
                ("defective", "good", 0.03),
                ("unsure", "good", 0.02),
            )
        ],
        "audited_accuracy": [{"Version": "2", "Right in the sample": 0.93, "Reviewed": 60.0}],
        "releases": [
            {"time": span[0] + (span[1] - span[0]) * RELEASED_AT, "text": "", "tags": "promotion,version 2"}
        ],
    }


def _steps(span: tuple[datetime, datetime]) -> list[Mapping[str, Any]]:
    begins, ends = span
    step, found = step_for(ends - begins), list[Mapping[str, Any]]()
    moment = begins.replace(minute=0, second=0, microsecond=0)
    while moment < ends:
        version = 2 if moment >= begins + (ends - begins) * RELEASED_AT else 1
        by_day = 1 - cos(2 * pi * (moment.hour + moment.minute / 60 - 3) / 24)  # little at three at night
        photos = round(A_DAY * by_day * step.total_seconds() / 86_400)
        likes = round(photos * VOTED * LIKED[version])
        dislikes = round(photos * VOTED) - likes
        row = {"time": moment, "photos": photos, "Likes": likes, "Dislikes": dislikes, "version": version}
        found.append(row)
        moment += step
    return found


def _compared(version: int, steps: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    likes, dislikes = (sum(step[name] for step in steps) for name in ("Likes", "Dislikes"))
    low, high = wilson_interval(likes, likes + dislikes)
    share = likes / max(likes + dislikes, 1)
    return {"Version": str(version), "Like ratio": share, "Low": low, "High": high, "Votes": likes + dislikes}
