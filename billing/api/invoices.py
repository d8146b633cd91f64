"""Invoices from draft to credit: drafted from work, written by hand, issued, credited, written off."""

from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.documents import PARTS, Documents
from billing.models import Invoice, InvoiceLine
from billing.reports.e_invoices import draft_state
from billing.serializers.dunning import StopRequest, StopSerializer
from billing.serializers.invoices import (
    CreditNoteSerializer,
    CreditRequest,
    DraftCheckSerializer,
    DraftedSerializer,
    DraftRequest,
    HandLineSerializer,
    InvoiceSerializer,
    Issuing,
    LineWords,
    SetOffRequest,
)
from billing.serializers.products import TakenSerializer
from billing.serializers.write_offs import WriteOffAsk, WriteOffRequestSerializer
from billing.services.advances import set_off_advances
from billing.services.catalogue import add_product
from billing.services.drafting import draft_invoices
from billing.services.drafts import (
    TEXTS,
    DraftTerms,
    HandLine,
    add_hand_line,
    ask_again,
    change_line,
    change_texts,
    delete_draft,
    open_draft,
    remove_line,
)
from billing.services.dunning import lift_stop, stop_dunning
from billing.services.issuing import issue_invoice
from billing.services.sold_hours import credit_or_refund
from billing.services.write_offs import request_write_off
from crm.api.errors import Conflict

LINE = OpenApiParameter("line", int, OpenApiParameter.PATH)


class Invoices(Documents):
    """Drafts may change; an issued invoice never does. Credit notes are a resource of their own."""

    queryset = Invoice.objects.invoices().select_related("seller").prefetch_related(*PARTS)
    serializer_class = InvoiceSerializer
    rights = {
        "draft": "invoice.draft",
        "issue": "invoice.issue",
        "credit": "invoice.issue",
        "write_off": "write_off.ask",
        "stop_dunning": "dunning.change",
        "resume_dunning": "dunning.change",
    }

    def with_prices(self, rows: Any) -> Any:
        return super().with_prices(rows.with_state(on=self.today))

    def make(self, fields: dict[str, Any]) -> Invoice:
        """An empty draft, for lines by hand."""
        texts = {name: fields.pop(name) for name in TEXTS & fields.keys()}
        draft = open_draft(DraftTerms(**fields), by=self.user, on=self.today)
        return change_texts(draft, **texts) if texts else draft

    def alter(self, row: Invoice, fields: dict[str, Any]) -> None:
        change_texts(row, **{name: fields[name] for name in TEXTS & fields.keys()})

    def perform_destroy(self, instance: Invoice) -> None:
        delete_draft(instance)

    @extend_schema(request=DraftRequest, responses={201: DraftedSerializer})
    @action(detail=False, methods=["post"], filter_backends=[], pagination_class=None)
    def draft(self, _request: Request) -> Response:
        """Drafts approved work that stands on no document; `skipped` says what stays behind and why."""
        asked = self.checked(DraftRequest)
        made = draft_invoices(asked.pop("client"), **asked, by=self.user, on=self.today)
        found = self.written().in_bulk([draft.pk for draft in made.drafts])
        drafts = [found[draft.pk] for draft in made.drafts]
        answer = DraftedSerializer({"drafts": drafts, "skipped": made.skipped}, context=self.get_serializer_context())
        return Response(answer.data, status=status.HTTP_201_CREATED)

    @extend_schema(request=HandLineSerializer, responses={201: InvoiceSerializer})
    @action(detail=True, methods=["post"])
    def lines(self, _request: Request, **_kwargs: Any) -> Response:
        """Adds a line by hand to a draft. 409 `wrong_status` once it is issued."""
        row = self.get_object()
        add_hand_line(row, HandLine(**self.checked(HandLineSerializer)), on=self.today)
        return self.shown(row, made=True)

    @extend_schema(request=LineWords, responses=InvoiceSerializer, parameters=[LINE])
    @action(detail=True, methods=["patch"], url_path=r"lines/(?P<line>[0-9]{1,18})")
    def line(self, _request: Request, **kwargs: Any) -> Response:
        """Changes a line of a draft; of a line made of work only its words."""
        row = self.get_object()
        change_line(self._line(row, kwargs["line"]), **self.checked(LineWords))
        return self.shown(row)

    @extend_schema(responses=InvoiceSerializer, parameters=[LINE])
    @line.mapping.delete
    def remove(self, _request: Request, **kwargs: Any) -> Response:
        """Takes a line off a draft; the work on it can be drafted again."""
        row = self.get_object()
        remove_line(self._line(row, kwargs["line"]))
        return self.shown(row)

    @extend_schema(request=TakenSerializer, responses={201: InvoiceSerializer})
    @action(detail=True, methods=["post"])
    def products(self, _request: Request, **_kwargs: Any) -> Response:
        """Takes a product of the catalogue onto a draft, with its price, VAT and cost."""
        row = self.get_object()
        add_product(row, **self.checked(TakenSerializer), on=self.today)
        return self.shown(row, made=True)

    @extend_schema(request=SetOffRequest, responses={201: InvoiceSerializer})
    @action(detail=True, methods=["post"], url_path="set-off")
    def set_off(self, _request: Request, **_kwargs: Any) -> Response:
        """Sets off issued advances on a draft: all that are open, or amounts of those named."""
        row = self.get_object()
        set_off_advances(row, amounts=self.checked(SetOffRequest)["advances"])
        return self.shown(row, made=True)

    @extend_schema(request=Issuing, responses=InvoiceSerializer)
    @action(detail=True, methods=["post"])
    def issue(self, _request: Request, **_kwargs: Any) -> Response:
        """Freezes the draft under the next number.

        409 `number_order`, `period_locked`, `nothing_to_invoice`; of a client who takes e-invoices `not_checked` until
        a worker has checked what the draft says now (`check/` tells), `e_invoice_refused` if it has not passed.
        """
        row = self.get_object()
        day = self.checked(Issuing).get("issued_on", self.today)
        if row.status == Invoice.Status.DRAFT and draft_state(row).state == "pending":
            ask_again(row)
            return self.handle_exception(
                Conflict(_("Its e-invoice is being checked; try again in a moment."), "not_checked")
            )
        issue_invoice(row, issued_on=day, by=self.user, at=self.now)
        return self.shown(row)

    @extend_schema(responses=DraftCheckSerializer)
    @action(detail=True, filter_backends=[], pagination_class=None)
    def check(self, _request: Request, **_kwargs: Any) -> Response:
        """How the check of a draft's e-invoice stands; one that is `pending` is asked for. 409 `wrong_status`."""
        row = self.get_object()
        if row.status != Invoice.Status.DRAFT:
            raise ValidationError(_("It is issued already."), code="wrong_status")
        found = draft_state(row)
        if found.state == "pending":
            ask_again(row)
        return Response(DraftCheckSerializer(found).data)

    @extend_schema(request=CreditRequest, responses={201: CreditNoteSerializer})
    @action(detail=True, methods=["post"])
    def credit(self, _request: Request, **_kwargs: Any) -> Response:
        """Issues a credit note and frees what it takes back: all, or the lines named.

        `package_refund` takes the hours out of their package; without lines, all that are unused.
        """
        row = self.get_object()
        asked = {"issued_on": self.today, **self.checked(CreditRequest)}
        note = credit_or_refund(row, **asked, by=self.user, at=self.now)
        shown = Documents.with_prices(self, Invoice.objects.prefetch_related(*PARTS)).get(pk=note.pk)
        body = CreditNoteSerializer(shown, context=self.get_serializer_context()).data
        return Response(body, status=status.HTTP_201_CREATED)

    @extend_schema(request=WriteOffAsk, responses={201: WriteOffRequestSerializer})
    @action(detail=True, methods=["post"], url_path="write-off")
    def write_off(self, _request: Request, **_kwargs: Any) -> Response:
        """Asks to give up what is owed, or a part; a partner who did not ask decides (`write-off-requests/`)."""
        asked = request_write_off(self.get_object(), **self.checked(WriteOffAsk), by=self.user, at=self.now)
        body = WriteOffRequestSerializer(asked, context=self.get_serializer_context()).data
        return Response(body, status=status.HTTP_201_CREATED)

    @extend_schema(request=StopRequest, responses={201: StopSerializer})
    @action(detail=True, methods=["post"], url_path="stop-dunning")
    def stop_dunning(self, _request: Request, **_kwargs: Any) -> Response:
        """No reminders while the client disputes it. 409 `already_done` if they are stopped."""
        stop = stop_dunning(self.get_object(), **self.checked(StopRequest), on=self.today, by=self.user)
        body = StopSerializer(stop, context=self.get_serializer_context()).data
        return Response(body, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=StopSerializer)
    @action(detail=True, methods=["post"], url_path="resume-dunning")
    def resume_dunning(self, _request: Request, **_kwargs: Any) -> Response:
        """Reminders go on. 409 `already_done` if nothing stops them."""
        stop = lift_stop(self.get_object(), on=self.today, by=self.user)
        return Response(StopSerializer(stop, context=self.get_serializer_context()).data)

    def _line(self, invoice: Invoice, pk: str) -> InvoiceLine:
        line = invoice.lines.filter(pk=int(pk)).first()
        if line is None:
            raise Http404
        return line


class CreditNotes(Documents):
    """Documents that take back an invoice or a part of it; made by `invoices/{id}/credit/`."""

    queryset = Invoice.objects.credit_notes().select_related("seller").prefetch_related(*PARTS)
    serializer_class = CreditNoteSerializer
    http_method_names = ["get", "head", "options"]
