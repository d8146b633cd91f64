"""Reminders: who is due, letters by client, each level once, stops for disputes, own words, mail and retry."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.db import InternalError, connection, transaction

from billing.documents.reminders import letter_paper, mail_reminder, mail_reminders, render_letter
from billing.models import DunningItem, DunningLevel, DunningNotice, DunningText, Invoice
from billing.reports.dunning import chase_list
from billing.services.dunning import lift_stop, send_reminders, set_levels, stop_dunning
from billing.services.payments import book_payment
from crm.access import Role
from tests.billing.errors import code_of
from tests.billing.test_payments import receipt
from tests.make import make_client, make_user
from tests.make.invoices import make_invoice, make_rate_of

pytestmark = pytest.mark.django_db
ISSUED, DUE = date(2026, 3, 31), date(2026, 4, 14)
NOON = datetime(2026, 4, 21, 12, tzinfo=UTC)


def days_late(days: int) -> date:
    return DUE + timedelta(days=days)


def remind(*invoices: Invoice, days: int = 7) -> list[DunningNotice]:
    return send_reminders(invoices, on=days_late(days), by=make_user(Role.FINANCE), at=NOON)


def refused_with(act: Callable[[], object]) -> str:
    with pytest.raises(ValidationError) as refused:
        act()
    return code_of(refused)


def test_one_letter_goes_to_a_client_about_all_that_is_due() -> None:
    client = make_client(billing_email="ap@brandl.example", language="de")
    first, second = make_invoice(client), make_invoice(client, minutes=60)
    notice = remind(first, second)[0]
    assert (notice.level, notice.total_amount) == (1, Decimal("1650.00"))
    assert notice.subject == f"Zahlungserinnerung: {_total(notice)} offen"
    assert [(item.invoice.number, item.amount) for item in notice.items.all()] == [
        ("2026-0001", Decimal("1500.00")),
        ("2026-0002", Decimal("150.00")),
    ]
    assert notice.pay_until_on == days_late(14)


def _total(notice: DunningNotice) -> str:
    return letter_paper(notice).total[1]


def test_each_own_company_and_currency_writes_its_own_letter() -> None:
    make_rate_of("EUR", "RUB", "92.40", on=ISSUED)
    german, russian = make_client(language="de"), make_client(country="RU", language="ru")
    notices = remind(make_invoice(german), make_invoice(russian), days=20)
    assert {(notice.currency, notice.language) for notice in notices} == {("RUB", "ru"), ("EUR", "de")}


def test_a_level_is_sent_once_and_never_left_out() -> None:
    invoice = make_invoice()
    assert refused_with(lambda: remind(invoice, days=6)) == "dunning_not_due"
    assert remind(invoice, days=7)[0].level == 1
    assert refused_with(lambda: remind(invoice, days=20)) == "dunning_not_due"
    assert remind(invoice, days=21)[0].level == 2
    assert remind(invoice, days=35)[0].level == 3
    assert refused_with(lambda: remind(invoice, days=400)) == "dunning_not_due"


def test_the_letter_takes_the_highest_level_of_its_invoices() -> None:
    client = make_client()
    old, new = make_invoice(client), make_invoice(client, on=ISSUED + timedelta(days=14))
    remind(old, days=7)
    notice = remind(old, new, days=21)[0]
    assert notice.level == 2
    assert sorted(notice.items.values_list("level", flat=True)) == [1, 2]


def test_what_was_paid_is_not_reminded_of() -> None:
    invoice = make_invoice()
    book_payment(receipt(invoice.client, "1500.00"), settles={invoice: Decimal("1500.00")}, by=make_user(), at=NOON)
    assert refused_with(lambda: remind(invoice)) == "dunning_not_due"


def test_a_part_payment_lowers_what_the_letter_asks_for() -> None:
    invoice = make_invoice()
    book_payment(receipt(invoice.client, "500.00"), settles={invoice: Decimal("500.00")}, by=make_user(), at=NOON)
    assert remind(invoice)[0].total_amount == Decimal("1000.00")


def test_a_dispute_stops_reminders_until_it_is_lifted() -> None:
    invoice, finance = make_invoice(), make_user(Role.FINANCE)
    assert refused_with(lambda: stop_dunning(invoice, reason=" ", on=DUE, by=finance)) == "required"
    stop_dunning(invoice, reason="the hours of May are contested", on=DUE, by=finance)
    assert refused_with(lambda: stop_dunning(invoice, reason="again", on=DUE, by=finance)) == "already_done"
    assert refused_with(lambda: remind(invoice)) == "dunning_not_due"
    chase = chase_list(make_user(Role.PARTNER), on=days_late(30))[0]
    assert (chase.level, chase.disputed_amount) == (0, Decimal("1500.00"))
    lift_stop(invoice, on=days_late(8), by=finance)
    assert refused_with(lambda: lift_stop(invoice, on=DUE, by=finance)) == "already_done"
    assert remind(invoice, days=8)[0].level == 1


def test_letters_that_are_due_stand_first_and_the_heaviest_on_top() -> None:
    late, later, fresh = make_client(), make_client(), make_client()
    first, second = make_invoice(late), make_invoice(later)
    make_invoice(fresh, on=ISSUED + timedelta(days=17))
    remind(second, days=7)
    chases = chase_list(make_user(Role.PARTNER), on=days_late(22))
    assert [(chase.party.client, chase.level) for chase in chases] == [(later, 2), (late, 1), (fresh, 0)]
    assert chases[1].due_invoices == [first.pk]


def test_an_account_manager_chases_own_clients_only() -> None:
    manager = make_user(Role.ACCOUNT_MANAGER)
    make_invoice(make_client(account_manager=manager))
    make_invoice(make_client())
    assert len(chase_list(manager, on=days_late(7))) == 1
    assert chase_list(make_user(Role.CONSULTANT), on=days_late(7)) == []


def test_the_firm_sets_its_own_days_in_order() -> None:
    assert refused_with(lambda: set_levels({1: 10, 2: 10, 3: 30})) == "dunning_order"
    set_levels({1: 3, 2: 10, 3: 30})
    assert list(DunningLevel.objects.values_list("days", flat=True)) == [3, 10, 30]
    assert remind(make_invoice(), days=3)[0].level == 1


def test_the_firms_own_words_are_sent_in_the_clients_language() -> None:
    DunningText.objects.create(level=1, language="de", subject="Offen: {number}", body="Bitte {total} an {seller}.")
    notice = remind(make_invoice(make_client(language="de")))[0]
    assert notice.subject == "Offen: 2026-0001"
    assert notice.body == f"Bitte {_total(notice)} an {notice.seller.name}."


@pytest.mark.parametrize(("language", "title"), [("de", "Zahlungserinnerung"), ("en", "Payment reminder")])
def test_the_mail_carries_words_table_bank_and_letter(language: str, title: str) -> None:
    client = make_client(billing_email="ap@brandl.example", language=language)
    notice = remind(make_invoice(client))[0]
    assert mail_reminders(at=NOON) == 1
    sent = mail.outbox[0]
    assert (sent.to, sent.subject) == (["ap@brandl.example"], notice.subject)
    assert "2026-0001" in sent.body
    assert "DE02120300000000202051" in sent.body
    name, content, kind = sent.attachments[0]
    assert (name.startswith(title), content[:5], kind) == (True, b"%PDF-", "application/pdf")
    assert mail_reminders(at=NOON) == 0


def test_a_mail_that_cannot_leave_is_shown_and_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    notice = remind(make_invoice(make_client(billing_email="ap@brandl.example")))[0]
    with monkeypatch.context() as broken:
        broken.setattr(EmailMessage, "send", _refuse)
        assert not mail_reminder(notice.pk, at=NOON)
    notice.refresh_from_db()
    assert (notice.mail_error, notice.next_attempt_at) == ("no route", NOON + timedelta(minutes=5))
    assert list(DunningNotice.objects.failing()) == [notice]
    assert not mail_reminder(notice.pk, at=NOON)
    assert mail_reminder(notice.pk, at=NOON + timedelta(minutes=5))
    assert not DunningNotice.objects.failing().exists()


def _refuse(*_args: object, **_kwargs: object) -> None:
    raise OSError("no route")


def test_what_a_letter_said_never_changes() -> None:
    notice = remind(make_invoice(make_client(language="de")))[0]
    before = render_letter(notice)
    acts: list[Callable[[], object]] = [
        lambda: DunningNotice.objects.update(body="something else"),
        lambda: DunningItem.objects.update(amount=1),
        lambda: DunningNotice.objects.all()._raw_delete("default"),
    ]
    for act in acts:
        with pytest.raises(InternalError), transaction.atomic():
            act()
    assert render_letter(DunningNotice.objects.get()) == before


@pytest.mark.django_db(transaction=True)
def test_two_people_reminding_at_once_send_one_letter() -> None:
    invoice = make_invoice()

    def one(_n: int) -> str:
        try:
            return f"level {remind(invoice)[0].level}"
        except ValidationError as refused:
            return str(refused.code)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        outcomes = sorted(pool.map(one, range(4)))
    assert outcomes == ["dunning_not_due", "dunning_not_due", "dunning_not_due", "level 1"]
