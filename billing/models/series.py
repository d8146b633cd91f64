"""Number series: one counter row per company, kind and year, locked last, so that numbers have no gap."""

import pgtrigger
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.rules.numbering import PatternProblem, names_year, pattern_problem
from clients.models import Seller
from crm.db import Record, audited

# The order of numbers is the order of dates, whoever writes: no number is given back, left out or dated before another.
COUNTS_UP = """
IF OLD.last_number > 0 AND NEW.last_number <> OLD.last_number + 1 THEN
    RAISE EXCEPTION 'Number % follows %.', OLD.last_number + 1, OLD.last_number;
END IF;
IF NEW.last_issued_on < OLD.last_issued_on THEN
    RAISE EXCEPTION 'The number before is dated %.', OLD.last_issued_on
        USING ERRCODE = 'check_violation', CONSTRAINT = 'series_in_date_order';
END IF;
RETURN NEW;
"""

PROBLEMS = {
    PatternProblem.NO_NUMBER: _("Without {number} two documents would have the same number."),
    PatternProblem.UNKNOWN_FIELD: _("Use only {year} and {number:04}."),
    PatternProblem.TOO_LONG: _("The number would be longer than documents have room for."),
}


class Series(Record):
    """`pattern` uses {year} and {number:04}; a series restarts each year."""

    class Kind(models.TextChoices):
        INVOICE = "invoice", _("invoices")
        CREDIT_NOTE = "credit_note", _("credit notes")
        OFFER = "offer", _("offers")
        ACT = "act", _("acts of services")
        ADVANCE_VAT = "advance_vat", _("advance VAT invoices")

    seller = models.ForeignKey(Seller, models.CASCADE, related_name="series", verbose_name=_("own company"))
    kind = models.CharField(_("for"), max_length=11, choices=Kind.choices)
    code = models.SlugField(_("code"), max_length=12)
    pattern = models.CharField(_("pattern"), max_length=40, default="{year}-{number:04}")
    first_number = models.PositiveIntegerField(_("first number"), default=1)

    class Meta:
        verbose_name = _("number series")
        verbose_name_plural = _("number series")
        ordering = ["seller", "kind", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["seller", "kind"],
                name="series_kind_once",
                violation_error_message=_("This company has a series for such documents already."),
            ),
            models.UniqueConstraint(
                fields=["seller", "code"],
                name="series_code_once",
                violation_error_message=_("This company already has a series with this code."),
            ),
        ]
        triggers = audited()

    def __str__(self) -> str:
        return self.code

    def clean(self) -> None:
        """A pattern writes each number once; a series that has begun keeps its counters, or numbers would repeat."""
        if problem := pattern_problem(self.pattern):
            raise ValidationError({"pattern": ValidationError(PROBLEMS[problem], code=problem)})
        begun = Series.objects.filter(pk=self.pk, years__last_number__gt=0).first() if self.pk else None
        if begun and names_year(begun.pattern) != names_year(self.pattern):
            words = _("Numbers were given already: a series that counts by year goes on doing so, and the other way.")
            raise ValidationError({"pattern": ValidationError(words, code="series_begun")})
        if begun and begun.first_number != self.first_number:
            words = _("Numbers were given already: the next one follows the last, without a gap.")
            raise ValidationError({"first_number": ValidationError(words, code="series_begun")})


class SeriesYear(models.Model):
    """The counter: `last_number` used and the date it was used for, never going back."""

    series = models.ForeignKey(Series, models.CASCADE, related_name="years")
    year = models.PositiveSmallIntegerField()
    last_number = models.PositiveIntegerField(default=0)
    last_issued_on = models.DateField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["series", "year"], name="series_year_once")]
        triggers = [
            pgtrigger.Trigger(
                name="counts_up",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=COUNTS_UP,
            ),
        ]
