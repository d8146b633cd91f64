"""What an own company's tax adviser uses DATEV under: its numbers, its chart of accounts, its debtors."""

from datetime import date

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.rules.datev import USUAL_ACCOUNTS, Case
from clients.models import Client, Seller
from crm.db import Record, audited

CASES = {
    Case.STANDARD: _("standard rate"),
    Case.REDUCED: _("reduced rate"),
    Case.REVERSE_CHARGE: _("reverse charge in the EU"),
    Case.THIRD_COUNTRY: _("outside of the EU"),
    Case.EXEMPT: _("without VAT"),
    Case.ADVANCE: _("advances received"),
    Case.ADVANCE_REDUCED: _("advances received, reduced rate"),
    Case.PACKAGE: _("hours sold ahead"),
    Case.DRAWN: _("revenue of hours drawn or expired"),
    Case.DISCOUNT_STANDARD: _("cash discount, standard rate"),
    Case.DISCOUNT_REDUCED: _("cash discount, reduced rate"),
    Case.DISCOUNT_REVERSE: _("cash discount, reverse charge"),
    Case.DISCOUNT_UNTAXED: _("cash discount without VAT"),
    Case.ZERO: _("zero rate"),
    Case.VOUCHER: _("multi-purpose hours sold ahead"),
}


ACCOUNT_LENGTHS = range(4, 9)


class DatevSettings(Record):
    """Accounts have `account_length` digits, debtors one more."""

    class Chart(models.TextChoices):
        SKR03 = "03", "SKR 03"
        SKR04 = "04", "SKR 04"

    seller = models.OneToOneField(
        Seller, models.CASCADE, related_name="datev", verbose_name=_("own company"), editable=False
    )
    adviser_number = models.PositiveIntegerField(
        _("adviser number"), validators=[MinValueValidator(1001), MaxValueValidator(9_999_999)]
    )
    client_number = models.PositiveIntegerField(
        _("client number at the adviser"), validators=[MinValueValidator(1), MaxValueValidator(99_999)]
    )
    initials = models.CharField(
        _("initials"),
        max_length=2,
        blank=True,
        validators=[RegexValidator(r"^[A-Z]{2}$", _("Give two capital letters."))],
    )
    year_starts_in = models.PositiveSmallIntegerField(
        _("month in which the fiscal year begins"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(12)],
    )
    chart = models.CharField(_("chart of accounts"), max_length=2, choices=Chart.choices, default=Chart.SKR03)
    account_length = models.PositiveSmallIntegerField(
        _("digits of an account"),
        default=4,
        validators=[MinValueValidator(ACCOUNT_LENGTHS[0]), MaxValueValidator(ACCOUNT_LENGTHS[-1])],
    )
    advances_since_on = models.DateField(
        _("sold hours are advances from"),
        null=True,
        blank=True,
        help_text=_("Hours invoiced earlier were booked as revenue with their invoice; empty for none of them."),
    )
    first_debtor = models.PositiveIntegerField(_("first debtor"), default=10_000)

    class Meta:
        verbose_name = _("DATEV settings")
        verbose_name_plural = _("DATEV settings")
        constraints = [
            models.CheckConstraint(
                condition=Q(year_starts_in__range=(1, 12), account_length__range=(4, 8)),
                name="datev_settings_in_range",
                violation_error_message=_("A year begins in one of twelve months, an account has 4 to 8 digits."),
            ),
        ]
        triggers = audited()

    def __str__(self) -> str:
        return str(self.seller)

    @property
    def debtor_range(self) -> range:
        """Personal accounts of debtors: 10000 to 69999 where accounts have four digits."""
        unit = 10**self.account_length
        return range(unit, 7 * unit)

    def clean(self) -> None:
        """A length that its own check refuses is not reckoned with: ten to the power of it would never end."""
        known = self.account_length in ACCOUNT_LENGTHS and self.first_debtor is not None
        if known and self.first_debtor not in self.debtor_range:
            allowed = self.debtor_range
            words = _("Debtors lie between %(first)s and %(last)s.") % {"first": allowed[0], "last": allowed[-1]}
            raise ValidationError({"first_debtor": ValidationError(words, code="debtor_range")})

    def books_ahead(self, sold_on: date | None) -> bool:
        """Whether hours of an invoice of that day are a debt until they are drawn."""
        return self.advances_since_on is None or sold_on is None or sold_on >= self.advances_since_on

    def usual_account(self, case: Case) -> str:
        """What the chart proposes, filled up to the company's length."""
        return USUAL_ACCOUNTS[self.chart][case].ljust(self.account_length, "0")


class DatevAccount(models.Model):
    """The account of a case. A `tax_key` belongs to accounts that reckon no VAT by themselves, and to no others."""

    settings = models.ForeignKey(DatevSettings, models.CASCADE, related_name="accounts")
    case = models.CharField(_("case"), max_length=17, choices=[(case.value, words) for case, words in CASES.items()])
    account = models.CharField(_("account"), max_length=8)
    tax_key = models.CharField(_("tax key"), max_length=4, blank=True)

    class Meta:
        verbose_name = _("account in DATEV")
        verbose_name_plural = _("accounts in DATEV")
        ordering = ["settings", "id"]
        constraints = [
            models.UniqueConstraint(fields=["settings", "case"], name="datev_account_once"),
            models.CheckConstraint(
                condition=Q(account__regex=r"^[0-9]{4,8}$", tax_key__regex=r"^([0-9]{1,4})?$"),
                name="datev_account_is_number",
                violation_error_message=_("An account has 4 to 8 digits, a tax key up to 4."),
            ),
        ]
        triggers = [audited()[1]]

    def __str__(self) -> str:
        return f"{self.get_case_display()}: {self.account}"


class DebtorAccount(Record):
    """The personal account of a client in the books of an own company; given at the first export that needs it."""

    settings = models.ForeignKey(DatevSettings, models.CASCADE, related_name="debtors", editable=False)
    client = models.ForeignKey(Client, models.PROTECT, related_name="+", editable=False, verbose_name=_("client"))
    number = models.PositiveIntegerField(_("debtor account"))

    class Meta:
        verbose_name = _("debtor account")
        verbose_name_plural = _("debtor accounts")
        ordering = ["settings", "number"]
        constraints = [
            models.UniqueConstraint(fields=["settings", "client"], name="debtor_of_client_once"),
            models.UniqueConstraint(
                fields=["settings", "number"],
                name="debtor_number_once",
                violation_error_message=_("Another client has this debtor account."),
            ),
        ]
        triggers = audited()

    def __str__(self) -> str:
        return str(self.number)

    def clean(self) -> None:
        if self.number is not None and self.number not in self.settings.debtor_range:
            allowed = self.settings.debtor_range
            words = _("Debtors lie between %(first)s and %(last)s.") % {"first": allowed[0], "last": allowed[-1]}
            raise ValidationError({"number": ValidationError(words, code="debtor_range")})
