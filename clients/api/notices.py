"""One's own notices through the API: read them, mark them."""

from typing import cast

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from clients.filters import NoticeFilter
from clients.models import Notice
from clients.serializers.notices import MarkedSerializer, NoticeSerializer
from clients.services.notices import read_notices, unread_notice
from crm.api.viewsets import Guarded, tagged
from crm.models import User


class Notices(mixins.ListModelMixin, Guarded[Notice]):
    """Facts that concern you, each told once; what is to be done is a task."""

    queryset = Notice.objects.all()
    serializer_class = NoticeSerializer
    filterset_class = NoticeFilter
    search_fields = ["title", "detail", "client__name"]
    http_method_names = ["get", "post", "head", "options"]
    ordering_fields = ["happened_at", "updated_at"]
    right = "notice"

    @extend_schema(request=None, responses=NoticeSerializer)
    @action(detail=True, methods=["post"])
    def read(self, _request: Request, **_kwargs: object) -> Response:
        row = self.get_object()
        read_notices(row.recipient, at=timezone.now(), ids=[row.pk])
        return self._fresh(row)

    @extend_schema(request=None, responses=NoticeSerializer)
    @action(detail=True, methods=["post"])
    def unread(self, _request: Request, **_kwargs: object) -> Response:
        row = self.get_object()
        unread_notice(row)
        return self._fresh(row)

    @extend_schema(request=None, responses=MarkedSerializer)
    @action(detail=False, methods=["post"], url_path="read-all")
    def read_all(self, request: Request, **_kwargs: object) -> Response:
        return Response({"read": read_notices(cast("User", request.user), at=timezone.now())})

    def _fresh(self, row: Notice) -> Response:
        row.refresh_from_db()
        return tagged(self.request, self.get_serializer(row).data)
