"""The API's side of crm.access: one right for each action of each resource."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from crm.access import may

if TYPE_CHECKING:
    from rest_framework.views import APIView  # reads these very permissions when it is imported


class RightPermission(BasePermission):
    """Asks the view for `right_for(request)`; a view without one is shut for everybody.

    A role that may not see the kind of thing at all gets 404 for one object and 403 for a list or an act; a service
    account without a role group is told so, whatever it asks for.
    """

    no_role_group = _("This service account has no role group: a partner gives it a role beside “Integration”.")

    def has_permission(self, request: Request, view: "APIView") -> bool:
        if (request.method or "").lower() not in view.http_method_names:
            return True  # the view itself answers 405
        if request.user.is_authenticated and request.user.lacks_role_group:
            raise PermissionDenied(self.no_role_group, "role_group")
        right = right_of(view, request)
        if right is None or may(request.user, right):
            return right is not None
        if view.kwargs and request.method in SAFE_METHODS:
            raise NotFound
        return False


def right_of(view: "APIView", request: Request) -> str | None:
    ask = getattr(view, "right_for", None)
    return ask(request) if ask else getattr(view, "right", None)
