"""The page's side of crm.access: a view names the right it needs, strangers get 404 or 403."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, cast

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase

from crm.access import may
from crm.models import User


class SignedIn(HttpRequest):
    """A request of somebody who is signed in (LoginRequiredMiddleware saw to that)."""

    user: User


type View[**P] = Callable[Concatenate[SignedIn, P], HttpResponseBase]
type Guarded[**P] = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def requires[**P](right: str) -> Callable[[View[P]], Guarded[P]]:
    """Lets a view pass only with the right: a missing `see` right answers 404, any other 403."""

    def decorate(view: View[P]) -> Guarded[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not may(request.user, right):
                raise Http404 if right.endswith(".see") else PermissionDenied
            return view(cast("SignedIn", request), *args, **kwargs)

        guarded.right = right  # type: ignore[attr-defined]
        return cast("Guarded[P]", guarded)

    return decorate


def signed_in[**P](view: View[P]) -> Guarded[P]:
    """For what everybody who is signed in may do, such as one's own profile: said aloud, so that no view forgets."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        return view(cast("SignedIn", request), *args, **kwargs)

    guarded.right = "signed_in"  # type: ignore[attr-defined]
    return cast("Guarded[P]", guarded)
