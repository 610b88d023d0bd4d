"""The review queue: the most valuable first, each in one pair of hands, decisions undoable for a while."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.contract.people import a_key, at
from tests.fixtures.stores import kept_in
from tests.review.conftest import KIM, LEE, Queue, a_queue_in
from tyreloop.domain.damage import DamageKind, SeenKind
from tyreloop.domain.errors import Conflict, NotSignedIn
from tyreloop.domain.feedback import Correction, Label
from tyreloop.domain.photos import Answer
from tyreloop.domain.reviews import Decision, ReviewSource
from tyreloop.domain.staff import Actor, Role
from tyreloop.store.db import Database
from tyreloop.use_cases.reviews import decide_review, skip_review, take_reviews, undo_review

TRIANGLE = (((0.25, 0.5), (0.75, 0.5), (0.5, 0.125)),)


def taken(queue: Queue, by: Actor = KIM, at_most: int = 9) -> list[str]:
    return [item.prediction_id for item in take_reviews(by=by, using=queue.using, at_most=at_most)]


def test_possibly_missed_defects_come_first_then_what_is_in_dispute(queue: Queue) -> None:
    agreed = queue.correction(Answer.GOOD, Label.GOOD)
    audited = queue.prediction(Answer.GOOD, in_sample=True)
    disliked = queue.prediction(Answer.DEFECTIVE)
    queue.dislike(disliked)
    unsure = queue.correction(Answer.UNSURE, Label.GOOD)
    false_alarm = queue.correction(Answer.DEFECTIVE, Label.GOOD)
    missed = queue.correction(Answer.GOOD, Label.DEFECTIVE)
    right_order = [missed, false_alarm, unsure, disliked, agreed, audited]
    assert taken(queue) == [prediction.id for prediction in right_order]


def test_an_answer_nobody_spoke_about_waits_only_when_it_was_drawn(queue: Queue) -> None:
    queue.prediction(in_sample=False)
    queue.prediction(in_sample=True, is_demo=True)
    queue.prediction(in_sample=True, keep_photo=False)
    drawn = queue.prediction(in_sample=True)
    [item] = take_reviews(by=KIM, using=queue.using)
    assert (item.prediction_id, item.source, item.label) == (drawn.id, ReviewSource.AUDIT, None)


def test_of_two_alike_the_novel_photo_comes_first(queue: Queue) -> None:
    known = queue.correction(Answer.DEFECTIVE, Label.GOOD, novelty=0.2)
    unmeasured = queue.correction(Answer.DEFECTIVE, Label.GOOD, minutes=2)
    novel = queue.correction(Answer.DEFECTIVE, Label.GOOD, minutes=3, novelty=0.8)
    missed = queue.correction(Answer.GOOD, Label.DEFECTIVE, minutes=4)
    assert taken(queue) == [prediction.id for prediction in (missed, novel, known, unmeasured)]


def test_a_novel_photo_comes_though_nobody_spoke_about_it(queue: Queue) -> None:
    queue.prediction(novelty=0.89)
    queue.prediction(Answer.UNUSABLE, novelty=1.0)
    audited = queue.prediction(in_sample=True)
    novel, unsure = queue.prediction(novelty=0.9), queue.prediction(Answer.UNSURE, novelty=0.95)
    items = take_reviews(by=KIM, using=queue.using, at_most=9)
    assert [item.prediction_id for item in items] == [unsure.id, novel.id, audited.id]
    assert [item.source for item in items] == [ReviewSource.NOVEL, ReviewSource.NOVEL, ReviewSource.AUDIT]
    decide_review(items[0], Label.GOOD, by=KIM, using=queue.using)
    assert taken(queue) == [novel.id, audited.id]


def test_an_item_says_all_that_the_reviewer_sees(queue: Queue) -> None:
    prediction = queue.correction(Answer.GOOD, Label.DEFECTIVE, minutes=7)
    queue.dislike(prediction)
    [item] = take_reviews(by=KIM, using=queue.using)
    assert (item.photo_id, item.visitor, item.model) == (
        prediction.photo_id,
        prediction.visitor,
        prediction.model,
    )
    assert (item.answer, item.label, item.is_disliked) == (Answer.GOOD, Label.DEFECTIVE, True)
    assert (item.waiting_since, item.source) == (at(7), ReviewSource.CORRECTION)
    assert item.probabilities == prediction.verdict.probabilities


def test_a_reviewer_begins_with_the_kinds_of_the_visitor_else_of_the_model(queue: Queue) -> None:
    seen = SeenKind(DamageKind.CRACK, 0.9, is_sure=True), SeenKind(DamageKind.BULGE, 0.2, is_sure=False)
    prediction = queue.prediction(Answer.DEFECTIVE, kinds=seen, outline=TRIANGLE)
    queue.dislike(prediction)
    [item] = take_reviews(by=KIM, using=queue.using)
    assert item.outline == TRIANGLE
    assert (item.kinds, item.likeliest_kinds) == ((), (DamageKind.CRACK,))

    said = Correction(prediction.id, prediction.visitor, Label.DEFECTIVE, at(2), kinds=(DamageKind.CUT,))
    queue.using.corrections.save(said, key=a_key())
    [item] = take_reviews(by=KIM, using=queue.using)
    assert item.likeliest_kinds == (DamageKind.CUT,)

    decide_review(item, Label.DEFECTIVE, by=KIM, using=queue.using, kinds=[DamageKind.NAIL, DamageKind.CUT])
    receipt = queue.using.receipts.get(prediction.id, prediction.visitor)
    assert receipt is not None
    assert receipt.review is not None
    assert (receipt.correction.kinds, receipt.review.kinds) == (
        (DamageKind.CUT,),
        (DamageKind.CUT, DamageKind.NAIL),
    )


def test_two_reviewers_are_handed_different_answers(queue: Queue) -> None:
    for _ in range(4):
        queue.correction(Answer.GOOD, Label.DEFECTIVE)
    of_kim, of_lee = taken(queue, KIM, 2), taken(queue, LEE, 9)
    assert len(of_kim) == 2
    assert len(of_lee) == 2
    assert not set(of_kim) & set(of_lee)
    assert taken(queue, KIM, 2) == of_kim


def test_what_nobody_looks_at_any_more_is_free_after_five_minutes(queue: Queue) -> None:
    prediction = queue.correction(Answer.GOOD, Label.DEFECTIVE)
    assert taken(queue, KIM) == [prediction.id]
    queue.time.minutes += 4.9
    assert taken(queue, LEE) == []
    queue.time.minutes += 0.2
    assert taken(queue, LEE) == [prediction.id]
    assert taken(queue, KIM) == []


def test_a_decision_takes_the_answer_out_of_the_queue_and_leaves_a_line(queue: Queue) -> None:
    queue.correction(Answer.GOOD, Label.DEFECTIVE)
    [item] = take_reviews(by=KIM, using=queue.using)
    assert decide_review(item, Label.DEFECTIVE, by=KIM, using=queue.using).decision is Decision.ACCEPTED
    assert taken(queue) == []
    [line] = queue.using.audit.latest(limit=9)
    assert (line.actor, line.action, line.request_id) == ("user:kim", "review_decided", "request-1")
    assert line.details == {"label": "defective"}


def test_another_label_rejects_the_correction(queue: Queue) -> None:
    queue.correction(Answer.GOOD, Label.DEFECTIVE)
    [item] = take_reviews(by=KIM, using=queue.using)
    review = decide_review(item, Label.NOT_A_TYRE, by=KIM, using=queue.using)
    assert (review.decision, review.label) == (Decision.REJECTED, Label.NOT_A_TYRE)


def test_only_who_holds_an_answer_decides(queue: Queue) -> None:
    queue.correction(Answer.GOOD, Label.DEFECTIVE)
    [item] = take_reviews(by=KIM, using=queue.using)
    with pytest.raises(Conflict):
        decide_review(item, Label.GOOD, by=LEE, using=queue.using)
    decide_review(item, Label.GOOD, by=KIM, using=queue.using)
    with pytest.raises(Conflict):
        decide_review(item, Label.GOOD, by=KIM, using=queue.using)
    assert len(queue.using.audit.latest(limit=9)) == 1


def test_a_skipped_answer_goes_to_somebody_else(queue: Queue) -> None:
    first, second = (queue.correction(Answer.GOOD, Label.DEFECTIVE, minutes=n) for n in (1, 2))
    assert taken(queue, KIM, 1) == [first.id]
    skip_review(first.id, by=KIM, using=queue.using)
    assert taken(queue, KIM) == [second.id]
    assert taken(queue, LEE) == [first.id]


def test_a_correction_given_after_the_review_opens_it_again(queue: Queue) -> None:
    prediction = queue.correction(Answer.GOOD, Label.DEFECTIVE)
    [item] = take_reviews(by=KIM, using=queue.using)
    decide_review(item, Label.DEFECTIVE, by=KIM, using=queue.using)
    queue.correct(prediction, Label.GOOD, minutes=90)
    assert taken(queue) == [prediction.id]


def decide_next(queue: Queue, label: Label = Label.DEFECTIVE) -> str:
    item = take_reviews(by=KIM, using=queue.using, at_most=1)[0]
    decide_review(item, label, by=KIM, using=queue.using)
    queue.time.minutes += 0.1
    return item.prediction_id


def test_the_last_ten_decisions_can_be_undone_and_no_more(queue: Queue) -> None:
    for minute in range(12):
        queue.correction(Answer.GOOD, Label.DEFECTIVE, minutes=minute)
    decided = [decide_next(queue) for _ in range(12)]
    undone = [undo_review(by=KIM, using=queue.using) for _ in range(12)]
    assert undone == [*decided[:1:-1], None, None]
    assert set(taken(queue, KIM, 20)) == set(decided[2:])


def test_what_one_undid_the_other_does_not_get(queue: Queue) -> None:
    prediction = queue.correction(Answer.GOOD, Label.DEFECTIVE)
    decide_next(queue)
    assert undo_review(by=LEE, using=queue.using) is None
    assert undo_review(by=KIM, using=queue.using) == prediction.id
    assert taken(queue, LEE) == []
    assert taken(queue, KIM) == [prediction.id]


def test_counts_say_what_waits_and_how_fast_it_goes(queue: Queue) -> None:
    for minute in range(4):
        queue.correction(Answer.GOOD, Label.DEFECTIVE, minutes=minute)
    for _ in range(3):
        decide_next(queue)
    counts = queue.using.reviews.counts("user:kim", since=at(0))
    assert (counts.waiting, counts.done_today) == (1, 3)
    assert counts.seconds_each == pytest.approx(6.0)
    nobody = queue.using.reviews.counts("user:nobody", since=at(0))
    assert (nobody.done_today, nobody.seconds_each) == (0, None)


def test_reviewed_photos_that_look_alike_are_shown(queue: Queue) -> None:
    near, far, unseen = (queue.correction(Answer.GOOD, Label.DEFECTIVE, minutes=n) for n in range(3))
    decide_next(queue)
    decide_next(queue, Label.GOOD)
    look = queue.using.reviews.look_alikes
    look(near.photo_id, 0b0111, limit=5)
    look(far.photo_id, -1, limit=5)
    [alike] = look(unseen.photo_id, 0b0001, limit=5)
    assert (alike.photo_id, alike.label) == (near.photo_id, Label.DEFECTIVE)


def test_only_drawn_answers_count_for_the_audited_accuracy(queue: Queue) -> None:
    queue.correction(Answer.GOOD, Label.DEFECTIVE, in_sample=False)
    for answer in (Answer.GOOD, Answer.GOOD, Answer.DEFECTIVE):
        queue.prediction(answer, in_sample=True)
    decide_next(queue)
    for _ in range(3):
        decide_next(queue, Label.GOOD)
    assert queue.using.reviews.audited(since=at(0)) == (2, 3)


@pytest.mark.parametrize("by", [Actor("visitor:alice"), Actor("visitor:bob", frozenset())])
def test_visitors_review_nothing(queue: Queue, by: Actor) -> None:
    with pytest.raises(NotSignedIn):
        take_reviews(by=by, using=queue.using)
    with pytest.raises(NotSignedIn):
        undo_review(by=by, using=queue.using)


def test_eight_reviewers_at_once_share_sixty_answers_without_doubles(database_dsn: dict[str, Any]) -> None:
    opened = Database(database_dsn, connections=8)
    queue = a_queue_in(kept_in(opened))
    for minute in range(60):
        queue.correction(Answer.GOOD, Label.DEFECTIVE, minutes=minute / 60)

    def work(number: int) -> list[str]:
        by, done = Actor(f"user:r{number}", Role.REVIEWER.rights, is_known=True), []
        while items := take_reviews(by=by, using=queue.using, at_most=2):
            decide_review(items[0], Label.DEFECTIVE, by=by, using=queue.using)
            done.append(items[0].prediction_id)
        return done

    with ThreadPoolExecutor(8) as pool:
        done = [prediction_id for part in pool.map(work, range(8)) for prediction_id in part]
    opened.close()
    assert len(done) == len(set(done)) == 60
