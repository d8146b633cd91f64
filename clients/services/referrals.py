"""Referrals: written down with the client that the contact worked for, and the door for what they have brought."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from clients.models import Referral


@transaction.atomic
def save_referral(referral: Referral, *, on: date) -> Referral:
    """Saves who sent us a client, on a day that has come. The referrer stays when the contact changes employer."""
    before = Referral.objects.filter(pk=referral.pk).values_list("contact", flat=True).first()
    if referral.contact and referral.contact_id != before:
        referral.referrer = referral.contact.client
    if referral.referred_on and referral.referred_on > on:
        raise ValidationError({"referred_on": ValidationError(_("This has not happened yet."), code="future")})
    referral.full_clean(exclude=["referrer"])
    referral.save()
    return referral


def write_referred(amounts: Mapping[int, tuple[Decimal, Decimal | None]], *, as_of: date) -> int:
    """Writes what referred clients brought since, `{referral id: (revenue, margin)}`; says how many."""
    rows = [
        Referral(pk=pk, revenue_since=revenue, margin_since=margin, revenue_as_of_on=as_of)
        for pk, (revenue, margin) in sorted(amounts.items())
    ]
    return Referral.objects.bulk_update(rows, ["revenue_since", "margin_since", "revenue_as_of_on"], batch_size=500)
