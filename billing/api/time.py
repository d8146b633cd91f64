"""Time entries: logged, submitted, approved, rejected and decided by the services that the pages call."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.time_rows import RowActions
from billing.api.timer import TimerActions
from billing.filters import EntryFilter
from billing.models import TimeEntry
from billing.models.covered import covered_parts
from billing.models.prices import shows_price
from billing.serializers.hour_messages import Told, ToldSerializer
from billing.serializers.time import Decision, EntrySerializer, Rejection
from billing.services.approvals import approve_entries, reject_entries, submit_entries
from billing.services.decisions import decide_entry
from billing.services.draws import give_back_draw
from billing.services.hour_messages import tell_draw
from billing.services.time import change_entry, delete_entry, log_entry
from crm.api.pagination import Cursor


class TimeEntries(RowActions, TimerActions):
    """Work of one person for one client on one day. A draft says how it would be covered, approved work how it is."""

    queryset = TimeEntry.objects.annotate(covered=covered_parts())
    serializer_class = EntrySerializer
    filterset_class = EntryFilter
    pagination_class = Cursor
    search_fields = ["description", "client__name"]
    ordering_fields = ["worked_on", "created_at", "updated_at", "minutes"]
    right = "time"
    rights = {
        **dict.fromkeys(["create", "preview", "bulk", "timer", "discard", "start", "stop"], "time.log"),
        "update": "time.see",
        "partial_update": "time.see",
        "destroy": "time.see",
        "submit": "time.see",
        "approve": "time.approve",
        "reject": "time.approve",
        "decide": "time.approve",
        "tell": "time.log",
    }
    priced = True

    open_actions = ("create", "approve", "reject")

    def make(self, fields: dict[str, Any]) -> TimeEntry:
        return log_entry(self.entry_of(fields), by=self.user, at=self.now)

    def fresh(self, row: TimeEntry, *, made: bool) -> Any:
        """What was just logged says itself what pays for it; anything else is read again."""
        if not made:
            return super().fresh(row, made=made)
        vars(row)["shows_price"] = shows_price(self.user, client=row.client, seller=row.seller)
        return row

    def alter(self, row: TimeEntry, fields: dict[str, Any]) -> None:
        change_entry(row, changes=fields, by=self.user, at=self.now)

    def perform_destroy(self, instance: TimeEntry) -> None:
        delete_entry(instance, by=self.user, at=self.now)

    @extend_schema(request=None, responses=EntrySerializer)
    @action(detail=True, methods=["post"])
    def submit(self, _request: Request, **_kwargs: Any) -> Response:
        """Hands a draft over for approval."""
        row = self.get_object()
        submit_entries([row.pk], at=self.now)
        return self.shown(row)

    @extend_schema(request=None, responses=EntrySerializer)
    @action(detail=True, methods=["post"])
    def approve(self, _request: Request, **_kwargs: Any) -> Response:
        """Rounds, covers and draws. 409 `needs_decision` until a choice that is owed was made."""
        row = self.get_object()
        approve_entries([row.pk], by=self.user, at=self.now)
        return self.shown(row)

    @extend_schema(request=Rejection, responses=EntrySerializer)
    @action(detail=True, methods=["post"])
    def reject(self, _request: Request, **_kwargs: Any) -> Response:
        """Gives work back to its writer, with a comment: submitted, or drawn on saving, whose hours then return."""
        row, comment = self.get_object(), self.checked(Rejection)["comment"]
        if row.approved_on_log:
            give_back_draw(row, comment=comment, by=self.user, at=self.now)
        else:
            reject_entries([row.pk], comment=comment, by=self.user, at=self.now)
        return self.shown(row)

    @extend_schema(request=Told, responses=ToldSerializer)
    @action(detail=True, methods=["post"])
    def tell(self, _request: Request, **_kwargs: Any) -> Response:
        """Tells the client what this work drew and what is left; without `contact` whoever was told last or pays."""
        message = tell_draw(self.get_object(), **self.checked(Told), by=self.user, at=self.now)
        return Response(ToldSerializer(message).data)

    @extend_schema(request=Decision, responses=EntrySerializer)
    @action(detail=True, methods=["post"])
    def decide(self, _request: Request, **_kwargs: Any) -> Response:
        """Makes the choice that is owed; the work can then be approved."""
        row = self.get_object()
        decide_entry(row, **self.checked(Decision), by=self.user, at=self.now)
        return self.shown(row)
