"""The firm itself: its name, base currency and whether people may approve their own work."""

from django import forms
from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from crm.models import Firm
from crm.web.forms import posted
from crm.web.fragments import flash, page, respond_422
from crm.web.rights import SignedIn, requires


class FirmForm(forms.ModelForm):  # type: ignore[type-arg]  # the class itself takes no index
    class Meta:
        model = Firm
        fields = ["name", "base_currency", "small_firm"]


@require_http_methods(["GET", "HEAD", "POST"])
@requires("firm.change")
def firm(request: SignedIn) -> HttpResponse:
    form = FirmForm(posted(request), instance=Firm.load())
    if form.is_valid():
        form.save()
        flash(request, _("The firm is saved."))
        return redirect("crm:firm")
    context = {"form": form, "firm": Firm.load(), "time_zone": settings.TIME_ZONE}
    return (respond_422 if form.errors else page)(request, "crm/firm.html", context)
