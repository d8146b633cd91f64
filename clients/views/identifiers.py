"""What is wrong with an identifier, while it is typed."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from clients.forms.checked import check, kind_of
from crm.web.rights import SignedIn, requires

LONGEST = 60
BESIDE = ("bik", "country")


@require_safe
@requires("client.see")
def identifier_check(request: SignedIn, kind: str) -> HttpResponse:
    """The field that asks comes under its own name, which tells nothing; those beside it end in their names."""
    given = {name: str(text)[:LONGEST] for name, text in request.GET.items()}
    beside = {each: next((text for name, text in given.items() if name.endswith(each)), "") for each in BESIDE}
    value = next((text for name, text in given.items() if kind in BESIDE or not name.endswith(BESIDE)), "")
    known = kind_of(kind, country=beside["country"])
    context = {"wrong": check(known, value, bik=beside["bik"]), "value": value if known else ""}
    return render(request, "clients/identifier_check.html", context)
