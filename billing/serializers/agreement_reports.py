"""Reports about agreements as the API speaks of them: how offers do, what is committed, whom to offer a retainer."""

from typing import Any

from rest_framework import serializers

from billing.reports.avoided import PackageCandidate
from billing.reports.commitments import Candidate, Commitment
from billing.reports.estimate_spreads import SpreadRow
from billing.reports.follow_ups import FollowUp, FollowUps
from billing.reports.offer_results import MisSale, ResultRow
from billing.reports.overruns import Unannounced
from crm.api.fields import ExactField


class ResultsAsked(serializers.Serializer[Any]):
    """The last 12 months by consultant, unless told otherwise."""

    by = serializers.ChoiceField(["consultant", "service_line"], default="consultant")
    first = serializers.DateField(required=False)
    last = serializers.DateField(required=False)


class ResultSerializer(serializers.Serializer[ResultRow]):
    """`win_rate` and `accuracy` (used / signed) are fractions with six decimals, null where nothing can be said."""

    key = serializers.IntegerField(allow_null=True)
    name = serializers.CharField()
    decided = serializers.IntegerField()
    won = serializers.IntegerField()
    win_rate = ExactField(8, 6, allow_null=True)
    delivered = serializers.IntegerField()
    signed_minutes = serializers.IntegerField()
    used_minutes = serializers.IntegerField()
    accuracy = ExactField(12, 6, allow_null=True)


class MisSaleSerializer(serializers.Serializer[MisSale]):
    """An offer that did not fit, with who sold it; `cost` is internal, in the base currency."""

    offer = serializers.IntegerField(source="offer.pk")
    client = serializers.IntegerField(source="offer.client_id")
    seller = serializers.IntegerField(source="offer.seller_id")
    sold_by = serializers.IntegerField(source="offer.author_id")
    minutes = serializers.IntegerField()
    cost = ExactField(14, 2)


class EstimateSpreadSerializer(serializers.Serializer[SpreadRow]):
    """By how much works of a service line stray from what was signed; null below ten works, the first row is of all.

    `typical`, `low` and `high` are fractions over or under what was signed, `low` to `high` four cases of five;
    `mean` and `deviation` are of ln(used / signed), with their standard errors.
    """

    name = serializers.CharField()
    works = serializers.IntegerField()
    typical = ExactField(12, 6, allow_null=True)
    low = ExactField(12, 6, allow_null=True)
    high = ExactField(12, 6, allow_null=True)
    mean = ExactField(12, 6, allow_null=True)
    mean_error = ExactField(12, 6, allow_null=True)
    deviation = ExactField(12, 6, allow_null=True)
    deviation_error = ExactField(12, 6, allow_null=True)


class ResultsSerializer(serializers.Serializer[Any]):
    """`mis_sales` is null for who may not know costs."""

    by = serializers.CharField()
    rows = ResultSerializer(many=True)
    spreads = EstimateSpreadSerializer(many=True)
    mis_sales = MisSaleSerializer(many=True, allow_null=True)
    currency = serializers.CharField()


class UnannouncedSerializer(serializers.Serializer[Unannounced]):
    """One offer; `value` in its own currency and tax basis, null for who may not see the price."""

    offer = serializers.IntegerField(source="offer.pk")
    client = serializers.IntegerField(source="offer.client_id")
    number = serializers.CharField(source="offer.number")
    signed_minutes = serializers.IntegerField(source="offer.signed_minutes")
    unannounced_minutes = serializers.IntegerField(source="minutes")
    oldest_on = serializers.DateField()
    people = serializers.ListField(child=serializers.CharField())
    value = ExactField(14, 2, allow_null=True)
    currency = serializers.CharField(source="offer.currency")
    price_includes_tax = serializers.BooleanField(source="offer.price_includes_tax")


class UnannouncedReport(serializers.Serializer[Any]):
    unannounced_minutes = serializers.IntegerField()
    rows = UnannouncedSerializer(many=True)


class CommitmentSerializer(serializers.Serializer[Commitment]):
    """One contract: what is still to come without VAT, in its currency and in the base currency."""

    retainer = serializers.IntegerField(source="retainer.pk")
    client = serializers.IntegerField(source="retainer.client_id")
    committed_until_on = serializers.DateField()
    fees = serializers.IntegerField(source="count")
    net_amount = ExactField(14, 2, source="net")
    base_net_amount = ExactField(14, 2, source="base", allow_null=True, help_text="Null without an exchange rate.")
    currency = serializers.CharField(source="retainer.currency")


class MonthSerializer(serializers.Serializer[Any]):
    """The month in which fees are to be invoiced."""

    month = serializers.DateField()
    net_amount = ExactField(14, 2, allow_null=True)


class BacklogSerializer(serializers.Serializer[Any]):
    """Committed fees still to come, without VAT; months and total are in the base currency.

    A sum that lacks an exchange rate is null; `note` names currency, day and contracts.
    """

    currency = serializers.CharField()
    rows = CommitmentSerializer(many=True)
    months = MonthSerializer(many=True)
    total = ExactField(14, 2, allow_null=True)
    price_includes_tax = serializers.BooleanField(default=False, help_text="False: all amounts are without VAT.")
    note = serializers.CharField(allow_null=True)


class CandidateSerializer(serializers.Serializer[Candidate]):
    """`average` is net revenue from time in a month, in the base currency."""

    client = serializers.IntegerField(source="client.pk")
    name = serializers.CharField(source="client.name")
    engagements = serializers.IntegerField()
    average = ExactField(14, 2)


class ConversionSerializer(serializers.Serializer[Any]):
    """`smallest_fee` is without VAT in the base currency; null, with a note, where a fee has no exchange rate."""

    currency = serializers.CharField()
    smallest_fee = ExactField(14, 2, allow_null=True)
    rows = CandidateSerializer(many=True)
    note = serializers.CharField(allow_null=True)


class PackageCandidateSerializer(serializers.Serializer[PackageCandidate]):
    """`minutes` were billed by time in 12 months, `offered_minutes` is the usual package that they would use up."""

    client = serializers.IntegerField(source="client.pk")
    name = serializers.CharField(source="client.name")
    small_invoices = serializers.IntegerField()
    minutes = serializers.IntegerField()
    offered_minutes = serializers.IntegerField()


class FollowUpSerializer(serializers.Serializer[FollowUp]):
    """`judged` lots were followed, or used up for longer than the grace; a lot is one purchase of hours."""

    client = serializers.IntegerField(source="client.pk")
    name = serializers.CharField(source="client.name")
    used_up = serializers.IntegerField()
    judged = serializers.IntegerField()
    followed = serializers.IntegerField()
    last_used_up_on = serializers.DateField()


class FollowUpsSerializer(serializers.Serializer[FollowUps]):
    """`share` of judged lots followed by a purchase within `grace_days`: `[share, low, high]` by Wilson's interval.

    Null below ten judged lots, as are `weekly_minutes` below ten used up.
    """

    judged = serializers.IntegerField()
    share = serializers.ListField(source="bounds", child=ExactField(8, 6), allow_null=True)
    weekly_minutes = serializers.IntegerField(allow_null=True)
    grace_days = serializers.IntegerField()
    rows = FollowUpSerializer(many=True)


class AvoidedSerializer(serializers.Serializer[Any]):
    """Draws of 12 months that needed no invoice and no offer of their own; each spared one of both."""

    first = serializers.DateField()
    last = serializers.DateField()
    draws = serializers.IntegerField()
    minutes = serializers.IntegerField()
    rows = PackageCandidateSerializer(many=True)
    follow_ups = FollowUpsSerializer()
