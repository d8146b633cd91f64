"""The question that a changed VAT rate asks about a gross price: shown where drafting stops, answered once."""

from typing import Any

from django.core import signing
from django.core.exceptions import NON_FIELD_ERRORS, BadRequest, ValidationError
from django.forms import BaseForm
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from billing.forms.retainers import AnswerForm
from billing.services.taxes import RateQuestionError, answer_rate_change, name_agreement
from clients.models import Client
from crm.access import may
from crm.models import User
from crm.web.fragments import flash, warn
from crm.web.rights import SignedIn, requires

SALT = "billing.rate_question"


def question_in(form: BaseForm, *, user: User, back: str) -> dict[str, Any]:
    """What the template needs where the question stopped a form: `back` is the page that goes on after the answer.

    Who answers it, finance or a partner, sees every price; to others a rate is named without its amount.
    """
    errors = form.errors.as_data().get(NON_FIELD_ERRORS, []) if form.is_bound else []
    question = next((error for error in errors if isinstance(error, RateQuestionError)), None)
    if question is None:
        return {}
    may_answer = may(user, "invoice.change")
    asked = {
        "client": question.client.pk,
        "agreement": question.agreement,
        "agreed_percent": str(question.agreed_percent),
        "new_percent": str(question.new_percent),
        "back": back,
    }
    return {
        "question": question,
        "question_about": name_agreement(question.agreement, shows_price=may_answer),
        "question_key": signing.dumps(asked, salt=SALT),
        "may_answer": may_answer,
    }


@require_POST
@requires("invoice.change")
def rate_answer(request: SignedIn) -> HttpResponse:
    """Keeps what was agreed with the client, once, and goes on where drafting stopped."""
    form = AnswerForm(request.POST)
    try:
        asked = signing.loads(request.POST.get("question_key", ""), salt=SALT)
    except signing.BadSignature as wrong:
        raise BadRequest from wrong
    client = get_object_or_404(Client.objects.visible_to(request.user), pk=asked.pop("client"))
    back = asked.pop("back")
    if not form.is_valid():
        raise BadRequest
    try:
        answer_rate_change(client, **asked, choice=form.cleaned_data["choice"], by=request.user)
        flash(request, _("Answer kept."))
    except ValidationError as refused:
        warn(request, " ".join(refused.messages))
    return redirect(back)
