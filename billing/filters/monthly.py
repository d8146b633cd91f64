"""What the list of monthly reports can be narrowed to."""

from typing import Any

import django_filters as filters
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing.models import MonthlyReport
from clients.filters import keepers
from clients.models import Client
from clients.models.firm import Tier
from crm.api.filters import Ordering, PageFilter, RecordFilter
from crm.periods import add_months, month_start
from crm.web.formats import write_month

MONTHS = 13


def months(_request: Any = None) -> list[tuple[str, Any]]:
    """The running month and the year before it, the newest first."""
    this = month_start(timezone.localdate())
    found = [add_months(this, -back) for back in range(MONTHS)]
    return [(f"{month:%Y-%m}", write_month(month)) for month in found]


class MonthlyListFilter(PageFilter):
    """Clients with the report of one month; the page says which month the rows were read for."""

    search = filters.CharFilter(method="by_text", label=_("Client"))
    month = filters.ChoiceFilter(choices=months, method="as_read", label=_("Month"), empty_label=_("the month before"))
    tier = filters.ChoiceFilter(choices=Tier.choices, label=_("Tier"))
    account_manager = filters.ModelChoiceFilter(queryset=keepers, label=_("Account manager"))
    is_sent = filters.BooleanFilter(field_name="report_sent_at", lookup_expr="isnull", exclude=True, label=_("Sent"))
    is_stuck = filters.BooleanFilter(method="by_failure", label=_("Mail failed"))
    ordering = Ordering(fields={"name": "client", "report_sent_at": "sent_at"})

    class Meta:
        model = Client
        fields = ()

    def by_text(self, rows: Any, _name: str, text: str) -> Any:
        return rows.filter(name__unaccent__icontains=text.strip()[:200])

    def as_read(self, rows: Any, _name: str, _month: str) -> Any:
        return rows

    def by_failure(self, rows: Any, _name: str, failed: bool) -> Any:
        stuck = {"report_mailed_at": None, "report_mail_error__gt": ""}
        return rows.filter(**stuck) if failed else rows.exclude(**stuck)


class MonthlyReportFilter(RecordFilter):
    class Meta:
        model = MonthlyReport
        fields = {"client": ["exact"], "month_on": ["exact", "gte", "lte"], "contact": ["exact"]}
