"""Fixed prices on invoices: once, with advances set off, by hand and in the invoice run."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client as Browser
from django.urls import reverse

from billing.models import Invoice, Offer, TimeEntry
from billing.reports.plans import to_draft
from billing.reports.wip import name_rows
from billing.services.approvals import approve_entries
from billing.services.credits import CreditKind, credit_invoice
from billing.services.drafting import draft_invoices, plan_drafts
from billing.services.drafts import delete_draft
from billing.services.fixed_offers import draft_fixed_offer, draft_offer_advance
from billing.services.invoice_runs import clients_to_draft, draft_all
from billing.services.issuing import issue_invoice
from billing.services.offers import Signer, close_offer, decide_offer, revise_offer, send_offer
from clients.models import Client
from crm.invariants import find_breaches
from tests.billing.errors import code_of
from tests.make import Cast, make_api, make_client, submitted
from tests.make.invoices import make_work
from tests.make.offers import SENT_AT, make_accepted_offer, make_sent_offer

pytestmark = pytest.mark.django_db
JULY = date(2026, 7, 1)


def fixed(client: Client | None = None, price: str = "1190.00", **kw: Any) -> Offer:
    return make_accepted_offer(client, basis="fixed", fixed_price=Decimal(price), hourly_rate=None, **kw)


def delivered(client: Client | None = None, price: str = "1190.00", **kw: Any) -> Offer:
    return close_offer(fixed(client, price, **kw), reason="delivered", on=JULY)


def issued(draft: Invoice) -> Invoice:
    return issue_invoice(draft, issued_on=JULY, by=None, at=SENT_AT)


def left(offer: Offer) -> list[Offer]:
    return list(Offer.objects.fixed_to_invoice().filter(pk=offer.pk))


def test_a_fixed_price_is_invoiced_once() -> None:
    offer = fixed()
    draft = draft_fixed_offer(offer, by=None, on=JULY)
    assert (draft.gross_amount, draft.net_amount) == (Decimal("1190.00"), Decimal("1000.00"))
    assert not left(offer)
    with pytest.raises(ValidationError) as refused:
        draft_fixed_offer(offer, by=None, on=JULY)
    assert code_of(refused) == "already_done"


def test_before_it_is_accepted_nothing_is_invoiced() -> None:
    offer = make_sent_offer(basis="fixed", fixed_price=Decimal("1190.00"), hourly_rate=None)
    for draft in (draft_fixed_offer, lambda row, **kw: draft_offer_advance(row, amount=Decimal(1), **kw)):
        with pytest.raises(ValidationError) as refused:
            draft(offer, by=None, on=JULY)
        assert code_of(refused) == "wrong_status"


def test_advances_are_set_off_on_the_last_invoice() -> None:
    offer = fixed()
    issued(draft_offer_advance(offer, amount=Decimal("476.00"), by=None, on=JULY))
    assert left(offer)[0].rest_amount == Decimal("714.00")
    last = issued(draft_fixed_offer(offer, by=None, on=JULY))
    assert [(line.kind, line.amount) for line in last.lines.order_by("position")] == [
        ("fixed", Decimal("1190.00")),
        ("set_off", Decimal("-476.00")),
    ]
    assert (last.net_amount, last.gross_amount) == (Decimal("600.00"), Decimal("714.00"))
    assert not left(offer)


def test_advances_are_never_more_than_the_price() -> None:
    offer = fixed()
    draft_offer_advance(offer, amount=Decimal("1000.00"), by=None, on=JULY)
    for amount in ("190.01", "0"):
        with pytest.raises(ValidationError) as refused:
            draft_offer_advance(offer, amount=Decimal(amount), by=None, on=JULY)
        assert refused.value.error_dict["amount"][0].code == "advance_too_much"
    draft_offer_advance(offer, amount=Decimal("190.00"), by=None, on=JULY)


def test_the_last_invoice_waits_for_an_advance_that_is_a_draft() -> None:
    offer = fixed()
    advance = draft_offer_advance(offer, amount=Decimal("100.00"), by=None, on=JULY)
    with pytest.raises(ValidationError) as refused:
        draft_fixed_offer(offer, by=None, on=JULY)
    assert code_of(refused) == "wrong_status"
    delete_draft(advance)
    assert draft_fixed_offer(offer, by=None, on=JULY).gross_amount == Decimal("1190.00")


def test_a_price_that_is_all_paid_ahead_ends_in_an_invoice_of_nothing_once() -> None:
    offer = fixed()
    issued(draft_offer_advance(offer, amount=Decimal("1190.00"), by=None, on=JULY))
    assert issued(draft_fixed_offer(offer, by=None, on=JULY)).gross_amount == 0
    assert not left(offer)
    with pytest.raises(ValidationError) as refused:
        draft_fixed_offer(offer, by=None, on=JULY)
    assert code_of(refused) == "already_done"


def test_a_full_credit_note_lets_the_price_be_invoiced_anew(cast: Cast) -> None:
    offer = fixed()
    invoice = issued(draft_fixed_offer(offer, by=None, on=JULY))
    credit_invoice(invoice, kind=CreditKind.FULL, reason="wrong", issued_on=JULY, by=cast.finance, at=SENT_AT)
    assert left(offer)[0].rest_amount == Decimal("1190.00")
    assert draft_fixed_offer(offer, by=None, on=JULY).gross_amount == Decimal("1190.00")


def work_under(offer: Offer, cast: Cast, minutes: int = 90, **kw: Any) -> TimeEntry:
    """Approved work that the fixed price pays for."""
    entry = submitted(offer.client, cast.consultant, minutes, offer=offer, **kw)
    return approve_entries([entry.pk], by=cast.partner, at=SENT_AT)[0]


def test_the_last_invoice_shows_the_hours_that_its_price_pays_for(cast: Cast) -> None:
    offer = fixed()
    entry = work_under(offer, cast, description="Racked it")
    waiting = submitted(offer.client, cast.consultant, 30, offer=offer)
    draft = draft_fixed_offer(offer, by=None, on=JULY)
    line = draft.lines.get()
    assert line.details["entries"] == [
        {"on": "2026-06-10", "who": str(cast.consultant), "minutes": 90, "text": "Racked it"}
    ]
    assert (line.quantity, line.amount) == (Decimal(1), Decimal("1190.00"))
    assert line.supplied_to == JULY
    issued(draft)
    entry.refresh_from_db()
    waiting.refresh_from_db()
    assert (entry.status, waiting.status) == ("invoiced", "submitted")


def test_hours_that_come_after_the_last_invoice_stand_at_nothing_on_the_next(cast: Cast) -> None:
    offer = fixed()
    issued(draft_fixed_offer(offer, by=None, on=JULY))
    late = work_under(offer, cast, 45)
    make_work(offer.client, minutes=60)
    line = draft_invoices(offer.client, through=JULY, by=None, on=JULY).drafts[0].lines.get(kind="included")
    assert (line.amount, line.description) == (Decimal(0), "Second server: within the fixed price")
    assert line.billed.get().entry == late


def test_hours_of_a_price_that_is_to_come_wait_for_it(cast: Cast) -> None:
    offer = fixed()
    work_under(offer, cast)
    make_work(offer.client, minutes=60)
    drafted = draft_invoices(offer.client, through=JULY, by=None, on=JULY)
    assert not drafted.drafts[0].lines.filter(kind="included").exists()
    assert len(draft_fixed_offer(offer, by=None, on=JULY).lines.get().details["entries"]) == 1


def test_hours_of_an_earlier_version_stand_on_the_last_invoice_too(cast: Cast) -> None:
    offer = fixed()
    work_under(offer, cast)
    revision = revise_offer(offer, by=cast.partner, valid_until=date(2026, 7, 31))
    second = decide_offer(send_offer(revision, at=SENT_AT), accepted=True, signer=Signer("Petra"), at=SENT_AT)
    assert len(draft_fixed_offer(second, by=None, on=JULY).lines.get().details["entries"]) == 1


def test_a_deleted_draft_and_a_full_credit_set_the_hours_free_for_the_next(cast: Cast) -> None:
    offer = fixed()
    entry = work_under(offer, cast)
    delete_draft(draft_fixed_offer(offer, by=None, on=JULY))
    invoice = issued(draft_fixed_offer(offer, by=None, on=JULY))
    credit_invoice(invoice, kind=CreditKind.FULL, reason="wrong", issued_on=JULY, by=cast.finance, at=SENT_AT)
    entry.refresh_from_db()
    assert entry.status == "approved"
    assert draft_fixed_offer(offer, by=None, on=JULY).lines.get().billed.get().entry == entry
    assert not list(find_breaches())


def test_a_revised_price_adds_its_rest_only(cast: Cast) -> None:
    offer = fixed()
    draft_fixed_offer(offer, by=None, on=JULY)
    revision = revise_offer(offer, by=cast.partner, valid_until=date(2026, 7, 31))
    Offer.objects.filter(pk=revision.pk).update(fixed_price=Decimal("1428.00"))
    revision.refresh_from_db()
    second = decide_offer(send_offer(revision, at=SENT_AT), accepted=True, signer=Signer("Petra"), at=SENT_AT)
    assert draft_fixed_offer(second, by=None, on=JULY).gross_amount == Decimal("238.00")
    assert not left(second)


def test_the_preview_of_a_run_leaves_out_what_the_run_leaves_out(cast: Cast) -> None:
    offer = delivered()
    advance = draft_offer_advance(offer, amount=Decimal("100.00"), by=None, on=JULY)
    assert not to_draft(cast.finance, through=JULY)
    delete_draft(advance)
    assert [row.amount for row in to_draft(cast.finance, through=JULY).values()] == [Decimal("1190.00")]


def test_the_invoice_run_takes_what_is_delivered_and_nothing_else(cast: Cast) -> None:
    done, going = delivered(), fixed()
    close_offer(going, reason="closed_by_client", on=JULY)
    assert list(clients_to_draft(through=JULY)) == [done.client]
    assert not clients_to_draft(through=date(2026, 6, 30))
    rows = name_rows(to_draft(cast.finance, through=JULY))
    assert [(row.client, row.waiting.others, row.waiting.amount) for row in rows] == [
        (done.client, 1, Decimal("1190.00"))
    ]
    assert draft_all(through=JULY, on=JULY, by=None, tell=lambda *_words: None) == 1
    draft = Invoice.objects.get()
    assert (draft.client, draft.gross_amount, draft.engagement) == (
        done.client,
        Decimal("1190.00"),
        done.engagements.get(),
    )
    assert draft_all(through=JULY, on=JULY, by=None, tell=lambda *_words: None) == 0


def test_work_and_a_delivered_price_stand_on_one_draft_with_the_advance_set_off() -> None:
    client = make_client()
    offer = fixed(client)
    issued(draft_offer_advance(offer, amount=Decimal("190.00"), by=None, on=JULY))
    close_offer(offer, reason="delivered", on=JULY)
    make_work(client, minutes=60)
    planned = plan_drafts(client, through=JULY).plans
    assert [line.line.kind for line in planned[0].lines] == ["time", "fixed", "set_off"]
    draft = draft_invoices(client, through=JULY, by=None, on=JULY).drafts[0]
    assert draft.gross_amount == Decimal("1150.00")


def test_offer_invoice_finance_drafts_an_advance_and_the_rest(client: Browser, cast: Cast) -> None:
    offer = fixed()
    client.force_login(cast.finance)
    url = reverse("billing:offer_invoice", args=[offer.pk])
    assert url in client.get(reverse("billing:wip_list")).content.decode()
    assert client.post(url, {"what": "advance"}).status_code == 422
    answer = client.post(url, {"what": "advance", "amount": "476.00"})
    advance = Invoice.objects.get()
    assert answer.url == reverse("billing:invoice_detail", args=[advance.pk])  # type: ignore[attr-defined]
    issued(advance)
    client.post(url, {"what": "rest"})
    assert Invoice.objects.drafts().get().gross_amount == Decimal("714.00")
    shown = client.get(reverse("billing:offer_detail", args=[offer.pk])).content.decode()
    assert str(advance) in shown or advance.number in shown
    assert "all invoiced" in shown


def test_offer_invoice_the_lead_drafts_and_stays_on_the_offer(client: Browser, cast: Cast) -> None:
    offer = fixed(lead=cast.consultant)
    client.force_login(cast.consultant)
    answer = client.post(reverse("billing:offer_invoice", args=[offer.pk]), {"what": "rest"})
    assert answer.url == reverse("billing:offer_detail", args=[offer.pk])  # type: ignore[attr-defined]
    client.force_login(cast.outsider)
    assert client.get(reverse("billing:offer_invoice", args=[offer.pk])).status_code == 404


def test_the_api_drafts_it_and_lists_what_waits(cast: Cast) -> None:
    offer, finance = fixed(), make_api(cast.finance)
    fixed_url = f"/api/v1/offers/{offer.pk}/invoice/"
    assert [row["id"] for row in finance.get("/api/v1/offers/?to_invoice=true").json()["results"]] == [offer.pk]
    assert finance.post(fixed_url, {"kind": "advance"}).status_code == 400
    made = finance.post(fixed_url, {"kind": "rest"})
    assert (made.status_code, made.json()["gross_amount"]) == (201, "1190.00")
    assert finance.post(fixed_url, {}).status_code == 409
    assert finance.get("/api/v1/offers/?to_invoice=true").json()["results"] == []
    assert make_api(cast.manager).post(fixed_url, {}).status_code in (403, 404)
