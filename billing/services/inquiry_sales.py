"""Inquiries and what was sold from them: linked by a person, reckoned from the offer or the package they ended in."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from billing.models import Coverage, HourPackage, InquirySale, Offer, TimeEntry
from billing.rules.vat import Treatment
from billing.services.taxes import Taxes
from clients.models import Inquiry, ServiceLine
from clients.services.inquiries import end_by_sale, write_sale
from crm.db import worded
from crm.models import User
from crm.money import round_half_up, vat_from_gross

RECENT = timedelta(days=400)


@transaction.atomic
def link_sale(
    inquiry: Inquiry, *, offer: Offer | None = None, entry: TimeEntry | None = None, by: User, at: datetime
) -> InquirySale:
    """Says what came of an inquiry, which ends it where it is open, and keeps its promise.

    ValidationError `other` for an offer or work of another client, `wrong_status` for work that drew no package or an
    inquiry that ended otherwise, `already_done` for one that is linked.
    """
    if InquirySale.objects.filter(inquiry=inquiry).exists():
        raise ValidationError(_("This inquiry is linked already."), code="already_done")
    _check(inquiry, offer, entry)
    outcome = Inquiry.Outcome.OFFER if offer else Inquiry.Outcome.PACKAGE_DRAW
    end_by_sale(inquiry, outcome=outcome, at=at)
    link = InquirySale(inquiry=inquiry, offer=offer, entry=entry, linked_by=by)
    with worded():
        link.save()
    refresh_sales([link])
    return link


@transaction.atomic
def unlink_sale(link: InquirySale) -> None:
    """Takes a wrong link back; the inquiry stays ended, and nothing counts as sold from it."""
    write_sale(link.inquiry, service_line=None, sold=None)
    link.delete()


def refresh_offer_sales(offer: Offer) -> int:
    """After a decision about an offer: what inquiries sold by it."""
    return refresh_sales(InquirySale.objects.of_family(offer))


def refresh_recent_sales(*, at: datetime) -> int:
    """By night: work may have changed since it was linked."""
    return refresh_sales(InquirySale.objects.filter(inquiry__ended_at__gte=at - RECENT))


def refresh_sales(links: Iterable[InquirySale]) -> int:
    """Writes on each inquiry what was sold by now, None while the offer is not accepted; says how many."""
    count = 0
    for link in links:
        line, sold = _offer_sale(link.offer) if link.offer else _draw_sale(link.entry)
        write_sale(link.inquiry, service_line=line, sold=sold)
        count += 1
    return count


def _check(inquiry: Inquiry, offer: Offer | None, entry: TimeEntry | None) -> None:
    field, row = ("offer", offer) if offer else ("entry", entry)
    family = set(inquiry.client.family.values_list("pk", flat=True))
    if row and row.client_id not in family:
        error = ValidationError(_("This belongs to another client."), code="other")
        raise ValidationError({field: error})
    if entry and not _draws(entry):
        error = ValidationError(_("This work drew no hours of a package."), code="wrong_status")
        raise ValidationError({"entry": error})


def _offer_sale(offer: Offer) -> tuple[ServiceLine | None, Decimal | None]:
    """The net price of the version that binds, by the minutes that were signed."""
    binding = next((row for row in Offer.objects.family_of(offer) if row.is_binding), None)
    if binding is None or binding.decided_at is None:
        return offer.service_line, None
    hours = Fraction(binding.signed_minutes, 60) * Fraction(binding.hourly_rate or 0)
    price = binding.fixed_price if binding.fixed_price is not None else round_half_up(hours, 2)
    return binding.service_line, _net(binding, Decimal(price), on=timezone.localdate(binding.decided_at))


def _draw_sale(entry: TimeEntry | None) -> tuple[ServiceLine | None, Decimal | None]:
    """What the drawn minutes cost when their package was sold."""
    if entry is None:
        return None, None
    drawn = _draws(entry)
    packages = {row.account_id: row for row in HourPackage.objects.filter(account__in=set(drawn))}
    parts = [_worth(packages[account], minutes) for account, minutes in drawn.items()]
    return entry.service_line, sum(parts, Decimal(0))


def _worth(package: HourPackage, minutes: int) -> Decimal:
    """What so many of its minutes cost, net; those of a granted package nothing."""
    share = Fraction(package.price) * minutes / package.purchased_minutes if package.purchased_minutes else 0
    return _net(package, round_half_up(Fraction(share), 2), on=package.valid_from)


def _draws(entry: TimeEntry) -> dict[int, int]:
    """Minutes that the work drew from packages, by account."""
    rows = Coverage.objects.filter(entry=entry, account__package__isnull=False, drawn_minutes__gt=0).order_by()
    return dict(rows.values_list("account").annotate(drawn=Sum("drawn_minutes")))


def _net(agreed: Offer | HourPackage, amount: Decimal, *, on: date) -> Decimal:
    """The amount without the VAT that its price was agreed with on that day."""
    if not agreed.price_includes_tax:
        return amount
    percent = Taxes.of(agreed.seller, Treatment.STANDARD).agreed_percent(on) or Decimal(0)
    return vat_from_gross(amount, percent, currency=agreed.currency).net
