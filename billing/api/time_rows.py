"""Time that is not yet saved, one entry to look at or up to a thousand to save together."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.acts import ActingViewSet
from billing.models import TimeEntry
from billing.models.prices import shows_price
from billing.serializers.time import ROWS_AT_ONCE, EntryRows, EntrySerializer, PlanSerializer, planned
from billing.services.time import log_entries, preview_entry, row_errors
from crm.api.errors import rows_refused


class RowActions(ActingViewSet[TimeEntry]):
    def entry_of(self, fields: dict[str, Any]) -> TimeEntry:
        """A new entry, by default of the one who asks; a program works for nobody and says whose work it is."""
        if self.user.is_service and "employee" not in fields:
            words = _("Say whose work it is: a service account does none itself.")
            raise ValidationError({"employee": ValidationError(words, code="required")})
        return TimeEntry(**{"employee": self.user, **fields})

    @extend_schema(request=EntrySerializer, responses={200: PlanSerializer})
    @action(detail=False, methods=["post"])
    def preview(self, _request: Request) -> Response:
        """How this work would be covered if it were saved now. Writes nothing; refuses what saving would refuse."""
        plan = preview_entry(self.entry_of(self.checked(EntrySerializer)))
        shown = shows_price(self.user, client=plan.entry.client, seller=plan.entry.seller)
        return Response(planned(plan, shows_price=shown))

    @extend_schema(request=EntrySerializer(many=True), responses={201: EntrySerializer(many=True)})
    @action(detail=False, methods=["post"], filter_backends=[], pagination_class=None)
    def bulk(self, request: Request) -> Response:
        """Saves up to 1 000 entries, all or none. What is wrong with a row is named `<number from 0>.<field>`."""
        asked = EntryRows(
            data=request.data.get("entries") if isinstance(request.data, dict) else request.data,
            child=EntrySerializer(),
            max_length=ROWS_AT_ONCE,
            allow_empty=False,
            context=self.get_serializer_context(),
        )
        asked.is_valid(raise_exception=True)
        saved = self._log(asked.validated_data)
        return Response(self._rows(saved), status=status.HTTP_201_CREATED)

    def _log(self, rows: Sequence[dict[str, Any]]) -> list[TimeEntry]:
        """Asks about each row alone only when all together were refused."""
        try:
            with transaction.atomic():
                return log_entries([self.entry_of(row) for row in rows], by=self.user, at=self.now)
        except ValidationError:
            errors = row_errors([self.entry_of(row) for row in rows], by=self.user)
            if not errors:
                raise
        raise rows_refused(errors, count=len(rows))

    def _rows(self, saved: Sequence[TimeEntry]) -> Any:
        fresh = self.written().in_bulk([entry.pk for entry in saved])
        return self.get_serializer([fresh[entry.pk] for entry in saved], many=True).data
