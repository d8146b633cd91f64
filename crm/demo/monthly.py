"""Monthly reports of the demo: the month before went to some clients, one mail could not leave."""

from billing.documents.monthly import monthly_document
from billing.models import MonthlyReport
from billing.services.monthly import keep_report
from clients.models import Client
from crm.access import Role
from crm.demo.world import World
from crm.periods import add_months, month_start

FIRST = 12
STEPS = {
    "de": "Angebot für den zweiten Standort\nSchulung der neuen Kolleginnen",
    "ru": "Предложение для второго офиса\nОбучение новых сотрудников",
}


def make_monthly(world: World) -> None:
    """Of the clients that a visitor opens first two of three have got theirs."""
    month_on = add_months(month_start(world.today), -1)
    rows = Client.objects.in_status("active").exclude(account_manager=None).select_related("account_manager")
    for number, client in enumerate(rows.order_by("pk")[:FIRST]):
        if number % 3 == 2 or not client.contacts.exclude(email="").exists():
            continue
        steps = STEPS.get(client.language, "")
        document = monthly_document(client, month_on, steps=steps, at=world.now)
        by = client.account_manager or world.people[Role.PARTNER][0]
        report = keep_report(client, month_on, document=document, by=by, at=world.now)
        left = {"mail_error": "Mailbox unavailable"} if number == 1 else {"mailed_at": world.now}
        MonthlyReport.objects.filter(pk=report.pk).update(**left)
