"""Sales from inquiries through the API; writes go through the service that pages call."""

from typing import Any

from rest_framework.exceptions import PermissionDenied

from billing.api.acts import ActingViewSet
from billing.filters.inquiry_sales import InquirySaleFilter
from billing.models import InquirySale
from billing.serializers.inquiry_sales import InquirySaleSerializer
from billing.services.inquiry_sales import link_sale, unlink_sale
from clients.models import Inquiry


class InquirySales(ActingViewSet[InquirySale]):
    """Which offer or drawn work came of an inquiry. 409 `already_done`, `wrong_status`; deleting takes it back."""

    queryset = InquirySale.objects.select_related("inquiry")
    serializer_class = InquirySaleSerializer
    filterset_class = InquirySaleFilter
    ordering_fields = ["created_at"]
    search_fields = ["inquiry__client__name"]
    http_method_names = ["get", "post", "delete", "head", "options"]
    right = "inquiry"

    def make(self, fields: dict[str, Any]) -> InquirySale:
        if not Inquiry.objects.changeable_by(self.user).filter(pk=fields["inquiry"].pk).exists():
            raise PermissionDenied
        named = {name: fields.get(name) for name in ("offer", "entry")}
        return link_sale(fields["inquiry"], **named, by=self.user, at=self.now)

    def perform_destroy(self, instance: InquirySale) -> None:
        unlink_sale(instance)
