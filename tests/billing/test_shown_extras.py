"""Extras on the next invoice: a line of 0.00 with its value, once; back again when the document is gone."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from billing.documents.paper import paper_of
from billing.models import Invoice
from billing.services.credits import CreditKind, credit_invoice
from billing.services.drafting import draft_invoices, plan_drafts
from billing.services.drafts import delete_draft, remove_line
from billing.services.fees import draft_due_fees
from billing.services.issuing import issue_invoice
from clients.models import Client, Extra
from clients.services.extras import give_extra
from tests.billing.errors import code_of
from tests.make import Cast, make_client, make_user
from tests.make.invoices import make_series, make_work
from tests.make.retainers import make_retainer

pytestmark = pytest.mark.django_db
MARCH, NOON = date(2026, 3, 31), datetime(2026, 3, 31, 12, tzinfo=UTC)


def extra(client: Client, **kw: Any) -> Extra:
    fields = {"given_on": date(2026, 3, 5), "value": Decimal("200.00"), "currency": "EUR", "client_informed_at": NOON}
    row = Extra(client=client, name="Workshop", given_by=make_user(), **{**fields, **kw})
    return give_extra(row, at=NOON)


def draft(client: Client) -> Invoice:
    make_work(client, minutes=60)
    return draft_invoices(client, through=MARCH, by=None, on=MARCH).drafts[0]


def shown(invoice: Invoice) -> list[str]:
    return [line.description for line in invoice.lines.filter(kind="extra")]


def test_an_extra_stands_on_the_next_invoice_at_nothing_with_its_value() -> None:
    client = make_client(language="de")
    row = extra(client)
    make_work(client, minutes=60)
    planned = plan_drafts(client, through=MARCH).plans[0].lines
    assert [line.line.kind for line in planned] == ["time", "extra"]
    invoice = draft_invoices(client, through=MARCH, by=None, on=MARCH).drafts[0]
    assert (invoice.gross_amount, shown(invoice)) == (Decimal("150.00"), ["Zusatzleistung: Workshop"])
    small = paper_of(invoice).rows[-1].small[-1].replace("\xa0", " ").replace("\u202f", " ")
    assert small == "Wert 200,00 €, abzüglich 100 % Rabatt"
    row.refresh_from_db()
    assert row.invoiced_on == MARCH
    assert shown(draft(client)) == []


def test_what_the_client_was_not_told_of_and_another_currency_wait() -> None:
    client = make_client()
    extra(client, client_informed_at=None)
    extra(client, currency="USD")
    extra(client, given_on=date(2026, 4, 1))
    assert shown(draft(client)) == []


def test_an_extra_alone_makes_no_invoice() -> None:
    client = make_client()
    extra(client)
    with pytest.raises(ValidationError) as refused:
        draft_invoices(client, through=MARCH, by=None, on=MARCH)
    assert code_of(refused) == "nothing_to_invoice"


@pytest.mark.parametrize("gone", ["line", "draft", "credit"])
def test_it_waits_again_when_its_line_is_gone(gone: str, cast: Cast) -> None:
    client = make_client()
    extra(client)
    invoice = draft(client)
    make_series(invoice.seller)
    if gone == "line":
        remove_line(invoice.lines.get(kind="extra"))
    elif gone == "draft":
        delete_draft(invoice)
    else:
        issue_invoice(invoice, issued_on=MARCH, by=None, at=NOON)
        credit_invoice(invoice, kind=CreditKind.FULL, reason="wrong", issued_on=MARCH, by=cast.finance, at=NOON)
    assert Extra.objects.to_invoice().count() == 1
    assert shown(draft(client)) == ["Extra: Workshop"]


def test_the_invoice_of_a_retainer_shows_it_too() -> None:
    retainer = make_retainer()
    extra(retainer.client, currency=retainer.currency, given_on=retainer.starts_on)
    run = draft_due_fees(on=retainer.starts_on, at=NOON)
    assert len(run.drafts[0].lines.filter(kind="extra")) == 1
    assert run.drafts[0].lines.get(kind="retainer").retainer_period.retainer == retainer
