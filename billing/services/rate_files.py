"""Files of central banks taken into the table of rates; a rate that is known stays, for documents stand on it."""

from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from billing.models import ExchangeRate
from billing.rules.rate_files import RateFileError, RateFileFault, read_rates
from crm.db import worded

FAULTS = {
    RateFileFault.TOO_LARGE: _("The file is too large."),
    RateFileFault.EMPTY: _("There are no rates in the file."),
    RateFileFault.NO_DATE: _("The first column of a file of the ECB is Date."),
    RateFileFault.NO_DAY: _("“%(text)s” is no day."),
    RateFileFault.NO_NUMBER: _("“%(text)s” is no number."),
    RateFileFault.NOT_POSITIVE: _("A rate is greater than zero, not “%(text)s”."),
    RateFileFault.NO_CURRENCY: _("“%(text)s” is no currency."),
    RateFileFault.NO_XML: _("This is no XML: %(text)s"),
    RateFileFault.DTD: _("A file of rates has no DTD."),
}


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
        raise ValidationError({"file": _refusal(error)}) from error
    before = ExchangeRate.objects.count()
    rows = [
        ExchangeRate(base=quote.base, quote=quote.quote, rate=quote.rate, valid_on=quote.valid_on, source=quote.source)
        for quote in quotes
    ]
    ExchangeRate.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1000)
    new = ExchangeRate.objects.count() - before
    return Loaded(new, len(quotes) - new)


def _refusal(error: ValueError) -> ValidationError:
    if isinstance(error, RateFileError):
        return ValidationError(FAULTS[error.fault], code="rate_file", params={"text": error.text})
    return ValidationError(_("The file is not written in UTF-8."), code="rate_file")
