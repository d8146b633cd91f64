"""The catalogue: what an own company sells besides hours, to be taken onto a draft with its price, VAT and cost."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clients.models import Seller, ServiceLine
from crm.db import CurrencyField, MoneyField, Query, Record, audited


class ProductQuery(Query["Product"]):
    def in_use(self) -> Self:
        return self.filter(is_active=True)

    def fitting(self, *, seller: Seller, currency: str, includes_tax: bool) -> Self:
        """What can stand on a document: of every own company or this one, at a price in its currency and tax basis."""
        own = Q(seller=None) | Q(seller=seller)
        return self.in_use().filter(own, currency=currency, price_includes_tax=includes_tax)


class Product(Record):
    """One item of the catalogue; a document copies it, so a later change changes no invoice."""

    class Kind(models.TextChoices):
        PRODUCT = "product", _("product")
        LICENCE = "licence", _("licence")
        EXPENSE = "expense", _("expense")
        FIXED = "fixed", _("fixed price")

    class Vat(models.TextChoices):
        STANDARD = "S", _("standard rate")
        REDUCED = "R", _("reduced rate")
        ZERO = "Z", _("zero rate")

    code = models.SlugField(_("code"), max_length=40, unique=True)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices, default=Kind.PRODUCT)
    name = models.CharField(_("name"), max_length=200)
    name_ru = models.CharField(_("name in Russian"), max_length=200, blank=True)
    name_de = models.CharField(_("name in German"), max_length=200, blank=True)
    seller = models.ForeignKey(
        Seller, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("own company")
    )
    service_line = models.ForeignKey(
        ServiceLine, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("service line")
    )
    unit = models.CharField(_("unit"), max_length=4, default="C62")
    quantity = models.DecimalField(_("usual quantity"), max_digits=12, decimal_places=4, default=1)
    unit_price = models.DecimalField(_("price"), max_digits=14, decimal_places=4)
    currency = CurrencyField(_("currency"))
    price_includes_tax = models.BooleanField(_("price includes VAT"), default=False)
    vat = models.CharField(_("VAT"), max_length=1, choices=Vat.choices, default=Vat.STANDARD)
    cost = MoneyField(_("our cost"), null=True, blank=True, help_text=_("For one unit, in the same currency."))
    is_active = models.BooleanField(_("in use"), default=True)

    objects = ProductQuery.as_manager()

    class Meta:
        verbose_name = _("catalogue item")
        verbose_name_plural = _("catalogue")
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(unit_price__gte=0),
                name="product_price_not_negative",
                violation_error_message=_("A price is not below zero."),
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0),
                name="product_quantity_positive",
                violation_error_message=_("A quantity is greater than zero."),
            ),
            models.CheckConstraint(
                condition=Q(cost=None) | Q(cost__gte=0),
                name="product_cost_not_negative",
                violation_error_message=_("A cost is not below zero."),
            ),
        ]
        triggers = audited()

    def __str__(self) -> str:
        return self.name

    def name_in(self, language: str) -> str:
        """The name in a language of documents, or the English one where it was not given."""
        return str(getattr(self, f"name_{language}", "") or self.name)
