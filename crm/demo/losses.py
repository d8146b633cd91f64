"""What partners of the demo concluded about the clients that left, where the cooling-off is over."""

from datetime import date, datetime, timedelta

from django.utils import timezone

from clients.models import Need
from clients.services.keepers import first_partner
from clients.services.needs import neighbours_of, next_need, note_need
from crm.models import User
from loyalty.models import LossReview
from loyalty.services.reviews import conclude_review, reviewable_from

Cause, Outcome = LossReview.Cause, LossReview.Outcome
STORIES = [
    (Cause.BROKEN_PROMISE, Outcome.TO_COMPETITOR, True, "Three missed dates, no warning", "Warn before the date."),
    (Cause.PAYER_NOT_MET, Outcome.TO_COMPETITOR, True, "The new CFO was never met", "Meet each new payer in a month."),
    (Cause.SURPRISE_BILL, Outcome.INSOURCED, True, "An offer went 18 h over", "Announce every overrun."),
    (Cause.THEIR_CHANGE, Outcome.CLOSED, False, "Paid 40 days late", "Nothing on our side."),
    (Cause.NEGLECT, Outcome.WENT_NOWHERE, True, "Nobody called for four months", "Keep the rhythm of the tier."),
    (Cause.PRICE, Outcome.TO_COMPETITOR, False, "Asked for a discount twice", "Explain what the price buys."),
]
BACK_IN = timedelta(days=30)


def conclude_losses(*, at: datetime) -> None:
    """Every review that may be concluded but each fourth, which stays owed; the first two get a way back."""
    partner, on = first_partner(), timezone.localdate(at)
    waiting = [review for review in LossReview.objects.order_by("pk") if reviewable_from(review) <= on]
    for place, review in enumerate(waiting):
        if place % 4 == 3 or partner is None:
            continue
        _tell(review, place)
        if place < 2:
            review.win_back_on, review.win_back_owner = on + BACK_IN, review.client.account_manager or partner
            _note_next(review, partner, on)
            review.win_back_act, review.win_back_percent = "Invite them to the spring conference", 25
        conclude_review(review, by=partner, at=at)


def _note_next(review: LossReview, by: User, on: date) -> None:
    """What would bring the client back."""
    line = neighbours_of(review.client).order_by("pk").first()
    if line and next_need(review.client, on=on) is None:
        evidence = "What they asked of us before they left"
        need = Need(client=review.client, service_line=line, evidence=evidence, due_on=on + 2 * BACK_IN)
        note_need(need, by=by, on=on)


def _tell(review: LossReview, place: int) -> None:
    cause, outcome, preventable, sign, lesson = STORIES[place % len(STORIES)]
    review.cause, review.outcome, review.preventable = cause, outcome, preventable
    review.sign_missed, review.could_have_done, review.lessons = sign, lesson, lesson
