"""Statutory VAT rates by date: a new one ends the one before it, and nothing that was issued changes."""

from datetime import timedelta

from django.db import transaction

from billing.models import VatRate


@transaction.atomic
def start_vat_rate(rate: VatRate) -> VatRate:
    """Saves a new rate; the open one of its kind ends the day before. ValidationError if they overlap."""
    older = VatRate.objects.select_for_update().filter(country=rate.country, category=rate.category, valid_to=None)
    before = older.filter(valid_from__lt=rate.valid_from).first()
    if before is not None:
        before.valid_to = rate.valid_from - timedelta(days=1)
        before.save(update_fields=["valid_to"])
    rate.full_clean()
    rate.save()
    return rate
