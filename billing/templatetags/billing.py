"""Hours with a fixed decimal, kinds of time, and the words for warnings and decisions of time entries."""

from decimal import Decimal

from django import template
from django.utils.functional import Promise
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _

from billing.exports.formats import formats
from billing.models import TimeEntry
from billing.reports.week import mark_of
from crm.web.formats import HOUR, NARROW, language, write_balance, write_number

register = template.Library()

WARNINGS: dict[str, str | Promise] = {
    "package_exhausted": _("the package named does not hold all of it"),
    "package_unpaid": _("a package is not paid yet"),
    "overage": _("more than the package holds"),
    "balance_negative": _("the package goes below zero"),
    "negative_limit": _("the limit below zero is reached"),
    "awaiting_top_up": _("awaiting a top-up"),
    "over_cap": _("over the cap of the offer"),
    "unannounced_overrun": _("overrun that nobody announced"),
    "offer_not_accepted": _("the offer was not accepted"),
    "overlap": _("overlaps with another entry"),
    "span_differs": _("more minutes than between start and end, or another day"),
    "rate_missing": _("no rate is valid"),
    "rate_currency": _("the rate is in another currency"),
}
# Categories of EN 16931 (BT-151) that have no rate.
UNTAXED: dict[str, str | Promise] = {
    "AE": _("reverse charge"),
    "E": _("without VAT"),
    "O": _("outside VAT"),
}
DECISIONS: dict[str, str | Promise] = {
    "handover": _("This was handed over to the client: who pays for the work on it?"),
    "timer_stopped": _("The timer stopped itself after ten hours: how long was it really?"),
    "follow_up": _("A follow-up after the invoice: who pays for it?"),
    "goodwill_budget": _("More than the goodwill of the year: a partner decides."),
    "personal_relationship": _("One of us is close to this client: a partner decides."),
    "complaint_then_free": _("Free after complaints, year after year: a partner decides."),
}


@register.filter
def drawing(svg: str) -> str:
    """A drawing that the product itself made, as it is; its words never come from people."""
    return mark_safe(svg)  # noqa: S308  # modules of a QR code


@register.filter
def warning_words(code: str) -> "str | Promise":
    return WARNINGS.get(code, code)


@register.filter
def decision_words(code: str) -> "str | Promise":
    return DECISIONS.get(code, code)


@register.filter
def kind_mark(entry: TimeEntry) -> str:
    """The class of the little square before an entry."""
    return mark_of(entry.billing_type)


@register.filter
def balance(minutes: int | None) -> str:
    """8.5, 7.0 and 8.25: hours with at least one decimal, so that a balance before and after align."""
    return "" if minutes is None else write_balance(minutes)


@register.filter
def balance_h(minutes: int | None) -> str:
    """7.0 h."""
    return f"{balance(minutes)}{NARROW}{HOUR[language()]}"


@register.filter
def drew(entry: TimeEntry) -> bool:
    """Whether prepaid hours were booked for it, so that there is something to tell the client."""
    return any(part.ledger_row_id for part in entry.parts)


@register.filter
def export_format(code: str) -> str:
    """The name of a format; of one that is gone its code."""
    known = formats().get(code)
    return str(known.label) if known else code


@register.filter
def vat_words(category: str, rate: Decimal) -> "str | Promise":
    """A rate, be it 0 %, or why there is none."""
    return UNTAXED.get(category) or f"{write_number(rate, 2, trim=True)}{NARROW}%"
