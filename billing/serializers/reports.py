"""Reports of billing as numbers; money is text, a share of nothing is nothing."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from billing.reports.liability import Liabilities
from billing.reports.owed import Owed
from billing.reports.wip import ClientWip, Wip, name_rows, sum_by_basis
from billing.rules.ageing import Ageing, Bucket
from crm.api.fields import ExactField


class Day(serializers.Serializer[Any]):
    """Today, unless `on` names another day."""

    on = serializers.DateField(required=False)


class ReckonedDay(Day):
    """The same for reports that look months back or ahead."""

    on = serializers.DateField(required=False)


class AgesSerializer(serializers.Serializer[Any]):
    """Open amounts by days past due; `current` is not due yet."""

    current = ExactField(14, 2)
    d1_30 = ExactField(14, 2)
    d31_60 = ExactField(14, 2)
    d61_90 = ExactField(14, 2)
    d90_plus = ExactField(14, 2)
    total = ExactField(14, 2)


class AgeingRow(AgesSerializer):
    client = serializers.IntegerField()
    name = serializers.CharField()


class AgeingSerializer(serializers.Serializer[Any]):
    """In the base currency, at the rates of the documents; `ages` are the sums of the rows.

    `dso` is what is owed / what was billed in 90 days, with VAT, in days; null with a note where nothing was billed.
    """

    on = serializers.DateField()
    currency = serializers.CharField()
    rows = AgeingRow(many=True)
    ages = AgesSerializer()
    total = ExactField(14, 2)
    dso = ExactField(8, 1, allow_null=True)
    note = serializers.CharField(allow_blank=True)


class WipRow(serializers.Serializer[Any]):
    """`amount` is in the price basis of the work: with VAT where `price_includes_tax`; expenses are without."""

    client = serializers.IntegerField()
    name = serializers.CharField()
    currency = serializers.CharField()
    price_includes_tax = serializers.BooleanField()
    entries = serializers.IntegerField()
    minutes = serializers.IntegerField()
    expenses = serializers.IntegerField()
    amount = ExactField(14, 2)
    oldest_on = serializers.DateField()
    d0_30 = ExactField(14, 2)
    d31_60 = ExactField(14, 2)
    d61_90 = ExactField(14, 2)
    d90_plus = ExactField(14, 2)


class WipTotal(serializers.Serializer[Any]):
    currency = serializers.CharField()
    price_includes_tax = serializers.BooleanField()
    amount = ExactField(14, 2)


class WipSerializer(serializers.Serializer[Any]):
    """What is done and on no document; `totals` by currency and price basis, as on the page, never mixed."""

    on = serializers.DateField()
    rows = WipRow(many=True)
    totals = WipTotal(many=True)


def ageing_shape(owed: Owed, *, dso: Decimal | None) -> dict[str, Any]:
    rows = [
        {"client": pk, "name": owed.clients[pk], **_ages(ageing)}
        for pk, ageing in sorted(owed.by_client.items(), key=lambda pair: -pair[1].total)
    ]
    return {
        "on": owed.on,
        "currency": owed.currency,
        "rows": rows,
        "ages": _ages(owed.all),
        "total": owed.all.total,
        "dso": dso,
        "note": "" if dso is not None else _("Nothing was billed in the 90 days before."),
    }


def wip_shape(found: Wip, *, on: Any) -> dict[str, Any]:
    totals = [
        {"currency": currency, "price_includes_tax": gross, "amount": amount}
        for currency, gross, amount in sum_by_basis(found)
    ]
    return {"on": on, "rows": [_wip_row(row) for row in name_rows(found)], "totals": totals}


def _wip_row(row: ClientWip) -> dict[str, Any]:
    waiting = row.waiting
    return {
        "client": row.client.pk,
        "name": row.client.name,
        "currency": row.currency,
        "price_includes_tax": row.price_includes_tax,
        "entries": waiting.entries,
        "minutes": waiting.minutes,
        "expenses": waiting.others,
        "amount": waiting.amount,
        "oldest_on": waiting.oldest_on,
        **waiting.ages,
    }


def _ages(ageing: Ageing) -> dict[str, Any]:
    return {bucket.value: getattr(ageing, bucket.value) for bucket in Bucket} | {"total": ageing.total}


class FlowSerializer(serializers.Serializer[Any]):
    """opening + sold - drawn - expired - refunded = closing; without VAT."""

    opening = ExactField(14, 2)
    sold = ExactField(14, 2)
    drawn = ExactField(14, 2)
    expired = ExactField(14, 2)
    refunded = ExactField(14, 2)
    closing = ExactField(14, 2)


class LiabilityRow(FlowSerializer):
    client = serializers.IntegerField()
    package = serializers.IntegerField()
    name = serializers.CharField()
    currency = serializers.CharField()
    closing_minutes = serializers.IntegerField()


class LiabilityTotal(FlowSerializer):
    currency = serializers.CharField()


class LiabilitySerializer(serializers.Serializer[Any]):
    """Prepaid hours that are still owed, by package, at the price they were sold for."""

    rows = LiabilityRow(many=True)
    totals = LiabilityTotal(many=True)

    def get_fields(self) -> dict[str, Any]:
        return {name: serializers.DateField() for name in ("from", "to")} | super().get_fields()


def liability_shape(found: Liabilities) -> dict[str, Any]:
    rows = [
        {
            "client": row.package.client_id,
            "package": row.package.pk,
            "name": row.package.name,
            "currency": row.package.currency,
            "closing_minutes": row.minutes.closing,
            **row.amounts._asdict(),
        }
        for row in found.rows
    ]
    totals = [{"currency": currency, **flow._asdict()} for currency, flow in found.totals.items()]
    return {"from": found.first, "to": found.last, "rows": rows, "totals": totals}
