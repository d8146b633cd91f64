"""The description of the API, and the page on which people read and try it; it loads nothing from elsewhere."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.views import SpectacularAPIView
from rest_framework.permissions import AllowAny


class Description(SpectacularAPIView):
    """Open to everybody: it tells what there is, never what is in it."""

    permission_classes = [AllowAny]


@login_not_required
@require_safe
def api_docs(request: HttpRequest) -> HttpResponse:
    """Open to everybody, as the description itself is: it tells what there is, never what is in it."""
    return render(request, "api/docs.html")
