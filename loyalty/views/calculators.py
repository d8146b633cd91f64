"""Calculators: four sums that anyone can check, with their figures in the address so that a result can be sent on."""

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from crm.models import Firm
from crm.web.fragments import page, respond_422
from crm.web.rights import SignedIn, requires
from loyalty.forms import FeeOrPriceForm, SampleSizeForm, ScoreChangeForm, SimpleValueForm
from loyalty.reports.calculators import answers_needed, fee_or_price, score_change, worth


@require_safe
@requires("calculator.see")
def calculators(request: SignedIn) -> HttpResponse:
    currency, asked = Firm.load().base_currency, request.GET
    value, fee, score, size = (
        SimpleValueForm(asked),
        FeeOrPriceForm(asked),
        ScoreChangeForm(asked),
        SampleSizeForm(asked),
    )
    context = {
        "currency": currency,
        "value": (value, worth(value.figures())),
        "fee": (fee, fee_or_price(fee.figures(), currency=currency, on=timezone.localdate())),
        "score": (score, score_change(score.figures())),
        "size": (size, answers_needed(size.figures())),
    }
    refused = any(form.errors for form in (value, fee, score, size))
    return (respond_422 if refused else page)(request, "loyalty/calculators.html", context, fragment="sheet")
