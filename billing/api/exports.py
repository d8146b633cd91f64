"""Exports for other programs: made once, downloaded with the same bytes for ever."""

from typing import Any

from django.http import HttpResponse
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.acts import ActingViewSet
from billing.api.files import ByView
from billing.exports.batches import make_batch
from billing.filters.exports import ExportFilter
from billing.models import ExportBatch
from billing.serializers.exports import BatchSerializer, ExportRequest
from crm.api.viewsets import tagged


class ExportBatches(ActingViewSet[ExportBatch]):
    """Documents of a period in a format of another program; a document leaves once in a format, or as a repeat."""

    queryset = ExportBatch.objects.select_related("file", "seller").defer("file__content")
    serializer_class = BatchSerializer
    filterset_class = ExportFilter
    content_negotiation_class = ByView  # `?format=` is a filter here
    search_fields = ["reason", "client__name"]
    ordering_fields = ["created_at", "from_on", "to_on"]
    http_method_names = ["get", "post", "head", "options"]
    right = "export"

    @extend_schema(request=ExportRequest, responses={201: BatchSerializer, 200: BatchSerializer})
    def create(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """The same request again gives the same batch (200). 409 `nothing_to_export`, `already_done`, `not_ready`."""
        asked = ExportRequest(data=request.data, context=self.get_serializer_context())
        asked.is_valid(raise_exception=True)
        batch, is_new = make_batch(asked.asked(), by=self.user, at=self.now)
        answer = tagged(request, self.get_serializer(self.written().get(pk=batch.pk)).data)
        answer.status_code = status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
        return answer

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    @action(detail=True, filter_backends=[], pagination_class=None, content_negotiation_class=ByView)
    def file(self, _request: Request, **_kwargs: Any) -> HttpResponse:
        """The bytes that were written once."""
        file = self.get_object().file
        name = content_disposition_header(as_attachment=True, filename=file.name) or "attachment"
        return HttpResponse(bytes(file.content), content_type=file.content_type, headers={"Content-Disposition": name})
