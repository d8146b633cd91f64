"""Offers: drafted, sent, accepted or declined, revised, closed; every version is a row of its own."""

from typing import Any

from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.acts import ActingViewSet
from billing.api.documents import PDF
from billing.api.files import ByView
from billing.documents.offers import render_offer
from billing.filters import OfferFilter
from billing.forms.offers import default_validity
from billing.models import Handover, Offer, OfferItem
from billing.reports.overruns import overrun_of
from billing.rules.receipts import MOST_BYTES
from billing.serializers.offer_acts import (
    Acceptance,
    FitCheckSerializer,
    ForecastRequest,
    HandoverSerializer,
    LinksEnded,
    OfferClosing,
    OfferInvoiced,
    OfferInvoicing,
    OfferLink,
    OverrideRequest,
    OverrunNoticeSerializer,
    OverrunSerializer,
    Refusal,
    Revision,
    Sending,
)
from billing.serializers.offers import OfferSerializer
from billing.services.fit_checks import check_fit
from billing.services.fixed_offers import draft_fixed_offer, draft_offer_advance
from billing.services.handovers import HandedOver, end_links_of, hand_over
from billing.services.notices import Told, forecast_offer, note_overrun, override_overrun
from billing.services.offer_links import link_to_offer
from billing.services.offers import (
    Signer,
    change_offer,
    close_offer,
    decide_offer,
    draft_offer,
    revise_offer,
    send_offer,
)
from clients.models import Client


class Offers(ActingViewSet[Offer]):
    """A priced estimate. What was sent is never changed: it is revised by a new version."""

    queryset = (
        Offer.objects.with_used_minutes()
        .select_related("seller", "client", "signature")
        .prefetch_related(Prefetch("items", OfferItem.objects.order_by("position")))
    )
    serializer_class = OfferSerializer
    filterset_class = OfferFilter
    ordering_fields = ["client", "number", "valid_until", "sent_at", "decided_at", "created_at", "updated_at"]
    http_method_names = ["get", "post", "put", "patch", "head", "options"]
    right = "offer"
    rights = dict.fromkeys(["send", "accept", "decline", "close", "link"], "offer.send") | {
        "override": "offer.override",
        "invoice": "invoice.draft",
    }
    open_actions = ("invoice",)
    file_bytes = dict.fromkeys(["accept", "decline"], MOST_BYTES)
    priced = True

    def make(self, fields: dict[str, Any]) -> Offer:
        items = fields.pop("items", ())
        if not Client.objects.open_to(self.user).filter(pk=fields["client"].pk).exists():
            raise PermissionDenied
        return draft_offer(Offer(author=self.user, **fields), items=items)

    def alter(self, row: Offer, fields: dict[str, Any]) -> None:
        items = fields.pop("items", None)
        for name, value in fields.items():
            setattr(row, name, value)
        change_offer(row, by=self.user, items=items)

    @extend_schema(request=Sending, responses=OfferSerializer)
    @action(detail=True, methods=["post"])
    def send(self, _request: Request, **_kwargs: Any) -> Response:
        """Numbers and freezes the draft and mails it with the link on which the client signs."""
        row = self.get_object()
        send_offer(row, recipient=self.checked(Sending)["recipient"], at=self.now)
        return self.shown(row)

    @extend_schema(request=Acceptance, responses=OfferSerializer)
    @action(detail=True, methods=["post"])
    def accept(self, _request: Request, **_kwargs: Any) -> Response:
        """Writes down that the client accepted in another way than on the link; the engagement opens."""
        row = self.get_object()
        return self._decided(row, accepted=True, asked=self.checked(Acceptance))

    @extend_schema(request=Refusal, responses=OfferSerializer)
    @action(detail=True, methods=["post"])
    def decline(self, _request: Request, **_kwargs: Any) -> Response:
        """Writes down that the client declined; the version accepted before holds again."""
        row = self.get_object()
        return self._decided(row, accepted=False, asked=self.checked(Refusal))

    @extend_schema(request=Revision, responses={201: OfferSerializer})
    @action(detail=True, methods=["post"])
    def revise(self, _request: Request, **_kwargs: Any) -> Response:
        """Makes a new draft version with the same terms; it supersedes this one when it is sent."""
        row = self.get_object()
        asked = {"valid_until": default_validity(self.today), **self.checked(Revision)}
        return self.shown(revise_offer(row, **asked, by=self.user), made=True)

    @extend_schema(request=OfferClosing, responses=OfferSerializer)
    @action(detail=True, methods=["post"])
    def close(self, _request: Request, **_kwargs: Any) -> Response:
        """Ends an accepted offer with a reason."""
        row = self.get_object()
        close_offer(row, reason=self.checked(OfferClosing)["reason"], on=self.today)
        return self.shown(row)

    @extend_schema(request=None, responses={201: OfferLink})
    @action(detail=True, methods=["post"])
    def link(self, request: Request, **_kwargs: Any) -> Response:
        """Makes a fresh link for the client; it ends with the last valid day."""
        secret = link_to_offer(self.get_object(), by=self.user, at=self.now)
        url = request.build_absolute_uri(reverse("billing:offer_link", args=[secret]))
        return Response({"url": url}, status=status.HTTP_201_CREATED)

    @extend_schema(responses=OverrunSerializer)
    @action(detail=True, filter_backends=[], pagination_class=None)
    def overrun(self, _request: Request, **_kwargs: Any) -> Response:
        """How far the work is against what was signed, and what the client was told."""
        return Response(OverrunSerializer(overrun_of(self.get_object())).data)

    @extend_schema(request=OverrunNoticeSerializer, responses={201: OverrunNoticeSerializer})
    @action(detail=True, methods=["post"], url_path="overrun-notice")
    def overrun_notice(self, _request: Request, **_kwargs: Any) -> Response:
        """Writes down that the client was told of the overrun, and what he said."""
        told = Told(**self.checked(OverrunNoticeSerializer))
        notice = note_overrun(self.get_object(), told, by=self.user, at=self.now)
        return Response(OverrunNoticeSerializer(notice).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=ForecastRequest, responses={201: OverrunSerializer})
    @action(detail=True, methods=["post"])
    def forecast(self, _request: Request, **_kwargs: Any) -> Response:
        """Says what is left to work; past the limit, warning the client is due."""
        row = self.get_object()
        forecast_offer(row, **self.checked(ForecastRequest), by=self.user, at=self.now)
        return Response(OverrunSerializer(overrun_of(row)).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=OverrideRequest, responses=OverrunSerializer)
    @action(detail=True, methods=["post"])
    def override(self, _request: Request, **_kwargs: Any) -> Response:
        """Lets the unannounced minutes of an entry bill; a partner's act, with a reason."""
        row, asked = self.get_object(), self.checked(OverrideRequest)
        if asked["entry"].offer_id not in Offer.objects.family_of(row).values_list("pk", flat=True):
            raise NotFound
        override_overrun(asked["entry"], reason=asked["reason"], by=self.user, at=self.now)
        return Response(OverrunSerializer(overrun_of(row)).data)

    @extend_schema(methods=["get"], responses=HandoverSerializer)
    @extend_schema(methods=["post"], request=HandoverSerializer, responses={201: HandoverSerializer})
    @action(detail=True, methods=["get", "post"], filter_backends=[], pagination_class=None)
    def handover(self, request: Request, **_kwargs: Any) -> Response:
        """The client finishes it himself: closes the offer, releases what is not used, mails the link."""
        row = self.get_object()
        if request.method == "GET":
            return Response(HandoverSerializer(get_object_or_404(Handover, offer=row)).data)
        said = HandedOver(**self.checked(HandoverSerializer))
        made = hand_over(row, said, by=self.user, on=self.today, at=self.now)
        return Response(HandoverSerializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=LinksEnded)
    @action(detail=True, methods=["post"], url_path="end-links")
    def end_links(self, _request: Request, **_kwargs: Any) -> Response:
        """Ends every link of the client to the offer and to its handover."""
        return Response({"ended": end_links_of(self.get_object(), at=self.now)})

    @extend_schema(request=FitCheckSerializer, responses={201: FitCheckSerializer})
    @action(detail=True, methods=["post"], url_path="fit-check")
    def fit_check(self, _request: Request, **_kwargs: Any) -> Response:
        """Signs that what was sold meets what the client needs, or says what does not fit."""
        asked = self.checked(FitCheckSerializer)
        made = check_fit(self.get_object(), **asked, by=self.user, at=self.now)
        return Response(FitCheckSerializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=OfferInvoicing, responses={201: OfferInvoiced})
    @action(detail=True, methods=["post"])
    def invoice(self, _request: Request, **_kwargs: Any) -> Response:
        """Drafts the invoice of a fixed price: all that is left with its advances set off, or an advance."""
        row = self.get_object()
        if not row.shows_price or not Offer.objects.invoiceable_by(self.user).filter(pk=row.pk).exists():
            raise PermissionDenied
        asked = self.checked(OfferInvoicing)
        if asked["kind"] == "advance":
            made = draft_offer_advance(row, amount=asked["amount"], by=self.user, on=self.today)
        else:
            made = draft_fixed_offer(row, by=self.user, on=self.today)
        return Response(OfferInvoiced(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses={(200, PDF): OpenApiTypes.BINARY})
    @action(detail=True, filter_backends=[], pagination_class=None, content_negotiation_class=ByView)
    def pdf(self, _request: Request, **_kwargs: Any) -> HttpResponse:
        """The document that the client reads; for who may see its price."""
        row = self.get_object()
        if not row.shows_price:
            raise NotFound
        name = f"{row.number or f'draft-{row.pk}'}.pdf".replace("/", "-")
        disposition = content_disposition_header(as_attachment=True, filename=name)
        return HttpResponse(
            render_offer(row), content_type=PDF, headers={"Content-Disposition": disposition or "attachment"}
        )

    def _decided(self, row: Offer, *, accepted: bool, asked: dict[str, Any]) -> Response:
        signer = Signer(asked["by_name"] or row.client.name, recorded_by=self.user, paper=asked["file"])
        decide_offer(row, accepted=accepted, signer=signer, at=self.now)
        return self.shown(row)
