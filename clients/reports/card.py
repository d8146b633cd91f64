"""The client card: what stands in its head, its figures, its people's map and its promises."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clients.models import Client, Contact, Interaction, Promise
from clients.models.client import ClientQuery
from clients.rules import promises as rules
from clients.rules.coverage import CoverageAlert, PeopleTouched, coverage_alerts, mean_sentiment
from clients.rules.tiers import DEFAULT_TIERS
from clients.services.promise_rates import chain_of, judge_promise
from crm.models import User

STRIP = 25
YEAR = timedelta(days=365)


def card_rows(user: User) -> ClientQuery:
    """Clients as a card needs them, in one statement: figures as seen, the tier's policy, counts for the tabs."""
    rows = Client.objects.visible_to(user).with_shown_figures(user).with_policy()
    related = (
        "figures",
        "account_manager",
        "deputy",
        "executive_owner",
        "parent",
        "merged_into",
        "default_seller",
        "first_order",
    )
    return rows.select_related(*related).annotate(
        people_n=_count(Contact.objects.here()),
        touches_n=_count(Interaction.objects.visible_to(user)),
        promises_n=_count(Promise.objects.visible_to(user).open()),
    )


def _count(rows: object) -> Coalesce:
    mine = rows.filter(client=OuterRef("pk")).order_by().values("client")  # type: ignore[attr-defined]
    return Coalesce(Subquery(mine.annotate(n=Count("pk")).values("n")), 0)


@dataclass(frozen=True, slots=True)
class Judged:
    """A promise with what it came to, for lists."""

    promise: Promise
    judged: rules.Judged

    @property
    def is_second(self) -> bool:
        return bool(chain_of(self.promise).later)

    @property
    def is_broken(self) -> bool:
        return self.judged.outcome in rules.BROKEN


@dataclass(frozen=True, slots=True)
class PromiseFacts:
    """The open promises of a client, the rates of twelve months and the strip of the last decided ones."""

    open: Sequence[Judged]
    rates: rules.Rates
    strip: Sequence[Judged]

    @property
    def honoured(self) -> int:
        return self.rates.kept + self.rates.renegotiated_kept

    @property
    def broken(self) -> int:
        return self.rates.n - self.honoured


def promise_facts(client: Client, user: User, *, at: datetime) -> PromiseFacts:
    """Two statements: the promises of twelve months and their dates."""
    rows = Promise.objects.visible_to(user).filter(client__in=client.family, due_at__gte=at - YEAR).with_chain()
    judged = [Judged(promise, judge_promise(promise, at=at)) for promise in rows]
    waiting = [row for row in judged if not (row.promise.kept_at or row.promise.withdrawn_at)]
    decided = sorted((row for row in judged if row.judged.counts), key=lambda row: row.promise.due_at)
    return PromiseFacts(waiting, rules.rate_judged(row.judged for row in judged), decided[-STRIP:])


COVERAGE_WORDS = {
    CoverageAlert.STAFF_UNHEARD: gettext_lazy(
        "Staff unheard: management hears from us, but the staff is silent or unhappy."
    ),
    CoverageAlert.MANAGEMENT_UNINFORMED: gettext_lazy(
        "Management uninformed: the staff hears from us, but nobody spoke with management in 90 days."
    ),
}


FORMAL_WORDS = gettext_lazy(
    "Formal only: in 90 days only engineers or only mail came by; let somebody who keeps the client call."
)


def coverage_words(client: Client, people: Iterable[Contact], *, on: date) -> list[str]:
    """What is wrong with whom we speak to there, of people loaded with their touch; nothing where nobody is known."""
    here = [person for person in people if person.left_on is None]
    if not here:
        return []
    management = [person for person in here if person.level == Contact.Level.MANAGEMENT]
    staff = [person for person in here if person.level == Contact.Level.STAFF]
    touched = PeopleTouched(
        management_on=_last_touch(management),
        staff_on=_last_touch(staff),
        value_statement_on=max(
            (person.value_statement_on for person in management if person.value_statement_on), default=None
        ),
        staff_sentiment=mean_sentiment(mood for person in staff if (mood := vars(person)["mood"]) is not None),
    )
    cadence = vars(client).get("cadence") or DEFAULT_TIERS[client.tier]["attention_days"]
    return [str(COVERAGE_WORDS[alert]) for alert in coverage_alerts(touched, cadence_days=cadence, on=on)]


def _last_touch(people: Iterable[Contact]) -> date | None:
    touches = (vars(person)["touched_at"] for person in people)
    return max((timezone.localdate(at) for at in touches if at is not None), default=None)


@dataclass(frozen=True, slots=True)
class Spot:
    """A person on the stakeholder map: percent from the left by loyalty, from the bottom by influence."""

    contact: Contact
    x: int
    y: int
    mark: str

    @property
    def is_risk(self) -> bool:
        """Decides, and is a critic or was never asked."""
        return self.contact.influence == Contact.Influence.DECISION_MAKER and self.mark in ("cri", "na")


# Zones of the map in percent: no answer, critic, neutral, promoter (see .smap in static/css/clients.css).
ZONES = {"na": (3, 16), "cri": (21, 44), "neu": (50, 68), "pro": (74, 92)}
HEIGHTS = {
    Contact.Influence.DECISION_MAKER: 78,
    Contact.Influence.INFLUENCER: 56,
    Contact.Influence.GATEKEEPER: 34,
    Contact.Influence.USER: 14,
}
STEP = 7


def stakeholder_map(people: Iterable[Contact]) -> list[Spot]:
    """Where each person stands; people of the same zone and influence stand under each other, three to a column."""
    taken: dict[tuple[str, str], int] = {}
    spots = []
    for contact in people:
        mark = mark_of(contact.nps_score)
        nth = taken[mark, contact.influence] = taken.get((mark, contact.influence), -1) + 1
        left, right = ZONES[mark]
        x = _by_score(contact.nps_score, left, right) if nth == 0 else left + (nth // 3 % 2) * (right - left) // 2
        y = HEIGHTS[Contact.Influence(contact.influence)] - STEP * (nth % 3)
        spots.append(Spot(contact, x, y, mark))
    return spots


def mark_of(score: int | None) -> str:
    """Promoter, neutral, critic, or not asked yet."""
    if score is None:
        return "na"
    if score >= 9:
        return "pro"
    return "neu" if score >= 7 else "cri"


def _by_score(score: int | None, left: int, right: int) -> int:
    if score is None:
        return left
    low, high = {"pro": (9, 10), "neu": (7, 8), "cri": (0, 6)}[mark_of(score)]
    return left + (right - left) * (score - low) // (2 * (high - low))


def map_words(spots: Sequence[Spot]) -> str:
    """The finding of the map in one sentence, for those who do not see it."""
    risks = [str(spot.contact) for spot in spots if spot.is_risk]
    if not risks:
        return _("Stakeholder map: influence against loyalty. Nobody who decides is a critic or unasked.")
    words = _("Stakeholder map: influence against loyalty. These people decide and are critics or unasked: %(names)s.")
    return words % {"names": ", ".join(risks)}


def change_of(client: Client) -> Decimal | None:
    """Revenue of twelve months against the twelve before, as a fraction; None where one is missing."""
    now, before = getattr(client, "shown_revenue_12m", None), getattr(client, "shown_revenue_before_12m", None)
    return Decimal(now) / Decimal(before) - 1 if now is not None and before else None
