"""What is wrong with an identifier, while it is typed."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from clients.forms.checked import check
from crm.web.rights import SignedIn, requires

LONGEST = 60


@require_safe
@requires("client.see")
def identifier_check(request: SignedIn, kind: str) -> HttpResponse:
    """The field that asks comes under its own name, which tells nothing; a BIK beside it ends in its name."""
    given = {name: str(text)[:LONGEST] for name, text in request.GET.items()}
    bik = next((text for name, text in given.items() if name.endswith("bik") and kind != "bik"), "")
    value = next((text for name, text in given.items() if kind == "bik" or not name.endswith("bik")), "")
    context = {"wrong": check(kind, value, bik=bik), "value": value}
    return render(request, "clients/identifier_check.html", context)
