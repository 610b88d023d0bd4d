"""What is right: one tap on a label; and, apart from it, what could be better about the answer."""

from __future__ import annotations

import streamlit as st

from streamlit_ui import visit
from streamlit_ui.feedback_actions import say_vote, submit_label, withdraw_label
from streamlit_ui.heats import keep_heat
from streamlit_ui.links import draw_link
from streamlit_ui.screens.acts import attempt
from streamlit_ui.services import services
from streamlit_ui.shown import Shown
from streamlit_ui.texts import Texts
from streamlit_ui.view_models.damage import name_of
from streamlit_ui.view_models.right_answer import RightAnswerView
from tyreloop.domain.damage import DamageKind, in_order
from tyreloop.domain.feedback import ASKED_OF_VISITORS, MAX_COMMENT_CHARACTERS, Label, VoteReason


def right_answer_of(answer: Shown, say: Texts) -> RightAnswerView:
    """As this answer's photo and visitor have it."""
    photo = answer.prediction
    return RightAnswerView.of(
        answer.vote, answer.correction, say, is_sample=photo.is_demo, is_kept=photo.keep_photo
    )


def draw_right_answer(answer: Shown) -> None:
    """Asked at once after a dislike; else behind a line."""
    say = visit.texts()
    view = right_answer_of(answer, say)
    if view.is_open:
        _draw_labels(answer, view)
        _draw_more(answer)
    else:
        with st.expander(say("right.tell"), icon=":material/edit:"):
            _draw_labels(answer, view)


def _draw_labels(answer: Shown, view: RightAnswerView) -> None:
    say, key = visit.texts(), f"label-{answer.prediction.id}"
    st.session_state[key] = view.chosen
    st.pills(
        view.question,
        ASKED_OF_VISITORS,
        format_func=lambda label: say(f"right.{label}"),
        key=key,
        wrap=True,
        on_change=_choose,
        args=(answer, key),
    )
    if view.takes_kinds:
        _draw_kinds(answer, view)
    for line in view.lines:
        st.markdown(line)
    if view.has_receipt:
        draw_link("receipt", say("receipt.link"), icon="receipt_long", prediction_id=answer.prediction.id)


def _draw_kinds(answer: Shown, view: RightAnswerView) -> None:
    say, key = visit.texts(), f"kinds-{answer.prediction.id}"
    st.session_state[key] = list(view.kinds)
    st.pills(
        say("right.kinds"),
        list(DamageKind),
        selection_mode="multi",
        format_func=lambda kind: name_of(kind, say),
        key=key,
        wrap=True,
        on_change=_name_kinds,
        args=(answer, key),
    )


def _name_kinds(answer: Shown, key: str) -> None:
    """One touch says that it is damaged, and how; where the damage is stays as it was said."""
    kinds, using = in_order(st.session_state[key]), services().stores
    spot = answer.correction.spot if answer.correction else None
    attempt(lambda: submit_label(answer, label=Label.DEFECTIVE, using=using, spot=spot, kinds=kinds))
    keep_heat(answer)


def _choose(answer: Shown, key: str) -> None:
    label, using = st.session_state[key], services().stores
    if label is None:
        attempt(lambda: withdraw_label(answer, using=using))
    else:
        attempt(lambda: submit_label(answer, label=Label(label), using=using))
        keep_heat(answer)


def _draw_more(answer: Shown) -> None:
    say, vote, of = visit.texts(), answer.vote, answer.prediction.id
    if vote is None:
        return
    with st.expander(say("more.title"), icon=":material/comment:"), st.form(f"more-{of}", border=False):
        reasons = st.pills(
            say("more.reasons"),
            list(VoteReason),
            selection_mode="multi",
            default=sorted(vote.reasons),
            format_func=lambda reason: say(f"more.{reason}"),
            key=f"reasons-{of}",
            wrap=True,
        )
        comment = st.text_area(
            say("more.comment"),
            value=vote.comment,
            max_chars=MAX_COMMENT_CHARACTERS,
            placeholder=say("more.comment_hint"),
            key=f"comment-{of}",
        )
        if st.form_submit_button(say("more.send")):
            _send(answer, frozenset(map(VoteReason, reasons)), comment)


def _send(answer: Shown, reasons: frozenset[VoteReason], comment: str) -> None:
    if answer.vote is None:
        return
    liked, using = answer.vote.liked, services().stores
    attempt(lambda: say_vote(answer, liked=liked, using=using, reasons=reasons, comment=comment.strip()))
    st.success(visit.texts()("more.sent"), icon=":material/check:")
