"""Numbers as people read them, in their language."""

from __future__ import annotations

from datetime import datetime, tzinfo

from streamlit_ui.texts import Texts

LEAST_SHARE, MOST_SHARE = 0.01, 0.99  # beyond these no photo tells so exactly


class Name(str):
    """What people or machines call something: no word of ours, and nothing to translate."""

    __slots__ = ()


def share_in_words(share: float, say: Texts) -> str:
    """A probability as a percentage that never claims certainty."""
    if share > MOST_SHARE:
        return say("app.percent_above", value=99)
    if share < LEAST_SHARE:
        return say("app.percent_below", value=1)
    return say("app.percent", value=round(share * 100))


def seconds_in_words(milliseconds: float, say: Texts) -> str:
    """A duration in seconds, to the hundredth; nothing takes no time at all."""
    return say("app.seconds", value=f"{max(milliseconds / 1000, 0.01):.2f}")


def moment_in_words(moment: datetime, zone: tzinfo) -> str:
    """A moment in the visitor's zone, readable in every language."""
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M")
