"""Reviews of losses: opened by what the books and the history say, concluded by people after a cooling-off."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Q, Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.translation import gettext as _

from billing.models import RevenueDay
from clients.models import Client, ClientFigure, KeyClientDesignation, StatusChange
from clients.services.keepers import first_partner, keeper_of
from clients.services.needs import require_next_need
from clients.services.tasks import TaskDraft, open_tasks, settle_tasks
from crm.models import Firm, User
from crm.periods import add_months, trailing_months
from loyalty.models import HealthSnapshot, LossReview, ValueSnapshot
from loyalty.models.losses import COOLING_DAYS
from loyalty.services.readings import start_of

KIND, WIN_BACK = "loss_review", "win_back"
Kind = LossReview.Kind
LOOK_BACK = timedelta(days=365)
FELL_TO = Decimal("0.6")
BEFORE = timedelta(days=90)
QUIET_MONTHS = 12
"""A fall that goes on is one loss: the next review of revenue comes a year later at the earliest."""


class Loss(NamedTuple):
    """What makes a loss one and the same."""

    client_id: int
    kind: str
    happened_on: date


@transaction.atomic
def open_reviews(*, on: date, at: datetime) -> int:
    """Opens the reviews that are owed and have none, each with its task; says how many. Safe to run twice."""
    found = [*_lost(on), *_key_ended(on), *_fallen(on)]
    known = {Loss(*row) for row in LossReview.objects.values_list("client_id", "kind", "happened_on")}
    fresh = [loss for loss in found if loss not in known]
    made = LossReview.objects.bulk_create([_measured(loss) for loss in fresh], ignore_conflicts=True)
    remind_reviewers(at=at)
    return len(made)


def open_review_of(change: StatusChange, *, at: datetime) -> LossReview | None:
    """The review of a client that somebody has just called lost."""
    if change.new != Client.Status.LOST:
        return None
    loss = Loss(change.client_id, Kind.LOST, change.confirmed_on)
    review = LossReview.objects.filter(**loss._asdict()).first()
    if review is None:
        review = _measured(loss)
        review.save()
        remind_reviewers(at=at)
    return review


def remind_reviewers(*, at: datetime) -> int:
    """A task for each review that waits, due when the cooling-off ends; another for each way back on its day."""
    partner, on = first_partner(), timezone.localdate(at)
    waiting = LossReview.objects.filter(concluded_on=None).select_related("client__account_manager")
    back = LossReview.objects.filter(win_back_on__lte=on, won_back_on=None).select_related("client", "win_back_owner")
    drafts = [
        _draft(KIND, review, keeper, _review_title, start_of(reviewable_from(review)))
        for review in waiting.select_related("client__executive_owner")
        if (keeper := keeper_of(review.client, fallback=partner))
    ]
    drafts += [_draft(WIN_BACK, row, row.win_back_owner, _back_title, at) for row in back if row.win_back_owner]
    return open_tasks(drafts, quiet_since=at - BEFORE)


@transaction.atomic
def conclude_review(review: LossReview, *, by: User, at: datetime) -> LossReview:
    """Concludes a review whose answers are all given.

    ValidationError `wrong_status` before 30 days have passed, `next_need` while nobody wrote down what comes next for
    a client who is still one, or shall be again.
    """
    on = timezone.localdate(at)
    if on < review.happened_on + timedelta(days=COOLING_DAYS):
        raise ValidationError(_("Conclusions wait until 30 days after the loss."), code="wrong_status")
    if review.concluded_on is None and asks_next_need(review):
        require_next_need(review.client, on=on)
    review.concluded_on, review.concluded_by = review.concluded_on or on, review.concluded_by or by
    review.full_clean()
    review.save()
    settle_tasks(KIND, source_of(review), at=at, by=by)
    if review.won_back_on:
        settle_tasks(WIN_BACK, source_of(review), at=at, by=by)
    return review


def asks_next_need(review: LossReview) -> bool:
    """A client who is gone for good needs nothing of us."""
    return review.client.status != Client.Status.LOST or review.win_back_on is not None


def source_of(review: LossReview) -> str:
    return f"loss-review:{review.pk}"


def reviewable_from(review: LossReview) -> date:
    """The first day on which conclusions may be drawn."""
    return review.happened_on + timedelta(days=COOLING_DAYS)


def _lost(on: date) -> Iterable[Loss]:
    rows = StatusChange.objects.losses().filter(confirmed_on__lte=on, confirmed_on__gt=on - LOOK_BACK)
    here = rows.filter(client__merged_into=None, client__status=Client.Status.LOST)
    for client, day in here.values_list("client_id", "confirmed_on"):
        yield Loss(client, Kind.LOST, day)


def _key_ended(on: date) -> Iterable[Loss]:
    rows = KeyClientDesignation.objects.filter(until_on__lte=on, until_on__gt=on - BEFORE, client__merged_into=None)
    for client, day in rows.order_by().values_list("client_id", "until_on").distinct():
        if day is not None:
            yield Loss(client, Kind.KEY_ENDED, day)


def _fallen(on: date) -> Iterable[Loss]:
    """Clients in care whose revenue of 12 months is 40 % under that of the 12 before, unless reviewed within a year."""
    recent = LossReview.objects.filter(kind=Kind.REVENUE_FALL, happened_on__gt=add_months(on, -QUIET_MONTHS))
    fell = ClientFigure.objects.filter(
        client__in=Client.objects.in_care(),
        revenue_before_12m__gt=0,
        revenue_12m__lte=F("revenue_before_12m") * FELL_TO,
    ).exclude(client__in=recent.values("client"))
    for client in fell.order_by("client_id").values_list("client_id", flat=True):
        yield Loss(client, Kind.REVENUE_FALL, on)


def _measured(loss: Loss) -> LossReview:
    """With what the client was worth: by the last snapshot before the day, else by the figures of today."""
    day, figures = loss.happened_on, ClientFigure.objects.filter(client=loss.client_id).first()
    value = ValueSnapshot.objects.filter(client=loss.client_id, as_of_on__lte=day).order_by("-as_of_on").first()
    health = HealthSnapshot.objects.filter(client=loss.client_id, as_of_on__lte=day - BEFORE).order_by("-as_of_on")
    before = health.first()
    return LossReview(
        **loss._asdict(),
        value_lost=value.simple_value if value else figures.simple_value if figures else None,
        revenue_lost=_revenue_lost(loss, figures),
        currency=Firm.load().base_currency,
        health_before=before.score if before else None,
        health_band_before=before.band if before else "",
    )


def _revenue_lost(loss: Loss, figures: ClientFigure | None) -> Decimal | None:
    """The last year's revenue of who is gone; of who shrank, what is missing; a title alone takes no revenue."""
    if loss.kind == Kind.KEY_ENDED:
        return None
    if loss.kind == Kind.REVENUE_FALL:
        now, before = (figures.revenue_12m, figures.revenue_before_12m) if figures else (None, None)
        return None if now is None or before is None else before - now
    year = RevenueDay.objects.within(trailing_months(loss.happened_on, 12))
    family = Q(client=loss.client_id) | Q(client__merged_into=loss.client_id)
    total = year.filter(family).aggregate(total=Sum("net_amount"))["total"]
    return total or Decimal(0)


def _draft(
    kind: str, review: LossReview, assignee: User, title: Callable[[LossReview], str], due: datetime
) -> TaskDraft:
    return TaskDraft(
        kind=kind,
        source=source_of(review),
        assignee=assignee,
        client=review.client,
        title=lazy(title, str)(review),
        due_at=due,
        url=reverse("loyalty:review_edit", args=[review.pk]),
        value_at_stake=review.value_lost,
    )


def _review_title(review: LossReview) -> str:
    return _("Review the loss: %(what)s") % {"what": review.get_kind_display()}


def _back_title(review: LossReview) -> str:
    return _("Win back: %(act)s") % {"act": review.win_back_act or review.client.name}
