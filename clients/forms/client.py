"""Forms of a client: master data with duplicates shown before saving, tier, status, designations, members."""

from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clients.forms.checked import Checked
from clients.forms.picks import ClientPick
from clients.forms.versions import Versioned
from clients.models import Client, ClientMember, KeyClientDesignation, SavedView
from clients.models.firm import Tier
from clients.services.clients import Duplicate, find_duplicates
from crm.access import Role, may
from crm.db import worded
from crm.models import User
from crm.web.forms import offer, offer_still


def keepers() -> Any:
    """People who may keep clients."""
    return User.objects.working().in_role(Role.ACCOUNT_MANAGER, Role.PARTNER)


class ClientForm(Checked, Versioned):
    instance: Client
    parent = ClientPick(label=_("Parent company"), required=False)

    class Meta:
        model = Client
        fields = (
            "name",
            "legal_name",
            "industry",
            "website",
            "since_on",
            "account_manager",
            "deputy",
            "executive_owner",
            "parent",
            "street",
            "postcode",
            "city",
            "country",
            "language",
            "vat_id",
            "tax_number",
            "registration_reason",
            "currency",
            "default_seller",
            "payment_terms_days",
            "cash_discount_percent",
            "cash_discount_days",
            "billing_email",
            "e_invoice",
            "e_address",
            "buyer_reference",
            "debtor_account",
            "notes",
        )
        widgets = {"notes": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        for name in ("account_manager", "deputy"):
            offer_still(self, name, keepers())
        owners = User.objects.working().in_role(Role.PARTNER)
        offer_still(self, "executive_owner", owners)
        parent = self.fields["parent"]
        if isinstance(parent, ClientPick):
            parent.let(user)
        self.fields["country"].widget.attrs["maxlength"] = 2

    def clean_country(self) -> str:
        return str(self.cleaned_data["country"]).upper()

    def clean_currency(self) -> str:
        return str(self.cleaned_data["currency"]).upper()

    def duplicates(self) -> list[Duplicate]:
        """Clients that this one may be already, from whatever has been typed so far."""
        typed = {name: str(self[name].value() or "") for name in ("name", "tax_number", "vat_id")}
        return find_duplicates(self.user, **typed, but=self.instance.pk) if any(typed.values()) else []


class NewClientForm(ClientForm):
    """`is_new` is ticked by a person who saw the duplicates and knows that this is none of them."""

    is_new = forms.BooleanField(label=_("This is another client"), required=False)

    class Meta(ClientForm.Meta):
        fields = (*ClientForm.Meta.fields, "status", "tier")  # type: ignore[assignment]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = {"e_invoice": "", **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        field = self.fields["e_invoice"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", _("ZUGFeRD in Germany, none elsewhere")), *Client.EInvoice.choices]
            field.required = False
        tier = self.fields["tier"]
        if isinstance(tier, forms.ChoiceField) and not may(self.user, "tier.change"):
            tier.choices = [choice for choice in Tier.choices if choice[0] != Tier.VIP]

    def clean_e_invoice(self) -> str:
        return str(self.cleaned_data["e_invoice"] or Client.EInvoice.usual_in(self.cleaned_data.get("country") or ""))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.errors and not cleaned["is_new"] and self.duplicates():
            self.add_error(None, forms.ValidationError(_("This may be a client that you have."), code="duplicate"))
        return cleaned


class TierForm(forms.Form):
    tier = forms.ChoiceField(label=_("Tier"), choices=Tier.choices)
    reason = forms.CharField(label=_("Reason"), max_length=300)


class StatusForm(forms.Form):
    status = forms.ChoiceField(label=_("Status"), choices=Client.Status.choices)
    on = forms.DateField(label=_("Since"))
    reason = forms.CharField(label=_("Reason"), max_length=300, required=False)


class MergeForm(forms.Form):
    """Into which client; those that look the same are named below the field."""

    into = ClientPick(label=_("Into"))

    def __init__(self, *args: Any, user: User, client: Client, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pick = self.fields["into"]
        if isinstance(pick, ClientPick):
            pick.rows = Client.objects.changeable_by(user).current().exclude(pk=client.pk).with_openness(user)
        told = {name: getattr(client, name) for name in ("name", "tax_number", "vat_id")}
        alike = find_duplicates(user, **told, but=client.pk)
        if alike:
            pick.help_text = gettext("Probably %(names)s.") % {"names": ", ".join(row.client.name for row in alike)}


class AssignForm(forms.Form):
    """Gives one or many clients to an account manager."""

    manager = forms.ModelChoiceField(User.objects.none(), label=_("Account manager"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "manager", keepers())


class DesignationForm(forms.ModelForm):  # type: ignore[type-arg]  # the class itself takes no index
    instance: KeyClientDesignation

    class Meta:
        model = KeyClientDesignation
        fields = (
            "type",
            "reason",
            "evidence",
            "since_on",
            "current_value",
            "potential_value",
            "review_on",
            "quality_yardstick",
        )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["since_on"].initial = today
        if self.instance.pk:
            self.fields["type"].disabled = True


class EndForm(forms.Form):
    on = forms.DateField(label=_("Until"))


class MemberForm(forms.ModelForm):  # type: ignore[type-arg]  # the class itself takes no index
    instance: ClientMember

    class Meta:
        model = ClientMember
        fields = ("user", "role", "from_on")

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "user", User.objects.working())
        self.fields["from_on"].initial = today


class BulkDesignationForm(forms.Form):
    """A prospective client needs figures of its own, so it is not given to many at once."""

    TYPES = [(value, label) for value, label in KeyClientDesignation.Type.choices if value != "prospective"]

    type = forms.ChoiceField(label=_("Type"), choices=TYPES)
    reason = forms.CharField(label=_("Reason"), max_length=300)


def filters_of(query: str) -> str:
    """The query of a list without its page and without the form of a file."""
    kept = QueryDict(query[:1000], mutable=True)
    for left in ("page", "format"):
        kept.pop(left, None)
    return kept.urlencode()


class ViewForm(forms.ModelForm):  # type: ignore[type-arg]  # the class itself takes no index
    instance: SavedView

    class Meta:
        model = SavedView
        fields = ("name", "query")
        widgets = {"query": forms.HiddenInput}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["query"].required = False

    def clean_query(self) -> str:
        return filters_of(self.cleaned_data["query"])

    def save(self, commit: bool = True) -> SavedView:  # the library's signature
        """ValidationError for a name that one's views of this list have already."""
        with worded():
            saved: SavedView = super().save(commit)
        return saved
