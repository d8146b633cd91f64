"""Requests of people to be erased: noted, looked at beforehand, carried out by a partner, or taken back."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from clients.api.attention import Making
from clients.filters.erasures import ErasureFilter
from clients.models import Contact, Erasure
from clients.serializers.erasures import CarryOutSerializer, ErasureReceiptSerializer, ErasureSerializer
from clients.services.erasure import ask_erasure, erase_person, preview_erasure, withdraw_erasure


class Erasures(Making[Erasure]):
    """A request holds no words about the person. The receipt says what went, and which documents stay until when."""

    queryset = Erasure.objects.select_related("client")
    serializer_class = ErasureSerializer
    filterset_class = ErasureFilter
    ordering_fields = ["asked_on", "updated_at"]
    http_method_names = ["get", "post", "head", "options"]
    right = "erasure"
    rights = {"carry_out": "erasure.decide"}

    def make(self) -> Erasure:
        fields = self.checked(ErasureSerializer)
        if not Contact.objects.changeable_by(self.user).filter(pk=fields["contact"].pk).exists():
            raise PermissionDenied
        return ask_erasure(Erasure(**fields), by=self.user, at=timezone.now())

    @extend_schema(responses=ErasureReceiptSerializer)
    @action(detail=True, filterset_class=None, pagination_class=None)
    def preview(self, _request: Request, **_kwargs: Any) -> Response:
        """The receipt that there would be; nothing is changed. Of a request that is decided, the receipt."""
        row = self.get_object()
        waits = row.state == Erasure.State.ASKED and row.contact is not None
        receipt = preview_erasure(row, at=timezone.now()) if waits else row.receipt
        empty = {"gone": {}, "mentions": 0, "trail": 0, "kept": []}
        return Response(ErasureReceiptSerializer(receipt or empty).data)

    @extend_schema(request=CarryOutSerializer, responses=ErasureSerializer)
    @action(detail=True, methods=["post"], url_path="carry-out")
    def carry_out(self, _request: Request, **_kwargs: Any) -> Response:
        """Erases the person for good. 409 `wrong_status` once decided."""
        self.checked(CarryOutSerializer)
        return self.fresh(erase_person(self.get_object(), by=self.user, at=timezone.now()))

    @extend_schema(request=None, responses=ErasureSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, _request: Request, **_kwargs: Any) -> Response:
        """The person thought better of it. 409 `wrong_status` once decided."""
        return self.fresh(withdraw_erasure(self.get_object(), by=self.user, at=timezone.now()))
