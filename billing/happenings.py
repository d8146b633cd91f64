"""What this floor knows of a person's days: contracts and packages of their clients that end."""

from collections.abc import Iterator
from datetime import date

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from billing.models import HourPackage, Retainer
from billing.rules.retainers import notice_deadline
from billing.services.retainers import term_of
from clients.models import Client
from crm.calendar import Happening, Source, register_happenings
from crm.models import User


def renewals(user: User, first: date, last: date) -> Iterator[Happening]:
    """The last day of a contract's term and the last day for its notice; the last day of a package with hours left."""
    today = timezone.localdate()
    mine = Q(client__in=Client.objects.cared_for_by(user).with_merged())
    contracts = Retainer.objects.visible_to(user).running(on=today).filter(mine | Q(lead=user))
    for row in contracts.select_related("client").distinct():
        yield from _term(row, today, first, last)
    packages = HourPackage.objects.visible_to(user).open().filter(mine, expires_on__range=(first, last))
    for package in packages.filter(account__balance_minutes__gt=0).select_related("client"):
        yield Happening(
            key=f"package:{package.pk}",
            title=format_lazy(_("{client}: hours of {name} expire"), client=package.client.name, name=package.name),
            begins=package.expires_on or last,
            changed_at=package.updated_at,
            url=reverse("billing:package_detail", args=[package.pk]),
        )


def _term(row: Retainer, today: date, first: date, last: date) -> Iterator[Happening]:
    last_on = term_of(row, on=today).last_on
    notice_on = notice_deadline(last_on, notice_days=row.notice_days)
    words = {
        notice_on: ("notice", _("{client}: last day for notice of {name}")),
        last_on: ("end", _("{client}: the term of {name} ends")),
    }
    for day, (code, text) in words.items():
        if not first <= day <= last:
            continue
        yield Happening(
            key=f"retainer-{code}:{row.pk}:{last_on.year}",
            title=format_lazy(text, client=row.client.name, name=row.name),
            begins=day,
            changed_at=row.updated_at,
            url=reverse("billing:retainer_detail", args=[row.pk]),
        )


register_happenings(Source("renewals", _("Renewals"), "retainer.see", renewals))
