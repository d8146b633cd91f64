"""Acts of services of Russian companies: made from invoices and drawn hours, downloaded as paper or UPD, signed."""

from typing import Any

from django.http import HttpResponse
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.acts import ActingViewSet
from billing.api.files import ByView
from billing.documents.act_files import act_content
from billing.filters.service_acts import ServiceActFilter
from billing.models import ServiceAct, ServiceActFile
from billing.serializers.service_acts import ServiceActSerializer, SignRequest, WithdrawRequest
from billing.services.hour_acts import make_hour_act
from billing.services.service_acts import make_act, sign_act, take_back_signature, withdraw_act


class ServiceActs(ActingViewSet[ServiceAct]):
    """One act for each invoice, unless it is taken back, and one for the hours drawn from a package until a day.

    409 `wrong_status`, `wrong_seller`, `already_done`, `nothing_rendered`.
    """

    queryset = ServiceAct.objects.select_related(
        "invoice__client", "invoice__engagement", "package", "seller", "signature", "withdrawal"
    )
    serializer_class = ServiceActSerializer
    filterset_class = ServiceActFilter
    http_method_names = ["get", "post", "head", "options"]
    right = "service_act"

    def make(self, fields: dict[str, Any]) -> ServiceAct:
        """Of what was named; hours stand on the invoice that sold them. 409 `not_ready` before that is issued."""
        said = {"acted_on": fields["acted_on"], "by": self.user, "at": self.now}
        return (
            make_hour_act(fields["package"], **said) if fields.get("package") else make_act(fields["invoice"], **said)
        )

    @extend_schema(request=SignRequest, responses=ServiceActSerializer)
    @action(detail=True, methods=["post"])
    def sign(self, _request: Request, **_kwargs: Any) -> Response:
        """Records that the client signed."""
        act = self.get_object()
        sign_act(act, **self.checked(SignRequest), by=self.user, today=self.today)
        return self.shown(act)

    @extend_schema(request=WithdrawRequest, responses=ServiceActSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, _request: Request, **_kwargs: Any) -> Response:
        """Takes a wrong act back, today; its invoice may have another one. 409 `already_done`, `wrong_status`."""
        act = self.get_object()
        withdraw_act(act, **self.checked(WithdrawRequest), on=self.today, by=self.user, at=self.now)
        return self.shown(act)

    @extend_schema(request=None, responses=ServiceActSerializer)
    @action(detail=True, methods=["post"])
    def unsign(self, _request: Request, **_kwargs: Any) -> Response:
        """Takes a signature back that was recorded by mistake."""
        act = self.get_object()
        take_back_signature(act)
        return self.shown(act)

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    @action(detail=True, filter_backends=[], pagination_class=None, content_negotiation_class=ByView)
    def pdf(self, _request: Request, **_kwargs: Any) -> HttpResponse:
        """The paper to sign, in Russian; the same bytes each time."""
        return self._file(ServiceActFile.Format.PDF, "application/pdf")

    @extend_schema(responses={(200, "application/xml"): OpenApiTypes.BINARY})
    @action(detail=True, filter_backends=[], pagination_class=None, content_negotiation_class=ByView)
    def upd(self, _request: Request, **_kwargs: Any) -> HttpResponse:
        """UPD 5.03, unsigned; no schema of the tax service has checked it. 409 `not_ready` with what it lacks."""
        return self._file(ServiceActFile.Format.UPD, "application/xml")

    def _file(self, form: ServiceActFile.Format, kind: str) -> HttpResponse:
        name, content = act_content(self.get_object(), form)
        disposition = content_disposition_header(as_attachment=True, filename=name) or "attachment"
        return HttpResponse(content, content_type=kind, headers={"Content-Disposition": disposition})
