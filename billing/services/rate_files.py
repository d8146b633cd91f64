"""Files of central banks taken into the table of rates; a rate that is known stays, for documents stand on it."""

from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from billing.models import ExchangeRate
from billing.rules.rate_files import RateFileError, read_rates
from crm.db import worded


class Loaded(NamedTuple):
    """How many rates are new, and how many were known."""

    new: int
    known: int


def keep_rate(rate: ExchangeRate) -> ExchangeRate:
    """A rate by hand. ValidationError if one is known of that day."""
    with worded():
        rate.save()
    return rate


@transaction.atomic
def load_rates(content: bytes) -> Loaded:
    """Takes the rates of a file; the same file again adds nothing. ValidationError `rate_file` names what is wrong."""
    try:
        quotes = read_rates(content)
    except (RateFileError, UnicodeDecodeError) as error:
        message = _("This is no list of rates of the ECB or the Bank of Russia: %(why)s.")
        wrong = ValidationError(message, code="rate_file", params={"why": error})
        raise ValidationError({"file": wrong}) from error
    before = ExchangeRate.objects.count()
    rows = [
        ExchangeRate(base=quote.base, quote=quote.quote, rate=quote.rate, valid_on=quote.valid_on, source=quote.source)
        for quote in quotes
    ]
    ExchangeRate.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1000)
    new = ExchangeRate.objects.count() - before
    return Loaded(new, len(quotes) - new)
