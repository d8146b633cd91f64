"""Selling, granting and topping up hour packages; hours are typed as hours and kept as minutes."""

from decimal import Decimal
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.forms.addressees import choose_addressee
from billing.forms.sellers import SellerChoice
from billing.models import HourPackage
from clients.models import Client, Contact, Seller
from crm.models import User
from crm.web.hours import HoursField


def bought_hours(**kwargs: Any) -> HoursField:
    return HoursField(**{"min_value": Decimal("0.25"), "max_value": 10_000, "label": _("Hours"), **kwargs})


class LimitInHours(forms.ModelForm):  # type: ignore[type-arg]
    """How far a package may go below zero is typed as hours too."""

    negative_limit_minutes = HoursField(label=_("May go below zero by, in hours"), required=False)

    def clean_negative_limit_minutes(self) -> int:
        return self.cleaned_data["negative_limit_minutes"] or 0


class PackageForm(LimitInHours, SellerChoice):
    """A new package; its currency and its price basis follow from the own company."""

    hours = bought_hours(help_text=_("Usually 50 or 100."))

    class Meta:
        model = HourPackage
        fields = [
            "client",
            "seller",
            "name",
            "hours",
            "price",
            "kind",
            "grant_reason",
            "valid_from",
            "expires_on",
            "service_lines",
            "multi_purpose",
            "priority",
            "pay_before_use",
            "draw_on_log",
            "overage_policy",
            "overage_rate",
            "negative_limit_minutes",
        ]

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        clients = forms.ModelChoiceField(Client.objects.current().changeable_by(user), label=_("Client"))
        self.fields["client"] = clients
        self.fields["name"].required = False
        self.fields["overage_rate"].help_text = _("In the package's currency and VAT basis; empty: the client's rate.")

    def clean(self) -> dict[str, Any]:
        """Fills what follows from the own company, so that the constraints see the whole package."""
        chosen = super().clean()
        seller: Seller | None = chosen.get("seller")
        if seller is not None:
            self.instance.seller, self.instance.currency = seller, seller.currency
            self.instance.price_includes_tax = seller.price_includes_tax or bool(chosen.get("multi_purpose"))
        self.instance.purchased_minutes = chosen.get("hours") or 0
        return chosen


class PackageTermsForm(LimitInHours):
    """Terms of a package that runs; each burn factor is a field of its own, empty where work burns as the clock."""

    class Meta:
        model = HourPackage
        fields = [
            "name",
            "priority",
            "service_lines",
            "pay_before_use",
            "draw_on_log",
            "overage_policy",
            "overage_rate",
            "negative_limit_minutes",
            "burn_factor",
            "factor_on_overage",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["overage_rate"].help_text = _("In the package's currency and VAT basis; empty: the client's rate.")
        self.fields["burn_factor"].help_text = _("Where none of the following applies; the largest that applies wins.")
        known = {(burn.seniority, burn.after_hours): burn.factor for burn in self.instance.burn_factors.all()}
        for name, words, key in burn_fields():
            self.fields[name] = forms.DecimalField(
                label=words,
                required=False,
                min_value=Decimal("0.01"),
                max_value=100,
                decimal_places=4,
                initial=_plain(known.get(key)),
            )
        self.initial["burn_factor"] = _plain(self.instance.burn_factor)

    def burns(self) -> list[dict[str, Any]]:
        """The factors that were given, as billing.services.packages takes them."""
        return [
            {"seniority": seniority, "after_hours": after, "factor": factor}
            for name, _words, (seniority, after) in burn_fields()
            if (factor := self.cleaned_data[name])
        ]


def burn_fields() -> list[tuple[str, Any, tuple[str, bool]]]:
    """Name, words and key of each burn factor: one for each seniority, one for work after hours."""
    by_seniority = [
        (f"burn_{code}", _("Burn factor: %(who)s") % {"who": words}, (str(code), False))
        for code, words in User.Seniority.choices
    ]
    return [*by_seniority, ("burn_after_hours", _("Burn factor: after hours"), ("", True))]


def _plain(factor: Decimal | None) -> str:
    return f"{factor.normalize():f}" if factor else ""


class TopUpForm(forms.Form):
    hours = bought_hours()
    price = forms.DecimalField(label=_("Price"), min_value=0, max_digits=14, decimal_places=2)


class TopUpOfferForm(TopUpForm):
    """More hours as an offer, which the client reads and accepts on a link."""

    valid_until = forms.DateField(label=_("Valid until"))
    contact = forms.ModelChoiceField(Contact.objects.none(), required=False, label=_("Send to"))

    def __init__(self, *args: Any, client: Client, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose_addressee(cast("forms.ModelChoiceField[Contact]", self.fields["contact"]), client)

    def terms(self) -> dict[str, Any]:
        """What was chosen, as billing.services.package_offers takes it."""
        chosen = dict(self.cleaned_data)
        return {"minutes": chosen.pop("hours"), **chosen}


class ExtendForm(forms.Form):
    expires_on = forms.DateField(label=_("New last day"), required=False, help_text=_("Empty: it never expires."))
    reason = forms.CharField(label=_("Reason"), max_length=200)


class RefundForm(forms.Form):
    minutes = HoursField(label=_("Unused hours"))
    amount = forms.DecimalField(
        label=_("Amount"), min_value=0, max_digits=14, decimal_places=2, help_text=_("In the package's VAT basis.")
    )
    reason = forms.CharField(label=_("Reason"), max_length=120)


class CorrectionForm(forms.Form):
    minutes = HoursField(label=_("Hours that come back"))
    reason = forms.CharField(label=_("Reason"), max_length=120)


class VoidForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=120)


class PeriodForm(forms.Form):
    """The period of a statement; both ends inclusive, empty ends are open."""

    first = forms.DateField(label=_("From"), required=False)
    last = forms.DateField(label=_("To"), required=False)

    def clean(self) -> dict[str, Any]:
        chosen = self.cleaned_data
        if chosen.get("first") and chosen.get("last") and chosen["last"] < chosen["first"]:
            self.add_error("last", _("It ends before it begins."))
        return chosen
