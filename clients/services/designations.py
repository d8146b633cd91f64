"""Key-client designations: confirmed, ended, suggested from figures, and lapsing where nobody confirmed them."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from clients.models import Client, KeyClientDesignation
from clients.rules.designations import is_large_regular
from clients.services.keepers import first_partner, keeper_of
from clients.services.needs import require_next_need
from clients.services.tasks import TaskDraft, renew_tasks, settle_tasks
from crm.models import User
from crm.web.formats import lazy_day, lazy_number

SUGGESTED, REVIEW = "designation", "designation_review"
CONFIRMING = frozenset({"review_on", "current_value", "potential_value"})
QUIET = timedelta(days=180)
ASK_BEFORE = timedelta(days=14)
Type = KeyClientDesignation.Type


def end_designation(designation: KeyClientDesignation, *, on: date, at: datetime) -> KeyClientDesignation:
    """Ends a designation with a day; what it was stays on record."""
    if designation.until_on:
        raise ValidationError(_("This designation has ended already."), code="already_done")
    designation.until_on = on
    designation.full_clean()
    designation.save(update_fields=["until_on"])
    settle_tasks(REVIEW, _review_source(designation), at=at)
    return designation


def confirm_designation(
    designation: KeyClientDesignation,
    *,
    review_on: date,
    current_value: Decimal | None,
    potential_value: Decimal | None,
    at: datetime,
) -> KeyClientDesignation:
    """Says that a prospective client still is one, with fresh figures and the next review ahead.

    Raises `next_need` while nobody wrote down what the client will need next.
    """
    on = timezone.localdate(at)
    if review_on <= on:
        raise ValidationError({"review_on": ValidationError(_("The next review lies ahead."), code="past")})
    require_next_need(designation.client, on=on)
    designation.review_on = review_on
    designation.current_value, designation.potential_value = current_value, potential_value
    designation.full_clean()
    designation.save(update_fields=["review_on", "current_value", "potential_value"])
    settle_tasks(REVIEW, _review_source(designation), at=at)
    return designation


@transaction.atomic
def change_designation(
    designation: KeyClientDesignation, *, changed: Collection[str], at: datetime
) -> KeyClientDesignation:
    """Saves what was corrected; other figures or another review of a prospective client confirm it."""
    confirms = designation.type == Type.PROSPECTIVE and not CONFIRMING.isdisjoint(changed)
    if confirms and designation.review_on:
        confirm_designation(
            designation,
            review_on=designation.review_on,
            current_value=designation.current_value,
            potential_value=designation.potential_value,
            at=at,
        )
    designation.full_clean()
    designation.save()
    return designation


@transaction.atomic
def lapse_designations(*, at: datetime) -> int:
    """Ends each prospective designation whose review day has passed without confirmation; says how many."""
    on = timezone.localdate(at)
    rows = KeyClientDesignation.objects.filter(type=Type.PROSPECTIVE, until_on=None, review_on__lt=on)
    late = list(rows.locked())
    for row in late:
        end_designation(row, on=max(row.review_on or on, row.since_on), at=at)
    return len(late)


def ask_for_reviews(*, at: datetime) -> int:
    """Opens a task two weeks before a prospective designation lapses."""
    soon = timezone.localdate(at) + ASK_BEFORE
    rows = KeyClientDesignation.objects.filter(type=Type.PROSPECTIVE, until_on=None, review_on__lte=soon)
    partner = first_partner()
    drafts = [
        _review_draft(row, keeper, at)
        for row in rows.select_related("client__account_manager", "client__executive_owner", "client__figures")
        if (keeper := keeper_of(row.client, fallback=partner))
    ]
    return renew_tasks(REVIEW, drafts, at=at, quiet_since=at - ASK_BEFORE)


def suggest_designations(*, at: datetime) -> int:
    """Suggests `large_regular` from revenue share and months; nothing here ever takes a designation away."""
    on, partner = timezone.localdate(at), first_partner()
    held = KeyClientDesignation.objects.active(on=on).filter(type=Type.LARGE_REGULAR)
    clients = Client.objects.in_care().exclude(pk__in=held.values("client"))
    drafts = [
        _suggestion(client, keeper, at)
        for client in clients.select_related("figures", "account_manager", "executive_owner")
        if _is_large(client, on) and (keeper := keeper_of(client, fallback=partner))
    ]
    return renew_tasks(SUGGESTED, drafts, at=at, quiet_since=at - QUIET)


def _is_large(client: Client, on: date) -> bool:
    share = client.facts.revenue_share if client.facts else None
    return is_large_regular(share=share, since_on=client.since_on, on=on)


def _review_source(designation: KeyClientDesignation) -> str:
    return f"designation:{designation.pk}"


def _review_draft(row: KeyClientDesignation, keeper: User, at: datetime) -> TaskDraft:
    review = lazy_day(row.review_on) if row.review_on else ""
    return TaskDraft(
        kind=REVIEW,
        source=_review_source(row),
        assignee=keeper,
        client=row.client,
        title=_("Still a prospective client?"),
        detail=format_lazy(_("Without confirmation the designation lapses on {day}"), day=review),
        due_at=at,
        url=reverse("clients:designation_edit", args=[row.pk]),
        value_at_stake=row.potential_value,
    )


def _suggestion(client: Client, keeper: User, at: datetime) -> TaskDraft:
    share = (client.facts.revenue_share if client.facts else None) or Decimal(0)
    words = _("{share} % of the firm’s revenue, client since {day}")
    return TaskDraft(
        kind=SUGGESTED,
        source=f"client:{client.pk}:{Type.LARGE_REGULAR}",
        assignee=keeper,
        client=client,
        title=_("Large and permanent client?"),
        detail=format_lazy(
            words, share=lazy_number(share * 100, 1), day=lazy_day(client.since_on) if client.since_on else ""
        ),
        due_at=at,
        url=f"{reverse('clients:designation_new', args=[client.pk])}?type={Type.LARGE_REGULAR}",
        value_at_stake=client.facts.simple_value if client.facts else None,
    )
