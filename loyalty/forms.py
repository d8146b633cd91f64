"""What people choose and enter on loyalty's pages."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from clients.models import Client, Contact
from clients.models.firm import Tier
from crm.db import by_name
from crm.models import User
from loyalty.models import (
    ConcentrationSnapshot,
    FirmFigure,
    HealthWeights,
    LossReview,
    LoyaltyAnswer,
    LoyaltyPolicy,
    LoyaltyTest,
    SegmentYears,
    Survey,
)
from loyalty.models.health import CAPS, FEATURES
from loyalty.services.holders import By
from loyalty.services.loyalty_tests import Said

PERIODS = [(3, ""), (12, ""), (36, "")]
CHARTS = [("pareto", ""), ("lorenz", "")]
LATE_DAYS = 60


class PortfolioForm(forms.Form):
    """Window, grouping, basis and chart of the portfolio; wrong values fall back to the defaults."""

    months = forms.TypedChoiceField(coerce=int, choices=PERIODS, required=False)
    by = forms.ChoiceField(choices=[(each.value, each.value) for each in By], required=False)
    basis = forms.ChoiceField(choices=ConcentrationSnapshot.Basis.choices, required=False)
    chart = forms.ChoiceField(choices=CHARTS, required=False)

    def chosen(self) -> dict[str, Any]:
        self.full_clean()
        chosen = self.cleaned_data
        by, basis = By(chosen.get("by") or By.GROUP), chosen.get("basis") or "revenue"
        return {
            "months": chosen.get("months") or 12,
            "by": by,
            "basis": "revenue" if by == By.SERVICE_LINE else basis,
            "chart": chosen.get("chart") or "pareto",
        }


class IdsField(forms.TypedMultipleChoiceField):
    """Any number of ids; whether they exist is the service's to say."""

    def __init__(self) -> None:
        super().__init__(coerce=int, required=False)

    def valid_value(self, value: Any) -> bool:
        return str(value).isascii() and str(value).isdecimal() and len(str(value)) < 19


class StressForm(forms.Form):
    """Clients that leave or pay late, and by how many days."""

    lost = IdsField()
    late = IdsField()
    days = forms.IntegerField(label=_("days late"), min_value=0, max_value=365, required=False, initial=LATE_DAYS)

    def chosen(self) -> dict[str, Any]:
        """Raises ValidationError for anything that is no list of clients or no number of days."""
        if not self.is_valid():
            raise ValidationError([each for errors in self.errors.as_data().values() for each in errors])
        days = self.cleaned_data["days"]
        return {
            "lost": frozenset(self.cleaned_data["lost"]),
            "late": frozenset(self.cleaned_data["late"]),
            "days": LATE_DAYS if days is None else days,
        }


class AnswersForm(forms.Form):
    """The filter of the answers behind an NPS; what nobody knows is passed over."""

    months = forms.TypedChoiceField(coerce=int, choices=PERIODS, required=False)
    q = forms.CharField(max_length=200, required=False)
    category = forms.CharField(max_length=20, required=False)
    role = forms.CharField(max_length=20, required=False)
    tier = forms.CharField(max_length=20, required=False)
    designation = forms.CharField(max_length=20, required=False)

    def chosen(self) -> dict[str, Any]:
        self.full_clean()
        chosen = self.cleaned_data
        named = {name: chosen.get(name, "") for name in ("category", "role", "tier", "designation")}
        return {"months": chosen.get("months") or 12, "words": chosen.get("q", "").strip(), **named}


class SurveyForm(forms.ModelForm):  # type: ignore[type-arg]  # the class itself takes no index
    """A campaign and its audience; an empty choice means everybody that its maker may handle."""

    tier = forms.MultipleChoiceField(
        label=_("tiers"), choices=Tier.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    buying_role = forms.MultipleChoiceField(
        label=_("buying roles"),
        choices=Contact.BuyingRole.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    level = forms.MultipleChoiceField(
        label=_("levels"), choices=Contact.Level.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    client = forms.ModelChoiceField(
        label=_("only this client"), queryset=Client.objects.none(), required=False, empty_label=_("all clients")
    )

    class Meta:
        model = Survey
        fields = ["name", "kind"]

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        field = self.fields["client"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = Client.objects.current().changeable_by(user).in_care().order_by(by_name("name"), "pk")

    def save(self, commit: bool = True) -> Survey:
        """Keeps what was chosen as the survey's audience."""
        chosen = {name: self.cleaned_data[name] for name in ("tier", "buying_role", "level")}
        if client := self.cleaned_data["client"]:
            chosen["client"] = [client.pk]
        self.instance.audience = {name: values for name, values in chosen.items() if values}
        self.instance.made_by = self.user
        saved: Survey = super().save(commit=commit)
        return saved


class AnswerForm(forms.Form):
    """A score with an optional comment; or only the wish not to be asked again."""

    score = forms.TypedChoiceField(
        coerce=int,
        choices=[(score, score) for score in range(11)],
        required=False,
        empty_value=None,
        error_messages={"invalid_choice": _("Choose a number from 0 to 10.")},
    )
    comment = forms.CharField(max_length=4000, required=False, widget=forms.Textarea)
    call_back = forms.BooleanField(required=False)
    refuse = forms.BooleanField(required=False)

    def clean(self) -> dict[str, Any]:
        chosen = self.cleaned_data
        if chosen.get("score") is None and not chosen.get("refuse") and "score" not in self.errors:
            self.add_error("score", _("Choose a number from 0 to 10."))
        return chosen


class PolicyForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = LoyaltyPolicy
        fields = [
            "badge",
            "expected_years",
            "discount_rate_percent",
            "residual_horizon_months",
            "value_bands",
            "consultants_see_bands",
            "by_service_line",
            "by_tier",
            "top1_watch_percent",
            "top1_warn_percent",
            "top1_limit_percent",
            "top3_limit_percent",
            "hhi_watch",
            "hhi_limit",
            "first_contact_hours",
            "survey_pause_days",
            "survey_relational_days",
            "survey_people_per_client",
            "survey_new_client_days",
        ]


class FirmFigureForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = FirmFigure
        fields = ["valid_on", "cash", "fixed_cost_monthly", "avoidable_percent"]
        error_messages = {"valid_on": {"unique": _("There are figures of this day already; correct those.")}}


class SegmentYearsForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = SegmentYears
        fields = ["service_line", "tier", "years", "reason"]


class HealthWeightsForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new version of the weights, begun from the one in force."""

    class Meta:
        model = HealthWeights
        fields = [*FEATURES, "green_from", "amber_from", *CAPS, "reason"]

    def __init__(self, *args: Any, current: HealthWeights | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        copied = [*FEATURES, "green_from", "amber_from", *CAPS]
        if current is not None:
            self.initial.update({name: getattr(current, name) for name in copied})


class LossReviewForm(forms.ModelForm):  # type: ignore[type-arg]
    """The answers of a review; all of them may come later."""

    preventable = forms.TypedChoiceField(
        label=_("Could it have been prevented?"),
        choices=[("", "–"), ("1", _("yes")), ("0", _("no"))],
        coerce=lambda value: value == "1",
        empty_value=None,
        required=False,
    )

    class Meta:
        model = LossReview
        fields = [
            "cause",
            "outcome",
            "preventable",
            "sign_missed",
            "could_have_done",
            "lessons",
            "win_back_on",
            "win_back_owner",
            "win_back_act",
            "win_back_percent",
            "won_back_on",
        ]
        widgets = {"could_have_done": forms.Textarea(attrs={"rows": 3}), "lessons": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner = self.fields["win_back_owner"]
        if isinstance(owner, forms.ModelChoiceField):
            owner.queryset = User.objects.working()
        if self.instance.preventable is not None:
            self.initial["preventable"] = str(int(self.instance.preventable))


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


class LoyaltyTestForm(forms.Form):
    """Six questions, each with an answer and its evidence; what was said before may be taken over by one tick."""

    def __init__(
        self, *args: Any, test: LoyaltyTest | None, earlier: Mapping[str, LoyaltyAnswer], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.earlier = earlier
        known = {row.question: row for row in test.answers.all()} if test else {}
        for question in LoyaltyAnswer.Ask.values:
            self._ask(question, known.get(question), takes_over=question in earlier and question not in known)

    def said(self) -> dict[str, Said]:
        return {question: self._said(question) for question in LoyaltyAnswer.Ask.values}

    @property
    def questions(self) -> Iterator[tuple[Any, ...]]:
        """Words, answer, evidence, the tick if there is one, and what was said in an earlier quarter."""
        for question, words in LoyaltyAnswer.Ask.choices:
            tick = self[f"keep_{question}"] if f"keep_{question}" in self.fields else None
            yield words, self[f"answer_{question}"], self[f"evidence_{question}"], tick, self.earlier.get(question)

    def _ask(self, question: str, known: LoyaltyAnswer | None, *, takes_over: bool) -> None:
        self.fields[f"answer_{question}"] = forms.CharField(
            label=_("Answer"),
            required=False,
            max_length=2000,
            initial=known.answer if known else "",
            widget=forms.Textarea(attrs={"rows": 2}),
        )
        self.fields[f"evidence_{question}"] = forms.CharField(
            label=_("Evidence: who said it, where one sees it"),
            required=False,
            max_length=500,
            initial=known.evidence if known else "",
        )
        if takes_over:
            self.fields[f"keep_{question}"] = forms.BooleanField(label=_("Still true"), required=False)

    def _said(self, question: str) -> Said:
        before = self.earlier.get(question)
        if before and self.cleaned_data.get(f"keep_{question}"):
            return Said(before.answer, before.evidence)
        return Said(self.cleaned_data[f"answer_{question}"], self.cleaned_data[f"evidence_{question}"])
