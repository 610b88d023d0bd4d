"""Kinds of damage and their urgency in words, from the one reviewed table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from streamlit_ui.texts import Texts
from tyreloop.domain.damage import DamageKind, Urgency, advice_on
from tyreloop.domain.photos import Verdict

COLOUR_OF = {Urgency.NOW: "red", Urgency.SOON: "orange", Urgency.WATCH: "blue"}
ICON_OF = {
    Urgency.NOW: ":material/front_hand:",
    Urgency.SOON: ":material/event_upcoming:",
    Urgency.WATCH: ":material/visibility:",
}


@dataclass(frozen=True, slots=True)
class DamageView:
    """What a damage's card says below its headline."""

    badge: str  # Markdown: how urgent, in words, with colour and icon, and of which kinds
    meaning: tuple[str, ...]  # a sentence for each kind
    advice: str

    @staticmethod
    def of(verdict: Verdict, say: Texts) -> DamageView | None:
        """None where nothing is damaged."""
        urgency, language = verdict.urgency, say.language.value
        if urgency is None:
            return None
        told = advice_on(urgency, language)
        badge = f":{COLOUR_OF[urgency]}-badge[{ICON_OF[urgency]} {told.name}]"
        named = verdict.named_kinds
        rows = [advice_on(kind, language) for kind in named or (None,)]
        return DamageView(
            badge=f"{badge} **{in_words(named, say)}**" if named else badge,
            meaning=tuple(row.sentence for row in rows),
            advice=told.sentence,
        )


def name_of(kind: DamageKind, say: Texts) -> str:
    return advice_on(kind, say.language.value).name


def in_words(kinds: Sequence[DamageKind], say: Texts) -> str:
    """Their names, one after the other."""
    return ", ".join(name_of(kind, say) for kind in kinds)


def with_kinds(label: str, kinds: Sequence[DamageKind], say: Texts) -> str:
    """A label in words, with the kinds that were named."""
    return say("verdict.kinds", label=label, kinds=in_words(kinds, say)) if kinds else label
