"""Calculators: figures in an address."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _


class Calculator(forms.Form):
    """Figures of one calculator in an address; without any of its own it shows the example.

    Nothing is required: what is missing gives no figure.
    """

    example: ClassVar[Mapping[str, str]] = {}
    use_required_attribute = False

    def __init__(self, asked: Mapping[str, Any]) -> None:
        super().__init__(asked if any(name in asked for name in self.base_fields) else self.example)

    def figures(self) -> dict[str, Any] | None:
        """What was entered, None where it is blank; None altogether if something is refused."""
        return self.cleaned_data if self.is_valid() else None


class Amount(forms.DecimalField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=0, max_digits=14, decimal_places=2, required=False, **kwargs)


class Answers(forms.IntegerField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=0, max_value=1_000_000, required=False, **kwargs)


class Percentage(forms.DecimalField):
    def __init__(self, *, most: int = 100, **kwargs: Any) -> None:
        super().__init__(min_value=0, max_value=most, decimal_places=2, required=False, **kwargs)


class SimpleValueForm(Calculator):
    example = {"years": "5", "purchases": "20", "check": "500"}

    years = forms.DecimalField(label=_("Years"), min_value=0, max_value=100, decimal_places=2, required=False)
    purchases = forms.DecimalField(
        label=_("Purchases a year"), min_value=0, max_value=100_000, decimal_places=2, required=False
    )
    check = Amount(label=_("Average invoice"))


class FeeOrPriceForm(Calculator):
    """A retainer by its monthly fee against one price now; the rate is effective, in per cent a year."""

    example = {"fee": "80000", "months": "12", "price": "1000000", "rate": "15"}

    fee = Amount(label=_("Fee a month"))
    months = forms.IntegerField(label=_("Months"), min_value=1, max_value=120, required=False)
    price = Amount(label=_("One-off price now"))
    rate = Percentage(label=_("Discount rate a year, %"), most=1000)


class ScoreChangeForm(Calculator):
    """Answers of two surveys by category."""

    example = {"p1": "50", "n1": "30", "d1": "20", "p2": "60", "n2": "28", "d2": "12"}

    p1 = Answers(label=_("Promoters before"))
    p2 = Answers(label=_("Promoters after"))
    n1 = Answers(label=_("Passives before"))
    n2 = Answers(label=_("Passives after"))
    d1 = Answers(label=_("Detractors before"))
    d2 = Answers(label=_("Detractors after"))


class SampleSizeForm(Calculator):
    """The expected shares in per cent and the wanted reach of the interval in points to either side."""

    example = {"promoters": "50", "detractors": "20", "margin": "10"}

    promoters = Percentage(label=_("Expected promoters, %"))
    detractors = Percentage(label=_("Expected detractors, %"))
    margin = forms.DecimalField(
        label=_("Wanted interval, ± points"), min_value=1, max_value=100, decimal_places=2, required=False
    )

    def clean_detractors(self) -> Any:
        promoters, detractors = self.cleaned_data.get("promoters"), self.cleaned_data["detractors"]
        if promoters is not None and detractors is not None and promoters + detractors > 100:
            raise ValidationError(_("Promoters and detractors together are at most 100 %."), code="over_all")
        return detractors
