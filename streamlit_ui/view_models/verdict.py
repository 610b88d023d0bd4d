"""A verdict as one plain sentence with a tone, what to do now, and what it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from streamlit_ui.texts import Texts
from streamlit_ui.view_models.damage import DamageView
from streamlit_ui.view_models.figures import seconds_in_words, share_in_words
from tyreloop.client import ApiAnswer
from tyreloop.domain.photos import Answer, Prediction, View


class Tone(StrEnum):
    """How a verdict looks: colour and icon always come together."""

    GOOD = "good"
    BAD = "bad"
    UNSURE = "unsure"
    UNUSABLE = "unusable"


TONE_OF = {
    Answer.GOOD: Tone.GOOD,
    Answer.DEFECTIVE: Tone.BAD,
    Answer.UNSURE: Tone.UNSURE,
    Answer.UNUSABLE: Tone.UNUSABLE,
}
ICON_OF = {
    Tone.GOOD: ":material/check_circle:",
    Tone.BAD: ":material/dangerous:",
    Tone.UNSURE: ":material/help:",
    Tone.UNUSABLE: ":material/no_photography:",
}
COLOUR_OF = {Tone.GOOD: "green", Tone.BAD: "red", Tone.UNSURE: "orange", Tone.UNUSABLE: "gray"}


@dataclass(frozen=True, slots=True)
class VerdictView:
    """What a verdict's card shows."""

    tone: Tone
    icon: str
    colour: str
    headline: str
    badge: str  # empty where nothing is damaged
    meaning: tuple[str, ...]
    advice: str
    probability: str  # empty where the photo could not be judged
    damage_share: float
    details: str

    @staticmethod
    def of(prediction: Prediction, say: Texts) -> VerdictView:
        tone, topic = TONE_OF[prediction.answer], f"verdict.{_topic(prediction)}"
        share = prediction.verdict.probabilities.get(Answer.DEFECTIVE.value, 0.0)
        judged = prediction.answer is not Answer.UNUSABLE
        damage = DamageView.of(prediction.verdict, say)
        return VerdictView(
            tone=tone,
            icon=ICON_OF[tone],
            colour=COLOUR_OF[tone],
            headline=say(f"{topic}.headline"),
            badge=damage.badge if damage else "",
            meaning=damage.meaning if damage else (),
            advice=damage.advice if damage else say(f"{topic}.{_advice(prediction)}"),
            probability=say("verdict.damage_probability", share=share_in_words(share, say)) if judged else "",
            damage_share=share,
            details=_details(prediction, say),
        )


def text_of_not_kept(answer: ApiAnswer, *, wanted: bool) -> str:
    """Which text says what could not be kept, the answer or the photo, where that was wanted and could be."""
    if not answer.is_kept:
        return "verdict.answer_not_kept"
    prediction = answer.prediction
    is_missing = wanted and not prediction.keep_photo and prediction.answer is not Answer.UNUSABLE
    return "verdict.photo_not_kept" if is_missing else ""


def _topic(prediction: Prediction) -> str:
    if prediction.verdict.reason is not None:
        return prediction.verdict.reason.value
    return prediction.answer.value


def _advice(prediction: Prediction) -> str:
    """Who is not sure of a wheel seen from afar asks for a photo from near."""
    verdict = prediction.verdict
    is_far = verdict.view is View.WHOLE and verdict.answer is Answer.UNSURE and not verdict.reason
    return "closer" if is_far else "advice"


def _details(prediction: Prediction, say: Texts) -> str:
    took = seconds_in_words(sum(prediction.verdict.timings_ms.values()), say)
    return say(
        "verdict.details",
        model=say("verdict.model", version=prediction.model.version),
        took=say("verdict.took", seconds=took),
    )
