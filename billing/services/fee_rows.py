"""The fee of a retainer by day: a change in mid-term is a dated row, and a period that it cuts is prorated."""

from datetime import date, datetime
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models import Retainer, RetainerFee
from billing.rules.retainers import DatedFee, Period, fee_of_period
from crm.db import worded
from crm.models import User


def dated_fees(retainer: Retainer) -> list[DatedFee]:
    """The monthly fees of the contract, the oldest first; the first one holds from its start."""
    rows = sorted(retainer.fees.all(), key=lambda row: row.valid_from)
    return [
        DatedFee(retainer.starts_on, retainer.monthly_fee),
        *(DatedFee(row.valid_from, row.monthly_fee) for row in rows),
    ]


def fee_on(retainer: Retainer, on: date) -> DatedFee:
    """The monthly fee that holds on the day."""
    return [fee for fee in dated_fees(retainer) if fee.valid_from <= on or fee.valid_from == retainer.starts_on][-1]


def only_service_line(retainer: Retainer) -> int | None:
    """The service that a fee counts for: that of the contract, where it names just one."""
    ids = [line.pk for line in retainer.service_lines.all()]
    return ids[0] if len(ids) == 1 else None


def period_fee(retainer: Retainer, period: Period) -> Decimal:
    """What a fee period costs: each fee for its days, rounded once."""
    return fee_of_period(period, dated_fees(retainer), months=retainer.fee_months, currency=retainer.currency)


@transaction.atomic
def change_fee(
    retainer: Retainer, *, monthly_fee: Decimal, valid_from: date, reason: str, by: User | None, at: datetime
) -> RetainerFee:
    """Agrees another fee from a day on. Fees that were not drafted yet follow it.

    ValidationError `already_done` if a period that it reaches was drafted, `wrong_status` for an ended contract,
    `range` for a day before the contract.
    """
    row = Retainer.objects.locked().get(pk=retainer.pk)
    if row.status == Retainer.Status.ENDED:
        raise ValidationError(_("This contract has ended; make a new one."), code="wrong_status")
    if valid_from <= row.starts_on:
        error = ValidationError(_("Before that day the contract's own fee holds: change the contract."), code="range")
        raise ValidationError({"valid_from": error})
    reached = Q(ends_on__gte=valid_from) | Q(invoice_line__supplied_to__gte=valid_from)
    if row.periods.filter(reached, fee__gt=0, invoice_line__isnull=False).exists():
        error = ValidationError(_("A fee of this time is drafted already: choose a later day."), code="already_done")
        raise ValidationError({"valid_from": error})
    with worded():
        return RetainerFee.objects.create(
            retainer=row, monthly_fee=monthly_fee, valid_from=valid_from, reason=reason.strip(), made_by=by, made_at=at
        )
