"""Numbers of documents: the counter row is locked last and only until commit, so a number is never lost or doubled."""

from datetime import date
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from billing.models import Series, SeriesYear
from billing.rules.numbering import Counter, NumberOrderError, names_year, write_number
from clients.models import Seller

EVERY_YEAR = 0  # the counter of a series whose pattern does not name the year


class Numbered(NamedTuple):
    series: Series
    number: str
    sequence: int


def series_of(seller: Seller, kind: Series.Kind) -> Series:
    """The seller's series for such documents. ValidationError `series_missing` if a person has to make one."""
    series = Series.objects.filter(seller=seller, kind=kind).order_by("pk").first()
    if series is None:
        raise ValidationError(
            _("%(seller)s has no number series for this."), code="series_missing", params={"seller": seller.name}
        )
    return series


def take_number(series: Series, *, on: date) -> Numbered:
    """The next number of the series, for a document dated `on`. Call it last, inside the document's transaction.

    Raises ValidationError `number_order` when the day lies before that of the previous number: the order of
    numbers is the order of dates.
    """
    row = _locked_row(series, on)
    try:
        counter = Counter(on.year, row.last_number, row.last_issued_on, series.first_number).advance(on)
    except NumberOrderError as error:
        raise ValidationError(
            _("The previous number is dated %(on)s; a document cannot be dated before it."),
            code=error.code,
            params={"on": row.last_issued_on},
        ) from error
    row.last_number, row.last_issued_on = counter.last_number, counter.last_issued_on
    row.save(update_fields=["last_number", "last_issued_on"])
    written = write_number(series.pattern, year=on.year, number=counter.last_number)
    return Numbered(series, written, counter.last_number)


def _locked_row(series: Series, on: date) -> SeriesYear:
    year = on.year if names_year(series.pattern) else EVERY_YEAR
    SeriesYear.objects.bulk_create([SeriesYear(series=series, year=year)], ignore_conflicts=True)
    return SeriesYear.objects.select_for_update().get(series=series, year=year)
