"""Which own company works under an agreement: the client's, unless a person chooses another one."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clients.models import Client, Seller


class SellerChoice(forms.ModelForm):  # type: ignore[type-arg]  # the class itself takes no index
    """A new agreement chooses its own company, where the firm has several; an old one keeps it.

    `cleaned_data["seller"]` of a new one is the chosen company, else the client's.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk or Seller.objects.count() < 2:
            self.fields.pop("seller", None)
            return
        self.fields["seller"] = forms.ModelChoiceField(
            Seller.objects.order_by("name"),
            label=_("Own company"),
            required=False,
            empty_label=_("the client’s own company"),
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        client: Client | None = cleaned.get("client")
        if self.instance.pk or client is None or "seller" in self.errors:
            return cleaned
        cleaned["seller"] = self._seller(client)
        if cleaned["seller"] is None:
            self.add_error("client", _("Say first which own company works for this client."))
        return cleaned

    def _seller(self, client: Client) -> Seller | None:
        return self.cleaned_data.get("seller") or client.default_seller


def currency_of(client: Client, seller: Seller) -> str:
    """The client's currency with the company that usually works for it, else that of the other company."""
    return str(client.currency if client.default_seller_id in (None, seller.pk) else seller.currency)
