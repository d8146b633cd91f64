"""The overrun of offers by time spent: the rules of billing.rules.overrun, fed with rows, and what follows from them.

Booked work keeps what it was charged; only an accepted revision or a partner's override adds to it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from billing.models import Coverage, Offer, OverrunNotice, OverrunOverride, TimeEntry
from billing.models.time import BOOKED
from billing.rules.coverage import Source
from billing.rules.overrun import Decision, EntrySplit, Notice, Tolerance, WorkedEntry, limit_minutes, split_entries

CHARGED = (Source.PACKAGE, Source.RETAINER, Source.TIME_AND_MATERIALS)


@dataclass
class Overrun:
    """One offer in all its versions: what was signed, who was told, and the work so far by entry id."""

    signed: int = 0
    tolerance: Tolerance = field(default_factory=Tolerance)
    notices: list[Notice] = field(default_factory=list)
    worked: dict[int, WorkedEntry] = field(default_factory=dict)

    @property
    def limit(self) -> int | None:
        """Minutes that bill without notice; None while no estimate is signed."""
        return limit_minutes(self.signed, self.tolerance) if self.signed else None

    @property
    def used(self) -> int:
        return sum(entry.minutes for entry in self.worked.values())

    def split(self) -> dict[int, EntrySplit]:
        """What bills of each entry; everything while there is no limit."""
        if self.limit is None:
            return {pk: EntrySplit(pk, entry.minutes, 0) for pk, entry in self.worked.items()}
        return split_entries(self.worked.values(), limit=self.limit, notices=self.notices)


def load_overruns(
    offers: Iterable[Offer], *, reopen: bool = False, bases: Collection[str] = (Offer.Basis.ACTUAL,)
) -> dict[int, Overrun]:
    """By the first version of each offer of these bases, by time spent unless others are asked for.

    `reopen` asks anew about booked work that lacks a notice.
    """
    families = {offer.family_id for offer in offers if offer.basis in bases}
    if not families:
        return {}
    found = {family: Overrun() for family in families}
    for version in signed_versions(families):
        found[version.family_id].signed = version.signed_minutes
        found[version.family_id].tolerance = tolerance_of(version)
    for notice in OverrunNotice.objects.filter(_of_families(families)).select_related("offer"):
        found[notice.offer.family_id].notices.append(rule_notice(notice))
    for row in _worked(families):
        found[row["family"]].worked[row["pk"]] = _entry(row, reopen=reopen)
    return found


def load_caps(offers: Iterable[Offer]) -> dict[int, int]:
    """By the first version of each capped offer: what the last accepted version leaves to charge."""
    families = {offer.family_id for offer in offers if offer.basis == Offer.Basis.NOT_TO_EXCEED}
    if not families:
        return {}
    signed = {version.family_id: version.signed_minutes for version in signed_versions(families)}
    booked = Coverage.objects.filter(source__in=CHARGED, entry__status__in=BOOKED)
    rows = booked.annotate(family=Coalesce(F("entry__offer__root"), F("entry__offer"))).filter(family__in=families)
    charged = dict(rows.order_by().values_list("family").annotate(Sum("minutes")))
    return {family: signed.get(family, 0) - charged.get(family, 0) for family in families}


def signed_versions(families: Collection[int]) -> list[Offer]:
    """The accepted versions, the oldest first: the last of each offer is the one that holds."""
    accepted = Q(status__in=[Offer.Status.ACCEPTED, Offer.Status.CLOSED])
    replaced = Q(status=Offer.Status.SUPERSEDED, decided_at__isnull=False)
    of_family = Q(pk__in=families) | Q(root__in=families)
    return list(Offer.objects.filter(of_family, accepted | replaced).order_by("version"))


def tolerance_of(offer: Offer) -> Tolerance:
    return Tolerance(offer.tolerance_percent, offer.tolerance_minutes)


def rule_notice(notice: OverrunNotice) -> Notice:
    return Notice(
        notice.informed_at,
        timezone.localdate(notice.informed_at),
        notice.used_minutes,
        Decision(notice.decision),
    )


def work_under(offer: Offer) -> list[TimeEntry]:
    """Billable work on any version of the offer, in worked order by day."""
    versions = Offer.objects.family_of(offer).values("pk")
    rows = TimeEntry.objects.filter(offer__in=versions, billing_type=TimeEntry.BillingType.BILLABLE)
    return list(rows.order_by("worked_on", "pk"))


def billable_places(entries: Sequence[TimeEntry], overruns: Mapping[int, Overrun]) -> dict[int, int]:
    """How many minutes of each of these entries bill at its place in worked order, by its place in the list.

    The entries stand beside everything else that was worked under their offers, with the minutes they have now.
    """
    keys = {place: entry.pk or -place - 1 for place, entry in enumerate(entries)}
    drawn = {family: replace(overrun, worked=dict(overrun.worked)) for family, overrun in overruns.items()}
    for place, entry in enumerate(entries):
        if entry.offer and entry.offer.family_id in drawn:
            drawn[entry.offer.family_id].worked[keys[place]] = _planned(entry, keys[place], drawn)
    splits = {pk: split for overrun in drawn.values() for pk, split in overrun.split().items()}
    return {place: splits[key].billable for place, key in keys.items() if entries[place].offer_id and key in splits}


def _planned(entry: TimeEntry, key: int, overruns: Mapping[int, Overrun]) -> WorkedEntry:
    family = entry.offer.family_id if entry.offer else 0
    known = overruns[family].worked.get(key)
    billable = entry.billing_type == TimeEntry.BillingType.BILLABLE
    return WorkedEntry(
        key,
        entry.worked_on,
        entry.billed_minutes if billable else 0,
        entry.started_at,
        forgiven=known.forgiven if known else False,
    )


def _of_families(families: Collection[int]) -> Q:
    return Q(offer__in=families) | Q(offer__root__in=families)


def _worked(families: Collection[int]) -> Iterable[Any]:
    """Billable work under the offers, with what was charged or awaits hours, and whether some was not announced."""
    unannounced = Coverage.objects.filter(entry=OuterRef("pk"), source=Source.NONE, offer__isnull=False)
    awaited = Q(coverages__source=Source.NONE, coverages__offer=None)
    work = TimeEntry.objects.filter(_of_families(families), billing_type=TimeEntry.BillingType.BILLABLE)
    return (
        work.order_by()
        .annotate(
            family=Coalesce(F("offer__root"), F("offer")),
            charged=Sum("coverages__minutes", filter=Q(coverages__source__in=CHARGED) | awaited),
            lacks_notice=Exists(unannounced),
            forgiven=Exists(OverrunOverride.objects.filter(entry=OuterRef("pk"))),
        )
        .values(
            "pk", "family", "worked_on", "billed_minutes", "started_at", "status", "charged", "lacks_notice", "forgiven"
        )
    )


def _entry(row: Mapping[str, Any], *, reopen: bool) -> WorkedEntry:
    settled = row["status"] in BOOKED and not (reopen and row["lacks_notice"])
    return WorkedEntry(
        row["pk"],
        row["worked_on"],
        row["billed_minutes"],
        row["started_at"],
        charged_minutes=(row["charged"] or 0) if settled else None,
        forgiven=row["forgiven"],
    )
