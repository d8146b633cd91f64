"""Work soon after an invoice, judged when it is logged: what of it is free, and what then needs a decision.

Nothing is judged where something agreed already pays: a package or allowance in reach, or an open offer with
signed minutes left. Who logs sees the same in the preview.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import F, Q, Sum
from django.utils.translation import gettext as _

from billing.models import Coverage, Engagement, Invoice, Offer, TimeEntry
from billing.rules.follow_up import WINDOW_DAYS, FollowUp, allowance_minutes, judge_follow_up, window_start
from billing.services.bookings import plan_all
from billing.services.overruns import signed_versions
from billing.services.terms import Terms
from clients.models import Client
from clients.models.client import holder_of, of_holders

BILLABLE = TimeEntry.BillingType.BILLABLE
PREPAID = (Coverage.Source.PACKAGE, Coverage.Source.RETAINER)


@dataclass(frozen=True, slots=True)
class Ending:
    """An engagement was invoiced (drafted, then issued) or closed on these days; no engagement is one of its own."""

    client_id: int
    engagement_id: int | None
    days: tuple[date, ...]

    @property
    def since(self) -> date:
        return min(self.days)


@dataclass(frozen=True, slots=True)
class Allowance:
    """What of an engagement's window is free, and how much of it was used."""

    ending: Ending
    paid_minutes: int
    used_minutes: int

    @property
    def total_minutes(self) -> int:
        return allowance_minutes(self.paid_minutes)

    @property
    def left_minutes(self) -> int:
        return max(0, self.total_minutes - self.used_minutes)

    @property
    def until(self) -> date:
        return max(self.ending.days) + timedelta(days=WINDOW_DAYS)


@dataclass
class Endings:
    """The endings near some entries, and what their allowances have left as entries are judged one by one."""

    rows: Sequence[Ending]
    _allowances: dict[Ending, tuple[int, int]] = field(default_factory=dict)

    def near(self, entry: TimeEntry) -> Ending | None:
        """The last ending of the entry's engagement, or of any of the client where it names none."""
        fitting = [
            (start, row)
            for row in self.rows
            if row.client_id == entry.client.holder_id
            and (entry.engagement_id is None or row.engagement_id == entry.engagement_id)
            and (start := window_start(entry.worked_on, row.days))
        ]
        return max(fitting, key=lambda pair: pair[0])[1] if fitting else None

    def allowance_of(self, ending: Ending, *, apart: TimeEntry | None = None) -> Allowance:
        if ending not in self._allowances:
            self._allowances[ending] = _sums(ending, apart)
        return Allowance(ending, *self._allowances[ending])

    def use(self, ending: Ending, minutes: int) -> None:
        paid, used = self._allowances[ending]
        self._allowances[ending] = (paid, used + minutes)


def note_follow_ups(entries: Sequence[TimeEntry], terms: Terms, *, lock: bool = False) -> None:
    """Marks new work after an invoice: free minutes, and `needs_decision` for the rest.

    No query where prepaid hours pay, one where nothing was invoiced lately. `lock` keeps two writers from
    using one allowance twice.
    """
    asked = [entry for entry in entries if _is_open_question(entry) and not _is_prepaid(entry, terms)]
    if not asked:
        return
    endings = Endings(list(load_endings(asked)))
    near = [(entry, ending) for entry in asked if (ending := endings.near(entry)) and not _is_signed(entry)]
    if near and lock:
        list(Client.objects.filter(pk__in={entry.client_id for entry, _ending in near}).locked().values_list("pk"))
    for entry, ending in near:
        allowance = endings.allowance_of(ending, apart=entry)
        verdict = judge_follow_up(
            entry.minutes, paid_minutes=allowance.paid_minutes, used_minutes=allowance.used_minutes
        )
        endings.use(ending, verdict.free_minutes)
        _mark(entry, verdict)


def unmark_follow_up(entry: TimeEntry) -> None:
    """Forgets what was judged and not decided, before the entry is judged anew."""
    if entry.decision:
        return
    if entry.follow_up_minutes and entry.follow_up_minutes == entry.minutes:
        entry.billing_type, entry.reason = BILLABLE, ""
    entry.follow_up_minutes = 0
    if entry.needs_decision == "follow_up":
        entry.needs_decision = ""


def allowance_for(client: Client, engagement: Engagement | None, *, on: date) -> Allowance | None:
    """What a screen shows: the allowance that holds on a day, or None outside every window."""
    probe = TimeEntry(client=client, engagement=engagement, worked_on=on)
    endings = Endings(list(load_endings([probe])))
    ending = endings.near(probe)
    return endings.allowance_of(ending) if ending else None


def load_endings(entries: Sequence[TimeEntry]) -> Iterable[Ending]:
    """Invoices with work and closed engagements of these clients near these days, in one query.

    Hours of a retainer on its fee end nothing: the contract goes on, and its overage has its agreed price.
    """
    days = [entry.worked_on for entry in entries]
    window = (min(days) - timedelta(days=WINDOW_DAYS), max(days))
    clients = of_holders(entry.client.holder_id for entry in entries)
    billed = Invoice.objects.invoices().filter(
        clients,
        Q(drafted_on__range=window) | Q(issued_on__range=window),
        lines__billed__entry__isnull=False,
        lines__billed__released_by=None,
        lines__billed__coverage__account__retainer_period=None,
    )
    invoiced = billed.order_by().values_list(
        holder_of(), "lines__billed__entry__engagement_id", "drafted_on", "issued_on"
    )
    closed = Engagement.objects.filter(clients, closed_on__range=window).order_by()
    ended = closed.values_list(holder_of(), "pk", "closed_on", "closed_on")
    for client, engagement, *days_of in invoiced.union(ended).order_by():
        yield Ending(client, engagement, tuple(sorted({day for day in days_of if day})))


def _is_open_question(entry: TimeEntry) -> bool:
    undecided = not (entry.decision or entry.needs_decision or entry.hour_package_id)
    return undecided and entry.billing_type == BILLABLE and entry.status in (entry.Status.DRAFT, entry.Status.SUBMITTED)


def _is_prepaid(entry: TimeEntry, terms: Terms) -> bool:
    """Whether a package or an allowance in reach pays for some of it."""
    trial = plan_all([entry], terms.copy())[0]
    return any(row.account_id for row in trial.rows)


def _is_signed(entry: TimeEntry) -> bool:
    """Whether it belongs to an offer that is not closed, with signed minutes left over the work on all its versions."""
    versions = signed_versions({entry.offer.family_id}) if entry.offer else []
    if not versions or versions[-1].status == Offer.Status.CLOSED:
        return False
    work = TimeEntry.objects.filter(offer__in=Offer.objects.family_of(versions[-1]).values("pk"), billing_type=BILLABLE)
    used: int = work.exclude(pk=entry.pk).aggregate(total=Sum("billed_minutes"))["total"] or 0
    return used < (versions[-1].signed_minutes or 0)


def _sums(ending: Ending, apart: TimeEntry | None) -> tuple[int, int]:
    """Paid minutes of the engagement, and minutes that were free since the window began."""
    own = of_holders([ending.client_id]) & Q(engagement=ending.engagement_id)
    paid = Coverage.objects.filter(
        Q(is_billed=True) | Q(source__in=PREPAID, ledger_row__isnull=False),
        of_holders([ending.client_id], "entry__client"),
        entry__engagement=ending.engagement_id,
    )
    given = TimeEntry.objects.filter(own, follow_up_minutes__gt=0, worked_on__gte=ending.since)
    if apart and apart.pk:
        given = given.exclude(pk=apart.pk)
    return (
        paid.aggregate(total=Sum("minutes"))["total"] or 0,
        given.aggregate(total=Sum(F("follow_up_minutes")))["total"] or 0,
    )


def _mark(entry: TimeEntry, verdict: FollowUp) -> None:
    entry.follow_up_minutes = verdict.free_minutes
    entry.needs_decision = verdict.needs_decision
    if not verdict.rest_minutes:
        entry.billing_type = TimeEntry.BillingType.GOODWILL
        entry.reason = entry.reason or str(_("Question after the invoice"))
