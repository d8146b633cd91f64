"""What the page of a retainer shows: its periods with fee and hours, the comparison, what is still to come."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db.models import Exists, F, OuterRef, Q

from billing.models import InvoiceLine, Retainer, RetainerPeriod
from billing.models.retainers import RetainerQuery
from billing.rules.comparison import CashMonth, Comparison
from billing.rules.retainers import notice_deadline
from billing.services.backlog import backlog_of
from billing.services.fees import rate_question_of
from billing.services.retainers import comparison_of, term_of
from crm.access import may
from crm.models import User


@dataclass(frozen=True, slots=True)
class CashRow:
    """A month of the comparison with the widths of its bars in per cent of the largest payment."""

    month: CashMonth
    retainer_width: str
    one_off_width: str


def retainers_for(user: User) -> RetainerQuery:
    rows = Retainer.objects.visible_to(user).priced_for(user)
    return rows.select_related("client__figures", "seller", "lead")


def retainer_context(retainer: Retainer, *, user: User, on: date) -> dict[str, Any]:
    last_on = term_of(retainer, on=on).last_on
    comparison = comparison_of(retainer) if retainer.shows_price else None
    return {
        "retainer": retainer,
        "last_on": last_on,
        "notice_on": notice_deadline(last_on, notice_days=retainer.notice_days),
        "periods": _periods(retainer),
        "current": _current(retainer, on),
        "due": retainer.periods.filter(draft_on__lte=on, fee__gt=0, invoice_line=None).count(),
        "early": getattr(retainer, "early_end", None),
        "may_settle": may(user, "retainer.settle"),
        "checkpoints": list(retainer.checkpoints.select_related("done_by").order_by("due_on")),
        "fees": list(retainer.fees.select_related("made_by").order_by("valid_from")),
        "backlog": backlog_of(retainer, on=on),
        "comparison": comparison,
        "cash": cash_rows(comparison) if comparison else [],
        "question": rate_question_of(retainer),
        "may_draft": may(user, "invoice.draft"),
        "may_change": Retainer.objects.changeable_by(user).filter(pk=retainer.pk).exists(),
    }


def cash_rows(comparison: Comparison) -> list[CashRow]:
    payments = [amount for month in comparison.cash for amount in (month.retainer, month.one_off)]
    most = max(payments, default=Decimal(0)) or Decimal(1)
    return [CashRow(month, _width(month.retainer, most), _width(month.one_off, most)) for month in comparison.cash]


def _periods(retainer: Retainer) -> list[RetainerPeriod]:
    """The newest first, with the `balance` of those that bring hours; `is_credited` where the fee was taken back."""
    rows = retainer.periods.select_related("account", "invoice_line__invoice").order_by("-starts_on")
    stands = Exists(InvoiceLine.objects.standing().filter(pk=OuterRef("invoice_line")))
    is_credited = Q(invoice_line__isnull=False) & ~stands
    return list(rows.annotate(balance=F("account__balance_minutes"), is_credited=is_credited)[:36])


def _current(retainer: Retainer, on: date) -> RetainerPeriod | None:
    """The period whose hours can be drawn on the day."""
    begun = retainer.periods.filter(starts_on__lte=on, account__isnull=False).select_related("account")
    return begun.order_by("-starts_on").first()


def _width(amount: Decimal, most: Decimal) -> str:
    return f"{float(Fraction(amount) * 100 / Fraction(most)):.1f}%"
