"""Reads a job's options: `--days 30 --rows 1000`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tyreloop.domain.errors import InvalidRequest
from tyreloop.jobs.job import Job


def read_options(job: Job, words: Sequence[str]) -> Mapping[str, int]:
    """The options by their names; all are whole numbers, from one."""
    found: dict[str, int] = {}
    for name, value in zip(words[::2], [*words[1::2], ""], strict=False):
        known = name.removeprefix("--")
        if not name.startswith("--") or known not in job.options or not value.isdecimal() or int(value) < 1:
            raise InvalidRequest(f"The job {job.name} takes {_usage(job)}.")
        found[known] = int(value)
    return found


def _usage(job: Job) -> str:
    return " ".join(f"--{name} NUMBER" for name in job.options) or "no options"
