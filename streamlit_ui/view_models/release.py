"""What the Release page says about votes, photos and runs, decided without Streamlit."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import Any

from streamlit_ui.texts import Texts
from streamlit_ui.view_models.loop import MOMENT
from tyreloop.domain.feedback import VoteCount, VotesAroundRelease
from tyreloop.domain.models import Release, ReleaseState
from tyreloop.models.gate import sentences


def votes_line(release: Release, votes: VotesAroundRelease, say: Texts) -> str:
    """The share of likes since the release, the one of before, and by how much it moved."""
    if not votes.since.votes:
        return say("release.no_votes", version=release.to_version)
    lines = [say("release.votes_since", version=release.to_version, **_told(votes.since))]
    if votes.before.votes:
        lines.append(say("release.votes_before", version=release.from_version, **_told(votes.before)))
    if votes.change is not None:
        change, low, high = (f"{points * 100:+.0f}" for points in votes.change)
        lines.append(say("release.votes_change", change=change, low=low, high=high))
    return " ".join(lines)


def release_line(release: Release, say: Texts, zone: tzinfo) -> str:
    """One release, and how far it came."""
    when = release.released_at.astimezone(zone).strftime(MOMENT)
    by, why = release.released_by.removeprefix("user:"), release.reason or "–"
    if release.state is ReleaseState.REFUSED:
        return say(
            "release.service_refused", version=release.to_version, when=when, by=by, why=release.refusal
        )
    line = say(f"release.{release.kind}", version=release.to_version, when=when, by=by, reason=why)
    return line if release.state is ReleaseState.SERVED else f"{line} {say(f'release.state_{release.state}')}"


def refusal_lines(version: int, reasons: Sequence[Mapping[str, Any]], say: Texts) -> list[str]:
    """Why the gate lets a version not through: the same sentences as at the shell and in the audit log."""
    return [
        f"{say('release.not_promoted', version=version)} {said}." for said in sentences(reasons, say.language)
    ]


def wall_caption(entry: Mapping[str, str], say: Texts) -> str:
    """What it shows, what the models lean to, and what is answered where that is something else."""
    before = say(f"release.said_{entry['before']}") if entry["before"] else "–"
    now, kind = say(f"release.said_{entry['now']}"), say(f"release.is_{entry['kind']}")
    caption = say("release.wall_caption", before=before, now=now, kind=kind)
    answer = entry.get("answer", entry["now"])
    return caption if answer == entry["now"] else f"{caption} ({say(f'release.said_{answer}')})"


def picture_in(entry: Mapping[str, str]) -> bytes | None:
    """The picture that an entry carries itself."""
    return b64decode(entry["picture"]) if entry.get("picture") else None


def run_line(run_id: str, mlflow_pages: str, say: Texts) -> str:
    """Which run made a version, with a link where people reach MLflow."""
    return say("release.run", run=run_link(run_id, mlflow_pages))


def run_link(run_id: str, mlflow_pages: str) -> str:
    """A run by the start of its id."""
    name = run_id[:8]
    return f"[{name}]({mlflow_pages}/#/runs/{run_id})" if mlflow_pages else name


def _told(count: VoteCount) -> dict[str, object]:
    low, high = (round(share * 100) for share in count.interval)
    return {"share": round(count.share * 100), "low": low, "high": high, "count": count.votes}
