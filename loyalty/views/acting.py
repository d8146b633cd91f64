"""Loading what a person may change: 404 for what they may not see, 403 for what is not theirs."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404

from crm.models import User
from loyalty.models import Survey


def own_survey(user: User, pk: int) -> Survey:
    survey = get_object_or_404(Survey.objects.visible_to(user), pk=pk)
    if not Survey.objects.changeable_by(user).filter(pk=pk).exists():
        raise PermissionDenied
    return survey
