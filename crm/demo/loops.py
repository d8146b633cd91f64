"""What people of the demo did about bad answers: most loops are closed, some late, the newest wait for a call."""

from datetime import datetime, timedelta

from clients.services.keepers import first_partner
from loyalty.models import DetractorLoop, LossReview, SurveyResponse
from loyalty.rules.nps import DETRACTS_TO
from loyalty.services.loops import close_loop, renew_loops

Cause = LossReview.Cause
STORIES = [
    (5, Cause.BROKEN_PROMISE, "Called, apologised, and gave one date that holds.", True),
    (22, Cause.SURPRISE_BILL, "Went through the invoice line by line; overruns are announced from now on.", True),
    (70, Cause.NEGLECT, "Met them; a call every second Tuesday is agreed.", True),
    (30, Cause.QUALITY, "The report was written anew at our cost.", False),
    (47, Cause.PRICE, "Showed what the price buys; they will compare.", False),
]
WAITS = timedelta(days=45)
LOOKED_AT = timedelta(days=365)


def close_loops(*, at: datetime) -> None:
    """Loops of the last year's detractors; every sixth old one stays open, spoken to and without an outcome."""
    partner = first_partner()
    answers = SurveyResponse.objects.filter(score__lte=DETRACTS_TO, answered_at__gte=at - LOOKED_AT)
    for place, answer in enumerate(answers.order_by("pk")):
        loop = DetractorLoop.objects.create(response=answer)
        if answer.answered_at > at - WAITS or partner is None:
            continue
        hours, loop.cause, loop.action, loop.recovered = STORIES[place % len(STORIES)]
        loop.first_contact_at = answer.answered_at + timedelta(hours=hours)
        loop.save()
        if place % 6 != 5:
            close_loop(loop, by=answer.client.account_manager or partner, at=answer.answered_at + timedelta(days=9))
    renew_loops(at=at)
