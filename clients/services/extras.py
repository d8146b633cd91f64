"""Extras: given, told to the client, closed; the third of a kind is flagged as becoming an expectation."""

from collections.abc import Iterable
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from clients.models import Client, Extra
from clients.models.extra import EXPECTED_FROM
from clients.services.keepers import first_partner, keeper_of
from clients.services.tasks import TaskDraft, open_task

EXPECTED = "extra_expected"


@transaction.atomic
def give_extra(extra: Extra, *, at: datetime) -> Extra:
    """Saves an extra; the same one three times for a client asks the account manager to price it or to stop."""
    Client.objects.filter(pk=extra.client_id).locked().values_list("pk").first()
    extra.name = extra.name.strip()
    extra.times = 1 + _same(extra).count()
    extra.full_clean()
    extra.save()
    if extra.times >= EXPECTED_FROM:
        _flag(extra, at=at)
    return extra


@transaction.atomic
def change_extra(extra: Extra) -> Extra:
    """Saves a changed extra. `wrong_status` once it stands on an invoice."""
    row = Extra.objects.locked().get(pk=extra.pk)
    if row.invoiced_on:
        raise ValidationError(_("This extra stands on an invoice and is no longer changed."), code="wrong_status")
    if row.name != extra.name or row.client_id != extra.client_id:
        extra.times = 1 + _same(extra).count()
    extra.full_clean()
    extra.save()
    return extra


@transaction.atomic
def close_extra(extra: Extra, *, on: date) -> Extra:
    """Closes it. `client_not_informed` while the client has not been told; `already_done` when it is closed."""
    row = Extra.objects.locked().get(pk=extra.pk)
    if row.closed_on:
        raise ValidationError(_("This extra is closed already."), code="already_done")
    if row.withdrawn_on:
        raise ValidationError(_("This extra is withdrawn already."), code="wrong_status")
    if row.client_informed_at is None:
        message = _("Tell the client first: an extra nobody knows of is worth nothing.")
        raise ValidationError({"client_informed_at": ValidationError(message, code="client_not_informed")})
    row.closed_on = on
    row.save(update_fields=["closed_on"])
    return row


@transaction.atomic
def withdraw_extra(extra: Extra, *, reason: str, on: date) -> Extra:
    """Says that it was not given after all; it counts for nothing any more. `already_done` the second time,
    `wrong_status` once it is closed or stands on an invoice, `required` without a reason.
    """
    row = Extra.objects.locked().get(pk=extra.pk)
    if row.withdrawn_on:
        raise ValidationError(_("This extra is withdrawn already."), code="already_done")
    if row.closed_on or row.invoiced_on:
        raise ValidationError(_("The client has had this extra: it is not withdrawn."), code="wrong_status")
    if not reason.strip():
        raise ValidationError({"reason": ValidationError(_("Give a reason."), code="required")})
    row.withdrawn_on, row.withdrawal_reason = on, reason.strip()
    row.save(update_fields=["withdrawn_on", "withdrawal_reason"])
    return row


def mark_extras_invoiced(ids: Iterable[int], *, on: date | None) -> int:
    """Says that these extras stand on an invoice, or with None that they no longer do."""
    return Extra.objects.filter(pk__in=ids).update(invoiced_on=on)


def _same(extra: Extra) -> QuerySet[Extra]:
    """Earlier extras of the same name for the client, however it was written."""
    rows = Extra.objects.given().filter(client__in=extra.client.family, name__iexact=extra.name)
    return rows.exclude(pk=extra.pk)


def _flag(extra: Extra, *, at: datetime) -> None:
    keeper = keeper_of(extra.client, fallback=first_partner())
    if keeper is None:
        return
    words = _("“{name}” was given {n} times: price it or stop")
    open_task(
        TaskDraft(
            kind=EXPECTED,
            source=f"extra:{extra.client.holder_id}:{extra.name.strip().casefold()}"[:80],
            assignee=keeper,
            client=extra.client,
            title=_("An extra becomes an expectation"),
            detail=format_lazy(words, name=extra.name, n=extra.times),
            due_at=at,
        )
    )
