"""How far a package is used up: told to the account manager at each mark once, and armed again by a top-up."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.urls import reverse
from django.utils.functional import lazy
from django.utils.translation import gettext as _

from billing.models import HourPackage, LedgerRow, PackageAlert
from billing.rules.alerts import alerts_due, still_raised
from billing.services.terms import Terms
from clients.models import Client
from clients.services.tasks import TaskDraft, open_task
from crm.models import User

KIND = "package_used"


def alert_usage(terms: Terms, drawn: Sequence[LedgerRow], *, at: datetime) -> None:
    """Opens a task for each package that these draws carried over a mark. Costs nothing where none was passed."""
    taken: Counter[int] = Counter()
    for row in drawn:
        taken[row.account_id] -= row.minutes
    for account_id, minutes in sorted(taken.items()):
        package = terms.packages.get(account_id)
        if package and _passes_mark(package, minutes):
            _tell(package, balance=package.account.balance_minutes - minutes, at=at)


def rearm_alerts(package: HourPackage, *, balance: int, at: datetime) -> None:
    """After a top-up: what was told and is still true stays told, the rest may be told again."""
    newest = package.alerts.order_by("-id").first()
    raised = _raised(package, bought=newest.bought_minutes) if newest else set()
    kept = still_raised(raised, credited=package.credited_minutes, balance=balance)
    _note(package, kept, told=None, at=at)


def responsible(client: Client) -> User | None:
    """Who answers for the client: account manager, else deputy, else executive owner."""
    return client.account_manager or client.deputy or client.executive_owner


def _passes_mark(package: HourPackage, minutes: int) -> bool:
    before = package.account.balance_minutes
    was, now = (alerts_due(credited=package.credited_minutes, balance=left) for left in (before, before - minutes))
    return len(now) > len(was)


def _raised(package: HourPackage, *, bought: int) -> set[int]:
    return set(package.alerts.filter(bought_minutes=bought).values_list("percent", flat=True))


def _note(package: HourPackage, percents: Iterable[int], *, told: User | None, at: datetime) -> None:
    PackageAlert.objects.bulk_create(
        PackageAlert(package=package, percent=percent, bought_minutes=package.purchased_minutes, made_at=at, told=told)
        for percent in percents
    )


def _tell(package: HourPackage, *, balance: int, at: datetime) -> None:
    raised = _raised(package, bought=package.purchased_minutes)
    due = alerts_due(credited=package.credited_minutes, balance=balance, raised=raised)
    told = responsible(package.client)
    _note(package, due, told=told, at=at)
    if due and told:
        open_task(_draft(package, max(due), told, at))


def _title(package: HourPackage, percent: int) -> str:
    words = _("%(package)s of %(client)s is %(percent)s %% used")
    return words % {"package": package.name, "client": package.client.name, "percent": percent}


def _draft(package: HourPackage, percent: int, told: User, at: datetime) -> TaskDraft:
    return TaskDraft(
        kind=KIND,
        source=f"package:{package.pk}:{package.purchased_minutes}:{percent}",
        assignee=told,
        title=lazy(_title, str)(package, percent),
        due_at=at,
        client=package.client,
        url=reverse("billing:package_detail", args=[package.pk]),
    )
