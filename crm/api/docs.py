"""The page on which people read and try the API; it loads nothing from elsewhere."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@login_not_required
@require_safe
def api_docs(request: HttpRequest) -> HttpResponse:
    """Open to everybody, as the description itself is: it tells what there is, never what is in it."""
    return render(request, "api/docs.html")
