"""The client: the organisation we serve, its tier and status with their history."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Self

from django.apps import apps
from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, TrigramWordSimilarity
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Case, Count, ExpressionWrapper, F, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clients.models.cash_discount import CashDiscountTerms, cash_discount_whole
from clients.models.firm import Seller, ServiceLine, Tier, TierPolicy, check_leitweg_id, check_tax_ids
from clients.rules import card, tax_ids
from crm.access import Role
from crm.db import CurrencyField, External, Query, audited, by_name, tombstoned
from crm.db.records import external_key
from crm.models.firm import Firm

if TYPE_CHECKING:
    from clients.models.facts import ClientFigure
    from crm.models import User

OPEN_FIGURES = ("health_score", "health_band", "nps", "nps_answers", "anchors", "last_two_way_at", "goodwill_minutes")
BAND_FIGURES = ("band_low", "band_high")
MONEY_FIGURES = (
    *("badge_value", "simple_value", "revenue_12m", "revenue_before_12m"),
    *("revenue_share", "margin_12m", "receivables", "overdue_receivables"),
)


EVERY = Q(pk__isnull=False)
KEEPERS = ("account_manager", "deputy", "executive_owner")


def _shown(name: str, condition: Q, model: str = "ClientFigure") -> Case | F:
    """The column where the condition holds, else a null of its own type, which can be summed."""
    path = name if model == "Client" else f"figures__{name}"
    if condition is EVERY:
        return F(path)
    column: Any = apps.get_model("clients", model)._meta.get_field(name)
    nothing = Cast(Value(None), output_field=column.clone())
    return Case(When(condition, then=F(path)), default=nothing)


def _flag(condition: Q) -> "ExpressionWrapper[Any]":
    told = Case(When(condition, then=Value(value=True)), default=Value(value=False))
    return ExpressionWrapper(told, models.BooleanField())


def holder_of(path: str = "client") -> Coalesce:
    """For whom a row of a client counts: the client itself, or the one into which it was merged."""
    return Coalesce(F(f"{path}__merged_into"), F(path), output_field=models.BigIntegerField())


def holder_name_of(path: str = "client") -> Coalesce:
    return Coalesce(F(f"{path}__merged_into__name"), F(f"{path}__name"))


def of_holders(ids: Iterable[int], path: str = "client") -> Q:
    """Rows of clients that stayed and of those merged into them."""
    kept = set(ids)
    return Q(**{f"{path}__in": kept}) | Q(**{f"{path}__merged_into__in": kept})


def owned(user: "User", *, on: date | None = None, keepers: Iterable[str] = KEEPERS) -> Q:
    """Own = account manager, deputy or executive owner, or deputy of an absent one of these while the absence lasts."""
    return kept_by(user.people_on(on or timezone.localdate()), keepers)


def kept_by(people: Iterable[int], keepers: Iterable[str] = KEEPERS) -> Q:
    """Kept by one of these people, whoever stands in for them."""
    ids = list(people)
    return Q(*((f"{keeper}__in", ids) for keeper in keepers), _connector=Q.OR)


class ClientQuery(Query["Client"]):
    def visible_to(self, user: "User") -> Self:
        """Rows of which the person may see at least the card: all, or for a consultant those they work for."""
        if user.is_in(Role.PARTNER, Role.ACCOUNT_MANAGER, Role.FINANCE):
            return self
        if user.is_in(Role.CONSULTANT):
            return self.filter(Q(pk__in=self._worked_for(user)) | owned(user))
        return self.none()

    def open_to(self, user: "User") -> Self:
        """Rows that the person sees in full: all for a partner, own clients and those they work for otherwise."""
        return self if user.is_in(Role.PARTNER) else self.cared_for_by(user)

    def cared_for_by(self, user: "User") -> Self:
        """Own clients and those the person works for, whatever else they may see."""
        return self.filter(self._full(user))

    def telling(self, user: "User", name: str) -> Q:
        """On which rows the person reads this field of the client: the one condition for lists, filters and files."""
        if card.shows(name, is_open=user.is_in(Role.PARTNER), bills=user.is_in(Role.FINANCE)):
            return EVERY
        return self._full(user)

    def with_openness(self, user: "User") -> Self:
        """Adds `is_open` (seen in full) and `bills` (master data for billing seen), which `shows` asks."""
        is_open, bills = self.telling(user, "notes"), self.telling(user, "legal_name")
        return self.annotate(is_open=_flag(is_open), bills=_flag(bills))

    def with_shown_fields(self, user: "User", *names: str) -> Self:
        """Adds `shown_<name>` of the client's own fields: null where the person may not read them."""
        return self.annotate(**{f"shown_{name}": _shown(name, self.telling(user, name), "Client") for name in names})

    def with_shown_figures(self, user: "User") -> Self:
        """Adds what `with_openness` does, and the figures as this person may see them, null otherwise.

        Lists sort and filter by these columns, never by the figures themselves, so that no order betrays a number.
        """
        is_open, money = self.telling(user, "notes"), self._money(user)
        shown = {
            **{f"shown_{name}": _shown(name, is_open) for name in OPEN_FIGURES},
            **{f"shown_{name}": _shown(name, money) for name in MONEY_FIGURES},
            **{f"shown_{name}": _shown(name, is_open & ~money) for name in BAND_FIGURES},
        }
        base = Firm.objects.values("base_currency")[:1]
        opened = self.with_openness(user).with_shown_fields(user, "since_on")
        return opened.annotate(base_currency=Coalesce(Subquery(base), Value("EUR")), **shown)

    def money_open_to(self, user: "User") -> Self:
        """Rows of which the person sees amounts: all for partner and finance, own ones for an account manager."""
        return self.filter(self._money(user))

    def owned_by(self, user: "User", *, on: date | None = None) -> Self:
        """Own ones today, or on another day."""
        return self.filter(owned(user, on=on))

    def changeable_by(self, user: "User") -> Self:
        """A partner changes every client, an account manager their own."""
        if user.is_in(Role.PARTNER):
            return self
        return self.filter(owned(user)) if user.is_in(Role.ACCOUNT_MANAGER) else self.none()

    def current(self) -> Self:
        """Clients that were not merged into another one."""
        return self.filter(merged_into=None)

    def with_merged(self) -> Self:
        """These and those merged into them: whoever sees a client sees what was written down for the others."""
        ids = self.order_by().values("pk")
        return type(self)(self.model, using=self.db).filter(Q(pk__in=ids) | Q(merged_into__in=ids))

    def counting(self, ids: Iterable[int]) -> Self:
        """These and those for whom their rows count since a merge: whose figures move when a row of these does."""
        named = Client.objects.filter(pk__in=set(ids)).order_by()
        return self.filter(Q(pk__in=named.values("pk")) | Q(pk__in=named.values("merged_into")))

    def in_status(self, *statuses: str) -> Self:
        return self.filter(status__in=statuses)

    def ranked_for(self, user: "User", text: str) -> Self:
        """Matching clients in the order in which a person expects them: own ones, then by likeness of the name."""
        mine = Case(When(owned(user), then=Value(0)), default=Value(1))
        alike = TrigramWordSimilarity(text, "name")
        found = self.matching(text, user).with_openness(user).annotate(rank=mine, alike=alike)
        return found.order_by("rank", "-alike", by_name("name"), "pk")

    def with_policy(self) -> Self:
        """Adds the tier's `cadence` in days and rank, this year's `goodwill_allowed` in minutes, and `service_lines`.

        Goodwill is that of the client's own budget, else of its tier; `service_lines` is how many anchors exist.
        """
        policy = TierPolicy.objects.filter(tier=OuterRef("tier"))
        lines = ServiceLine.objects.filter(is_active=True).order_by().values("is_active")
        return self.annotate(
            cadence=Subquery(policy.values("attention_days")[:1]),
            goodwill_allowed=Coalesce("figures__own_goodwill_minutes", Subquery(policy.values("goodwill_minutes")[:1])),
            service_lines=Coalesce(Subquery(lines.annotate(n=Count("pk")).values("n")), 0),
            tier_rank=Case(*(When(tier=tier, then=Value(rank)) for rank, tier in enumerate(Tier.values))),
        )

    def in_care(self) -> Self:
        """Clients that we owe attention: those we serve, and those we should win back."""
        return self.current().in_status(Client.Status.ACTIVE, Client.Status.DORMANT)

    def attention_overdue(self, *, on: date, cadences: Mapping[str, int]) -> Self:
        """Clients in care whose last two-way touch lies further back than the cadence of their tier."""
        late = Q(pk__in=[])
        for tier, days in cadences.items():
            day = on - timedelta(days=days)
            moment = timezone.make_aware(datetime.combine(day, time()))
            never = Q(figures__last_two_way_at=None) & (Q(since_on__lt=day) | Q(since_on=None, created_at__lt=moment))
            late |= Q(tier=tier) & (never | Q(figures__last_two_way_at__lt=moment))
        return self.in_care().filter(late)

    def matching(self, text: str, user: "User") -> Self:
        """Clients whose name contains the text or resembles it (trigrams, accents and case ignored).

        By legal name and tax numbers only where the person reads these.
        """
        legal = Q(legal_name__unaccent__icontains=text) | Q(tax_number__startswith=text) | Q(vat_id__istartswith=text)
        told = self.telling(user, "tax_number")
        named = Q(name__unaccent__icontains=text) | Q(name__trigram_word_similar=text)
        return self.filter(named | (legal if told is EVERY else legal & told))

    def _full(self, user: "User") -> Q:
        full = owned(user)
        return full | Q(pk__in=self._worked_for(user)) if user.is_in(Role.CONSULTANT) else full

    def _money(self, user: "User") -> Q:
        """Rows of which the person may see amounts: all for partner and finance, own ones otherwise."""
        if user.is_in(Role.PARTNER, Role.FINANCE):
            return EVERY
        return owned(user) if user.is_in(Role.ACCOUNT_MANAGER) else Q(pk__in=[])

    @staticmethod
    def _worked_for(user: "User") -> models.QuerySet[Any, Any]:
        members: Any = apps.get_model("clients", "ClientMember")._default_manager
        current: models.QuerySet[Any, Any] = members.current(on=timezone.localdate())
        return current.filter(user=user).values("client")


class Client(External, CashDiscountTerms):
    # Added by `with_openness` and `with_shown_figures`: what the person who loads the row sees, and in which currency.
    is_open: bool
    bills: bool
    base_currency: str

    class Status(models.TextChoices):
        PROSPECT = "prospect", _("prospect")
        ACTIVE = "active", _("active")
        DORMANT = "dormant", _("dormant")
        LOST = "lost", _("lost")

    class EInvoice(models.TextChoices):
        NONE = "none", _("none")
        ZUGFERD = "zugferd", "ZUGFeRD"
        XRECHNUNG = "xrechnung", "XRechnung"

        @classmethod
        def usual_in(cls, country: str) -> "Client.EInvoice":
            """What a new client takes unless somebody says otherwise.

            Businesses in Germany have to receive e-invoices, and from 2027 on most have to send them (§ 14 UStG).
            """
            return cls.ZUGFERD if country.upper() == "DE" else cls.NONE

    name = models.CharField(_("name"), max_length=160)
    legal_name = models.CharField(_("legal name"), max_length=240, blank=True)
    status = models.CharField(_("status"), max_length=8, choices=Status.choices, default=Status.PROSPECT)
    status_on = models.DateField(_("status since"), null=True, blank=True)
    tier = models.CharField(_("tier"), max_length=3, choices=Tier.choices, default=Tier.C)
    account_manager = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="managed_clients",
        verbose_name=_("account manager"),
    )
    deputy = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="deputised_clients",
        verbose_name=_("deputy"),
    )
    executive_owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="executive_clients",
        verbose_name=_("executive owner"),
    )
    street = models.CharField(_("street"), max_length=160, blank=True)
    postcode = models.CharField(_("postcode"), max_length=12, blank=True)
    city = models.CharField(_("city"), max_length=80, blank=True)
    country = models.CharField(_("country"), max_length=2, default="DE")
    currency = CurrencyField(_("currency"), default="EUR")
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES, default="en")
    industry = models.CharField(_("industry"), max_length=80, blank=True)
    vat_id = models.CharField(_("VAT ID"), max_length=20, blank=True)
    tax_number = models.CharField(_("tax number"), max_length=20, blank=True, help_text=_("INN in Russia."))
    registration_reason = models.CharField(_("KPP"), max_length=9, blank=True)
    billing_email = models.EmailField(_("e-mail for invoices"), blank=True)
    e_invoice = models.CharField(_("e-invoice"), max_length=9, choices=EInvoice.choices, default=EInvoice.NONE)
    e_address = models.CharField(
        _("electronic address"),
        max_length=120,
        blank=True,
        help_text=_("Where e-invoices are received; in Russia the participant id at the EDO operator."),
    )
    buyer_reference = models.CharField(_("buyer reference"), max_length=80, blank=True)
    payment_terms_days = models.PositiveSmallIntegerField(_("payment terms in days"), null=True, blank=True)
    default_seller = models.ForeignKey(
        Seller, models.PROTECT, null=True, blank=True, related_name="clients", verbose_name=_("own company")
    )
    debtor_account = models.CharField(_("debtor account"), max_length=9, blank=True)
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("parent company"),
    )
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, editable=False, related_name="merged"
    )
    since_on = models.DateField(_("client since"), null=True, blank=True)
    expected_years = models.DecimalField(_("expected years"), max_digits=4, decimal_places=1, null=True, blank=True)
    expected_years_reason = models.CharField(_("reason for the years"), max_length=200, blank=True)
    why_kept = models.CharField(_("why we keep them under our margin"), max_length=300, blank=True)
    website = models.URLField(_("website"), blank=True)
    notes = models.TextField(_("notes"), blank=True)

    objects = ClientQuery.as_manager()

    class Meta:
        verbose_name = _("client")
        verbose_name_plural = _("clients")
        ordering = [by_name("name"), "id"]
        constraints = [
            external_key("client"),
            models.CheckConstraint(
                condition=~Q(parent=models.F("id")) & ~Q(merged_into=models.F("id")),
                name="client_not_own_parent",
                violation_error_message=_("A client cannot be its own parent."),
            ),
            models.CheckConstraint(
                condition=Q(expected_years=None) | Q(expected_years__gte=0) & ~Q(expected_years_reason=""),
                name="client_expected_years_reasoned",
                violation_error_message=_("Give a reason for expecting other years than usual."),
            ),
            cash_discount_whole("client"),
        ]
        indexes = [
            GinIndex(fields=["name"], name="client_name_trigram", opclasses=["gin_trgm_ops"]),
            GinIndex(SearchVector("name", "legal_name", "city", "industry", config="simple"), name="client_words"),
            models.Index(fields=["account_manager", "status"], name="client_by_manager"),
            models.Index(fields=["updated_at"], name="client_by_change"),
        ]
        triggers = [*audited(), tombstoned()]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Writes tax identifiers one way and checks them by their own digits; raises per field."""
        for name in ("vat_id", "tax_number", "registration_reason"):
            setattr(self, name, tax_ids.compact(getattr(self, name)))
        wrong = check_tax_ids(self.country, self.vat_id, self.tax_number, self.registration_reason)
        wrong |= check_leitweg_id("e_address", self.e_address)
        if self.e_invoice == self.EInvoice.XRECHNUNG:
            wrong |= check_leitweg_id("buyer_reference", self.buyer_reference)
        if wrong:
            raise ValidationError(wrong)

    def shows(self, name: str) -> bool:
        """Whether the person who loaded the row (`with_openness`) reads this field of it."""
        return card.shows(name, is_open=self.is_open, bills=self.bills)

    @property
    def facts(self) -> "ClientFigure | None":
        """The figures that upper floors wrote, or None where nobody has yet."""
        return getattr(self, "figures", None)

    @property
    def family(self) -> models.QuerySet[Any, Any]:
        """Ids of this client and of those merged into it: `filter(client__in=client.family)`."""
        return Client.objects.filter(Q(pk=self.pk) | Q(merged_into=self.pk)).order_by().values("pk")

    @property
    def holder(self) -> "Client":
        """For whom its rows count: as `holder_of`, for one client."""
        return self.merged_into or self

    @property
    def holder_id(self) -> int:
        return self.merged_into_id or self.pk

    def has(self, row: Any) -> bool:
        """Whether a row that names a client belongs to this one, or to one that it was merged with."""
        return bool(row.client_id == self.pk or row.client.holder_id == self.holder_id)

    @property
    def untouched_since_on(self) -> date:
        """Day of the last two-way touch, else the day since when the client is ours."""
        touched = self.facts.last_two_way_at if self.facts else None
        if touched:
            return timezone.localdate(touched)
        return self.since_on or timezone.localdate(self.created_at)

    def is_owned_by(self, user: "User", *, on: date | None = None) -> bool:
        """As `owned`, for one client."""
        people = user.people_on(on or timezone.localdate())
        return not {self.account_manager_id, self.deputy_id, self.executive_owner_id}.isdisjoint(people)
