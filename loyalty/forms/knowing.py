"""Reviews of losses and loyalty tests: what we know of a client, and what we learned too late."""

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from crm.models import User
from loyalty.models import LossReview, LoyaltyAnswer, LoyaltyTest
from loyalty.services.loyalty_tests import Said


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
