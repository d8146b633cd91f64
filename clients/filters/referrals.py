"""Filters of referrals, for the API and for the page."""

from typing import Any

import django_filters as filters
from django.utils.translation import gettext_lazy as _

from clients.filters.treatment import containing
from clients.models import Referral
from crm.api.filters import Ordering, PageFilter, RecordFilter


class ReferralFilter(RecordFilter):
    class Meta:
        model = Referral
        fields = {
            "client": ["exact"],
            "referrer": ["exact"],
            "contact": ["exact"],
            "referred_on": ["exact", "gte", "lte"],
        }


class ReferralListFilter(PageFilter):
    """As the page shows it; of rows with `with_shown_amounts`, so that the order betrays no amount either."""

    search = filters.CharFilter(method="by_text", label=_("Client or person"))
    since = filters.DateFilter(field_name="referred_on", lookup_expr="gte", label=_("From"))
    until = filters.DateFilter(field_name="referred_on", lookup_expr="lte", label=_("To"))
    ordering = Ordering(
        fields={
            "referred_on": "referred_on",
            "client__name": "client",
            "referrer__name": "referrer",
            "shown_revenue": "revenue",
        }
    )

    class Meta:
        model = Referral
        fields = ()

    def by_text(self, rows: Any, _name: str, text: str) -> Any:
        return rows.filter(containing(text, "referrer__name", "contact__last_name", "note"))
