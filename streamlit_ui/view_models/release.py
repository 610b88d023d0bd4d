"""What the Release page says about votes, photos and runs, decided without Streamlit."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import Any

from streamlit_ui.texts import Texts
from streamlit_ui.view_models.figures import Name, moment_in_words
from streamlit_ui.view_models.problem import in_words_of
from tyreloop.domain.feedback import VoteCount, VotesAroundRelease
from tyreloop.domain.models import Candidate, Release, ReleaseState
from tyreloop.models.gate import sentences

NOTHING = "–"
DECIDING = {
    "misses": "defective_missed",
    "false_alarms": "false_alarms",
    "coverage": "coverage",
    "sure_wrong": "error_among_sure",
}


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
    when = moment_in_words(release.released_at, zone)
    by, why = release.released_by.removeprefix("user:"), in_words_of(say, release.reason) or release.reason
    if release.state is ReleaseState.REFUSED:
        return say(
            "release.service_refused", version=release.to_version, when=when, by=by, why=release.refusal
        )
    line = say(f"release.{release.kind}", version=release.to_version, when=when, by=by, reason=why).strip()
    return line if release.state is ReleaseState.SERVED else f"{line} {say(f'release.state_{release.state}')}"


def versions_table(candidates: Sequence[Candidate], say: Texts) -> list[dict[str, str]]:
    """All versions side by side; each figure is a share with its interval and what it was counted on."""
    return [
        {
            say("release.version"): _named(one, say),
            **_cells(one.answered.get("figures") or {}, say),
            say("release.verdict"): _outcome(one, say),
            say("release.changed"): _changed(one),
            say("release.asked"): _asked(one, say),
        }
        for one in candidates
    ]


def sources_table(one: Candidate, say: Texts) -> list[dict[str, str]]:
    """One version's figures for each source of photos; a single source is the whole."""
    sources: Mapping[str, Any] = one.answered.get("sources") or {}
    if len(sources) < 2:
        return []
    return [{say("release.source"): _source(name, say), **_cells(own, say)} for name, own in sources.items()]


def reliability_points(one: Candidate, say: Texts) -> list[dict[str, Any]]:
    """What it claims against how often it was right, with a sentence for each point."""
    return [
        {**point, "tip": say("release.reliable", claimed=round(point["claimed"] * 100), **_percent(point))}
        for point in one.answered.get("reliability") or ()
    ]


def about_line(one: Candidate, say: Texts, zone: tzinfo) -> str:
    """When it was made, from what, and what it says of itself."""
    made = say("release.made", when=moment_in_words(one.created_at, zone))
    learned = say("release.learned_from", dataset=one.dataset) if one.dataset else ""
    return " · ".join(filter(None, (made, learned, in_words_of(say, one.description) or one.description)))


def verdict_lines(one: Candidate, say: Texts) -> list[str]:
    """What the gate says of a promotion now, in its own sentences."""
    if one.is_in_production:
        return [say("release.in_production_now")]
    return [f"{said}." for said in sentences(one.objections or [{"say": "passed"}], say.language)]


def lacks_exam(one: Candidate) -> bool:
    """Whether an exam must come before anything can be said: none was held, or against another version."""
    return any(reason["say"] in ("not_examined", "stale", "stale_first") for reason in one.objections)


def wall_title(one: Candidate, outcome: str, shown: int, say: Texts) -> str:
    """How many photos an exam changed this way, and how many of them hang here."""
    count = one.exam.get(outcome, shown)
    title = say(f"release.wall_{outcome}", count=count)
    return title if shown in (0, count) else f"{title} {say('release.wall_some', shown=shown)}"


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


def _named(one: Candidate, say: Texts) -> str:
    return f"{one.version} ({say('release.in_production')})" if one.is_in_production else f"{one.version}"


def _outcome(one: Candidate, say: Texts) -> str:
    if not one.exam:
        return say("release.no_exam")
    return say(f"release.{one.exam.get('outcome') or ('passed' if one.passed else 'refused')}")


def _source(name: str, say: Texts) -> str:
    """A dataset by its own name; drawings and views by our words."""
    key = f"release.source_{name.replace(' ', '_')}"
    return say(key) if key in say else Name(name)


def _changed(one: Candidate) -> str:
    return f"+{one.exam.get('fixed', 0)} / −{one.exam.get('broke', 0)}" if one.exam else NOTHING


def _asked(one: Candidate, say: Texts) -> str:
    if not one.answered:
        return NOTHING
    return say("release.asked_line", photos=one.answered["questions"], version=one.answered["exam_of"])


def _cells(figures: Mapping[str, Any], say: Texts) -> dict[str, str]:
    return {say(f"release.{name}"): _cell(figures.get(figure), say) for name, figure in DECIDING.items()}


def _cell(figure: Mapping[str, Any] | None, say: Texts) -> str:
    return say("release.cell", **_percent(figure)) if figure and figure["of"] else NOTHING


def _percent(figure: Mapping[str, Any]) -> dict[str, int]:
    share = {name: round(figure[name] * 100) for name in ("share", "low", "high")}
    return {**share, "hits": int(figure["hits"]), "of": int(figure["of"])}
