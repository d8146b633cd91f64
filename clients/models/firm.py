"""What the firm is towards its clients: own companies (sellers), what it sells, and the policy of each tier."""

from datetime import date

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from clients.rules import bank_ids, tax_ids
from clients.rules.retention import Paper, keep_until, years_kept
from clients.rules.tiers import DEFAULT_TIERS
from crm.db import CurrencyField, MinutesField, MoneyField, PercentField, Query, Record, audited


class Tier(models.TextChoices):
    VIP = "vip", _("VIP")
    A = "a", "A"
    B = "b", "B"
    C = "c", "C"


def check_tax_ids(country: str, vat_id: str, tax_number: str, kpp: str) -> dict[str, ValidationError]:
    """What is wrong with a firm's tax identifiers, by field; those of other countries are taken as they are."""
    wrong = {}
    if vat_id and not tax_ids.may_be_vat_id(vat_id):
        wrong["vat_id"] = ValidationError(_("This VAT ID does not exist: its check digit is wrong."), code="vat_id")
    if country == "RU" and tax_number and not tax_ids.is_inn(tax_number):
        wrong["tax_number"] = ValidationError(_("This INN does not exist: its check digit is wrong."), code="inn")
    if kpp and not tax_ids.is_kpp(kpp):
        wrong["registration_reason"] = ValidationError(_("A KPP has nine digits."), code="kpp")
    elif kpp and country == "RU" and tax_ids.is_sole_trader(tax_number):
        words = _("A sole trader, whose INN has twelve digits, has no KPP.")
        wrong["registration_reason"] = ValidationError(words, code="kpp")
    if country == "DE" and tax_number and not tax_ids.is_german_tax_number(tax_number):
        words = _("No German state has tax numbers like this one, for example 143/815/08155.")
        wrong["tax_number"] = ValidationError(words, code="tax_number")
    return wrong


def check_register_entry(country: str, entry: str) -> dict[str, ValidationError]:
    """What is wrong with a register entry; in Russia the OGRN stands in it."""
    number = tax_ids.wrong_ogrn(entry) if country == "RU" else ""
    if not number:
        return {}
    words = _("%(number)s is no OGRN: its check digit or length is wrong.") % {"number": number}
    return {"register_entry": ValidationError(words, code="ogrn")}


def check_leitweg_id(name: str, value: str) -> dict[str, ValidationError]:
    """What is wrong with a reference or address that is written like a Leitweg-ID; any other text is taken."""
    if tax_ids.may_be_leitweg_id(value):
        return {}
    words = _("The check digits of this Leitweg-ID are wrong, for example 04011000-12345-03.")
    return {name: ValidationError(words, code="leitweg_id")}


class Seller(Record):
    """One of the firm's own companies: it signs, invoices and is paid."""

    class VatRegime(models.TextChoices):
        STANDARD = "standard", _("charges VAT")
        SMALL_BUSINESS = "small_business", _("small business, no VAT")
        SIMPLIFIED = "simplified", _("simplified regime, no VAT")
        SIMPLIFIED_5 = "simplified_5", _("simplified regime, 5 % VAT (Russia)")
        SIMPLIFIED_7 = "simplified_7", _("simplified regime, 7 % VAT (Russia)")

    class RoundingScope(models.TextChoices):
        ENTRY = "entry", _("each entry")
        DAY = "day", _("each day and client")

    code = models.SlugField(_("code"), max_length=12, unique=True)
    name = models.CharField(_("name"), max_length=160)
    street = models.CharField(_("street"), max_length=160, blank=True)
    postcode = models.CharField(_("postcode"), max_length=12, blank=True)
    city = models.CharField(_("city"), max_length=80, blank=True)
    country = models.CharField(_("country"), max_length=2)
    language = models.CharField(_("language of documents"), max_length=2, default="en")
    currency = CurrencyField(_("currency"))
    vat_regime = models.CharField(_("VAT regime"), max_length=14, choices=VatRegime.choices, default=VatRegime.STANDARD)
    is_taxed_when_paid = models.BooleanField(
        _("VAT is owed when paid"),
        default=False,
        help_text=_("Ist-Versteuerung by § 20 UStG: invoices say so, and e-invoices name the payment as tax point."),
    )
    vat_id = models.CharField(_("VAT ID"), max_length=20, blank=True)
    tax_number = models.CharField(_("tax number"), max_length=20, blank=True, help_text=_("INN in Russia."))
    registration_reason = models.CharField(_("KPP"), max_length=9, blank=True)
    edo_id = models.CharField(
        _("participant id at the EDO operator"),
        max_length=46,
        blank=True,
        help_text=_("For UPD files in Russia, for example 2BM-7707083893-770701001-201401010000000000000."),
    )
    register_entry = models.CharField(_("register entry"), max_length=120, blank=True)
    contact_name = models.CharField(_("contact person"), max_length=120, blank=True)
    director_name = models.CharField(_("director"), max_length=120, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    price_includes_tax = models.BooleanField(_("prices include VAT"), default=False)
    payment_terms_days = models.PositiveSmallIntegerField(_("payment terms in days"), default=14)
    rounding_step_minutes = MinutesField(_("round time up to"), default=1)
    rounding_minimum_minutes = MinutesField(_("least minutes of an entry"), default=0)
    rounding_scope = models.CharField(
        _("rounding of"), max_length=5, choices=RoundingScope.choices, default=RoundingScope.ENTRY
    )
    overrun_tolerance_percent = PercentField(_("overrun tolerance in per cent"), default=15)
    overrun_tolerance_minutes = MinutesField(_("overrun tolerance at least"), default=60)
    overrun_legal_basis = models.CharField(
        _("legal basis of the tolerance"),
        max_length=200,
        blank=True,
        default="",
        help_text=_("For example § 649 BGB, or article 709 (5) of the Russian civil code."),
    )
    outline_limit = MoneyField(
        _("offers in outline up to, gross"),
        null=True,
        blank=True,
        help_text=_("Small offers are handed over in one sentence; left empty, up to 600 EUR or 50 000 RUB."),
    )
    direct_channel_threshold = MoneyField(_("revenue for a direct channel"), null=True, blank=True)
    consultants_see_rates = models.BooleanField(_("consultants see agreed rates"), default=True)
    acts_since_on = models.DateField(
        _("acts of services from"),
        null=True,
        blank=True,
        help_text=_(
            "Russia only: services rendered earlier need no act here, for example because another program has it."
        ),
    )
    keep_years = models.PositiveSmallIntegerField(
        _("keep documents for, in years"),
        null=True,
        blank=True,
        help_text=_("Counted from the end of the year. Left empty, as the law wants: 8 years in Germany, 5 in Russia."),
    )
    advance_vat_since_on = models.DateField(
        _("advance VAT invoices from"),
        null=True,
        blank=True,
        help_text=_("Russia only: money that came in earlier needs no advance VAT invoice here."),
    )
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("own company")
        verbose_name_plural = _("own companies")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(rounding_step_minutes__gte=1, rounding_minimum_minutes__gte=0),
                name="seller_rounding_positive",
                violation_error_message=_("The rounding step is at least one minute."),
            ),
            models.CheckConstraint(
                condition=~models.Q(vat_regime__in=["simplified_5", "simplified_7"]) | models.Q(country="RU"),
                name="seller_simplified_rate_in_russia",
                violation_error_message=_("VAT of 5 or 7 per cent in the simplified regime is charged in Russia only."),
            ),
            models.CheckConstraint(
                condition=models.Q(keep_years=None) | models.Q(keep_years__range=(1, 99)),
                name="seller_keeps_documents",
                violation_error_message=_("Documents are kept between 1 and 99 years."),
            ),
        ]
        triggers = audited()

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Writes tax identifiers one way and checks them by their own digits; raises per field."""
        for name in ("vat_id", "tax_number", "registration_reason"):
            setattr(self, name, tax_ids.compact(getattr(self, name)))
        wrong = check_tax_ids(self.country, self.vat_id, self.tax_number, self.registration_reason)
        wrong |= check_register_entry(self.country, self.register_entry) | self._check_years()
        if wrong:
            raise ValidationError(wrong)

    def _check_years(self) -> dict[str, ValidationError]:
        least = years_kept(Paper.VOUCHER, country=self.country)
        if self.keep_years is None or self.keep_years >= least:
            return {}
        words = _("The law wants documents kept for %(n)s years at least.") % {"n": least}
        return {"keep_years": ValidationError(words, code="too_short")}

    def keeps_until(self, paper: Paper, on: date) -> date:
        """Until when a paper of this company that was made on a day is kept; nothing deletes it earlier, or later."""
        return keep_until(paper, on, country=self.country, years=self.keep_years or 0)


class BankAccount(Record):
    """An account of an own company; the first one of a currency stands on its invoices."""

    seller = models.ForeignKey(Seller, models.CASCADE, related_name="bank_accounts")
    currency = CurrencyField(_("currency"))
    holder = models.CharField(_("account holder"), max_length=160, blank=True)
    iban = models.CharField(_("IBAN"), max_length=34, blank=True)
    bic = models.CharField(_("BIC"), max_length=11, blank=True)
    account_number = models.CharField(_("account number"), max_length=20, blank=True)
    bik = models.CharField(_("BIK"), max_length=9, blank=True)
    correspondent_account = models.CharField(_("correspondent account"), max_length=20, blank=True)
    bank_name = models.CharField(_("bank"), max_length=160, blank=True)

    class Meta:
        verbose_name = _("bank account")
        verbose_name_plural = _("bank accounts")
        ordering = ["seller", "id"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(iban="", account_number=""),
                name="bank_account_has_number",
                violation_error_message=_("Give an IBAN or an account number."),
            ),
        ]
        triggers = audited()

    def __str__(self) -> str:
        return self.iban or self.account_number

    def clean(self) -> None:
        """Writes the numbers without spaces and checks them by their own digits; raises per field."""
        for name in ("iban", "bic", "account_number", "bik", "correspondent_account"):
            setattr(self, name, tax_ids.compact(getattr(self, name)))
        if wrong := self._wrong_numbers():
            raise ValidationError(wrong)

    def _wrong_numbers(self) -> dict[str, ValidationError]:
        wrong = {}
        if self.iban and not bank_ids.is_iban(self.iban):
            wrong["iban"] = ValidationError(_("This IBAN does not exist: its check digits are wrong."), code="iban")
        if self.bic and not bank_ids.is_bic(self.bic):
            wrong["bic"] = ValidationError(_("A BIC has eight or eleven characters."), code="bic")
        if self.bik and not bank_ids.is_bik(self.bik):
            wrong["bik"] = ValidationError(_("A BIK has nine digits and starts with 04."), code="bik")
            return wrong
        for name in ("account_number", "correspondent_account"):
            number = getattr(self, name)
            if self.bik and number and not bank_ids.is_russian_account(number, bik=self.bik):
                wrong[name] = ValidationError(
                    _("This account does not belong to the bank of this BIK."), code="account"
                )
        return wrong


class ServiceLine(Record):
    """What the firm sells; one that a client uses now is an anchor.

    `spread_policy` says what a wide gap between the ordinary price and the best one means: it tells ordinary clients
    how large the mark-up is, or it is meant to motivate them.
    """

    class SpreadPolicy(models.TextChoices):
        RESTRICT = "restrict", _("kept narrow")
        INCENTIVE = "incentive", _("shown as steps")

    code = models.SlugField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=80)
    name_ru = models.CharField(_("name in Russian"), max_length=80, blank=True)
    name_de = models.CharField(_("name in German"), max_length=80, blank=True)
    is_active = models.BooleanField(_("in use"), default=True)
    spread_policy = models.CharField(
        _("differences in price"), max_length=9, choices=SpreadPolicy.choices, default=SpreadPolicy.RESTRICT
    )

    class Meta:
        verbose_name = _("service line")
        verbose_name_plural = _("service lines")
        ordering = ["name"]
        triggers = audited()

    def __str__(self) -> str:
        return self.name

    def name_in(self, language: str) -> str:
        """The name in a language of the product, or the English one where it was not given."""
        return str(getattr(self, f"name_{language}", "") or self.name)


class TierPolicyQuery(Query["TierPolicy"]):
    def cadences(self) -> dict[str, int]:
        """Days between touches by tier, for all four tiers."""
        return {**{tier: default["attention_days"] for tier, default in DEFAULT_TIERS.items()}, **self._days()}

    def _days(self) -> dict[str, int]:
        return dict(self.values_list("tier", "attention_days"))

    def ensure(self) -> None:
        """Writes the default policy of each tier that has none; a partner's own are left alone."""
        rows = [TierPolicy(tier=tier, **default) for tier, default in DEFAULT_TIERS.items()]
        self.bulk_create(rows, ignore_conflicts=True)


class TierPolicy(Record):
    """How a tier is treated; the defaults are those of the domain, a partner edits them."""

    tier = models.CharField(_("tier"), max_length=3, choices=Tier.choices, unique=True)
    attention_days = models.PositiveSmallIntegerField(_("attention every … days"))
    first_response_hours = models.PositiveSmallIntegerField(_("first response within business hours"))
    discount_ceiling_percent = PercentField(_("discount ceiling in per cent"))
    goodwill_minutes = MinutesField(_("goodwill minutes a year"))
    direct_channels = models.BooleanField(_("direct channels"), default=False)
    call_back_minutes = MinutesField(
        _("call back within minutes"),
        null=True,
        blank=True,
        help_text=_("After a missed call of a direct line, in business time; left empty, the first response counts."),
    )

    objects = TierPolicyQuery.as_manager()

    class Meta:
        verbose_name = _("tier policy")
        verbose_name_plural = _("tier policies")
        ordering = ["attention_days"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(attention_days__gte=1),
                name="tier_attention_has_floor",
                violation_error_message=_("Every tier has a cadence of at least one day."),
            ),
            models.CheckConstraint(
                condition=models.Q(discount_ceiling_percent__range=(0, 100), goodwill_minutes__gte=0),
                name="tier_limits_range",
                violation_error_message=_("A discount lies between 0 and 100 per cent, goodwill is not negative."),
            ),
            models.CheckConstraint(
                condition=models.Q(call_back_minutes=None) | models.Q(call_back_minutes__range=(1, 10_000)),
                name="tier_call_back_range",
                violation_error_message=_("A call back takes at least a minute."),
            ),
        ]
        triggers = audited()

    def __str__(self) -> str:
        return self.get_tier_display()
