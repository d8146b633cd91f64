"""Invoices through the API: drafted, written, issued, credited, printed; what is refused and who sees what."""

from datetime import date
from typing import Any

import pytest
from django.utils import timezone

from billing.models import DocumentFile, Invoice, PeriodLock, TimeEntry
from clients.models import Client, Seller
from tests.billing.test_api_time import alfa
from tests.make import Cast, make_api, make_client, make_engagement, make_package, make_seller, submitted
from tests.make.invoices import make_draft, make_invoice, make_series, make_work
from tests.statements import counted

__all__ = ["alfa"]
URL, NOTES = "/api/v1/invoices/", "/api/v1/credit-notes/"
MARCH = date(2026, 3, 31)


def codes(response: Any) -> list[tuple[str, str | None]]:
    return [(error["code"], error["attr"]) for error in response.json()["errors"]]


def test_ten_hours_at_a_gross_price_are_taxed_once(cast: Cast, alfa: Client) -> None:
    entry = make_work(alfa)
    response = make_api(cast.finance).post(f"{URL}draft/", {"client": alfa.pk, "through": "2026-03-31"})
    assert response.status_code == 201, response.json()
    (draft,) = response.json()["drafts"]
    assert (draft["net_amount"], draft["vat_amount"], draft["gross_amount"]) == ("1260.50", "239.50", "1500.00")
    assert (draft["status"], draft["state"], draft["number"]) == ("draft", "draft", "")
    (line,) = draft["lines"]
    assert (line["quantity"], line["unit"], line["unit_price"], line["net_amount"]) == (
        "10.0000",
        "HUR",
        "150.00",
        "1260.50",
    )
    assert (line["vat_rate"], line["vat_category"], line["entries"]) == ("19.00", "S", [entry.pk])
    assert draft["vat"] == [{"rate": "19.00", "category": "S", "net_amount": "1260.50", "vat_amount": "239.50"}]


def test_what_stays_behind_is_named_with_its_reason(cast: Cast, alfa: Client) -> None:
    make_work(alfa)
    waiting = submitted(alfa, cast.consultant, worked_on=date(2026, 3, 20))
    api = make_api(cast.finance)
    answer = api.post(f"{URL}draft/", {"client": alfa.pk, "through": "2026-03-31"}).json()
    assert answer["skipped"] == [{"entry": waiting.pk, "reason": "not_approved"}]
    again = api.post(f"{URL}draft/", {"client": alfa.pk, "through": "2026-03-31"})
    assert (again.status_code, codes(again)) == (409, [("nothing_to_invoice", None)])


@pytest.mark.parametrize(
    ("wrong", "attr"),
    [
        ({"client": 10**12}, "client"),
        ({"client": "x"}, "client"),
        ({"through": "31.03.2026"}, "through"),
        ({"through": None}, "through"),
        ({"grouping": "colour"}, "grouping"),
        ({"engagement": 10**12}, "engagement"),
    ],
)
def test_a_wrong_request_for_a_draft_names_its_field(
    cast: Cast, alfa: Client, wrong: dict[str, Any], attr: str
) -> None:
    make_work(alfa)
    response = make_api(cast.finance).post(f"{URL}draft/", {"client": alfa.pk, "through": "2026-03-31", **wrong})
    assert (response.status_code, [attr for _code, attr in codes(response)]) == (400, [attr])


def test_a_foreign_engagement_is_refused(cast: Cast, alfa: Client) -> None:
    make_work(alfa)
    body = {"client": alfa.pk, "through": "2026-03-31", "engagement": make_engagement().pk}
    response = make_api(cast.finance).post(f"{URL}draft/", body)
    assert (response.status_code, codes(response)) == (400, [("engagement_foreign", "engagement")])


def test_a_draft_by_hand_gets_lines_and_texts_and_can_be_dropped(cast: Cast, alfa: Client) -> None:
    api = make_api(cast.finance)
    made = api.post(URL, {"client": alfa.pk, "notes": "Thank you", "external_source": "erp", "external_id": "7"})
    assert made.status_code == 201, made.json()
    draft, url = made.json(), f"{URL}{made.json()['id']}/"
    assert (draft["currency"], draft["price_includes_tax"], draft["external_id"]) == ("EUR", True, "7")
    line = {"description": "Licence", "kind": "licence", "quantity": "2", "unit": "C62", "unit_price": "59.50"}
    added = api.post(f"{url}lines/", line)
    assert (added.status_code, added.json()["gross_amount"], added.json()["net_amount"]) == (201, "119.00", "100.00")
    number = added.json()["lines"][0]["id"]
    changed = api.patch(f"{url}lines/{number}/", {"quantity": "1", "description": "One licence"}).json()
    assert (changed["gross_amount"], changed["lines"][0]["description"]) == ("59.50", "One licence")
    assert api.patch(url, {"notes": "Thanks"}).json()["notes"] == "Thanks"
    assert codes(api.patch(url, {"client": make_client().pk})) == [("made_once", "client")]
    assert codes(api.post(URL, {"client": alfa.pk, "external_source": "erp", "external_id": "7"})) == [
        ("external_id_taken", "external_id")
    ]
    assert api.delete(f"{url}lines/{number}/").json()["lines"] == []
    assert api.delete(f"{url}lines/{number}/").status_code == 404
    assert (api.delete(url).status_code, api.get(url).status_code) == (204, 404)


@pytest.mark.parametrize(
    ("wrong", "code", "attr"),
    [
        ({"quantity": 1.5}, "float", "quantity"),
        ({"quantity": "much"}, "invalid", "quantity"),
        ({"unit_price": "1.23456"}, "max_decimal_places", "unit_price"),
        ({"unit_price": "1e400"}, "max_digits", "unit_price"),
        ({"kind": "prepaid"}, "invalid_choice", "kind"),
        ({"kind": "discount"}, "discount_positive", "unit_price"),
        ({"unit": "XXX"}, "invalid_choice", "unit"),
        ({"vat": "X"}, "invalid_choice", "vat"),
        ({"description": ""}, "blank", "description"),
        ({"description": "a\0b"}, "null_characters_not_allowed", "description"),
        ({"description": "x" * 2_000_000}, "max_length", "description"),
        ({"supplied_on": "tomorrow"}, "invalid", "supplied_on"),
        ({"cost": "-1"}, "min_value", "cost"),
    ],
)
def test_a_wrong_line_names_its_field(cast: Cast, wrong: dict[str, Any], code: str, attr: str) -> None:
    draft = make_draft()
    line = {"description": "Licence", "quantity": "1", "unit_price": "10.00", **wrong}
    response = make_api(cast.finance).post(f"{URL}{draft.pk}/lines/", line)
    assert (response.status_code, codes(response)) == (400, [(code, attr)])


def test_markup_and_formulas_stay_text(cast: Cast) -> None:
    text = "<script>alert(1)</script> =SUM(A1)"
    response = make_api(cast.finance).post(
        f"{URL}{make_draft().pk}/lines/", {"description": text, "quantity": "1", "unit_price": "10.00"}
    )
    assert response.json()["lines"][1]["description"] == text


def test_an_issued_invoice_has_a_number_and_never_changes(cast: Cast) -> None:
    draft = make_draft()
    api, url = make_api(cast.finance), f"{URL}{draft.pk}/"
    issued = api.post(f"{url}issue/", {"issued_on": "2026-03-31"}).json()
    assert (issued["number"], issued["status"], issued["issued_on"]) == ("2026-0001", "issued", "2026-03-31")
    assert (issued["balance_amount"], issued["due_on"]) == ("1500.00", "2026-04-14")
    line = {"description": "More", "quantity": "1", "unit_price": "10.00"}
    for refused in (
        api.post(f"{url}issue/", {"issued_on": "2026-03-31"}),
        api.post(f"{url}lines/", line),
        api.patch(f"{url}lines/{issued['lines'][0]['id']}/", {"description": "Less"}),
        api.delete(f"{url}lines/{issued['lines'][0]['id']}/"),
        api.patch(url, {"notes": "Late"}),
        api.delete(url),
    ):
        assert (refused.status_code, codes(refused)) == (409, [("wrong_status", None)])
    assert api.get(url).json() == issued


def test_numbers_follow_the_days(cast: Cast) -> None:
    client = make_client()
    make_invoice(client)
    draft = make_draft(client)
    api = make_api(cast.finance)
    early = api.post(f"{URL}{draft.pk}/issue/", {"issued_on": "2026-03-30"})
    assert (early.status_code, codes(early)) == (409, [("number_order", None)])
    PeriodLock.objects.create(
        kind="documents",
        seller=draft.seller,
        locked_until_on=date(2026, 4, 30),
        made_by=cast.finance,
        created_at="2026-05-01T00:00:00Z",
    )
    closed = api.post(f"{URL}{draft.pk}/issue/", {"issued_on": "2026-04-01"})
    assert (closed.status_code, codes(closed)) == (409, [("period_locked", None)])


def test_an_empty_draft_has_nothing_to_invoice(cast: Cast, alfa: Client) -> None:
    make_series(make_seller())
    api = make_api(cast.finance)
    number = api.post(URL, {"client": alfa.pk}).json()["id"]
    refused = api.post(f"{URL}{number}/issue/", {})
    assert (refused.status_code, codes(refused)) == (409, [("nothing_to_invoice", None)])


def test_a_credit_note_is_answered_and_listed_apart(cast: Cast) -> None:
    invoice = make_invoice()
    api, url = make_api(cast.finance), f"{URL}{invoice.pk}/"
    body = {"kind": "full", "reason": "wrong client", "issued_on": "2026-04-01"}
    note = api.post(f"{url}credit/", body)
    assert note.status_code == 201, note.json()
    shown = note.json()
    assert (shown["number"], shown["corrects"], shown["gross_amount"]) == ("K-2026-0001", invoice.pk, "1500.00")
    assert (api.get(url).json()["state"], api.get(url).json()["balance_amount"]) == ("credited", "0.00")
    assert api.get(f"{NOTES}{shown['id']}/").json() == shown
    assert api.get(f"{URL}{shown['id']}/").status_code == 404
    assert [row["id"] for row in api.get(NOTES).json()["results"]] == [shown["id"]]
    assert set(TimeEntry.objects.values_list("status", flat=True)) == {"approved"}
    again = api.post(f"{url}credit/", body)
    assert (again.status_code, codes(again)) == (409, [("already_done", None)])


def test_a_part_is_credited_by_its_line_and_never_too_much(cast: Cast) -> None:
    invoice = make_invoice()
    line = invoice.lines.get()
    api, url = make_api(cast.finance), f"{URL}{invoice.pk}/credit/"
    body: dict[str, Any] = {"kind": "goodwill", "reason": "a courtesy", "issued_on": "2026-04-01"}
    assert codes(api.post(url, body)) == [("required", "lines")]
    assert codes(api.post(url, {**body, "lines": [{"line": 10**9, "amount": "1.00"}]})) == [("invalid", "lines")]
    assert codes(api.post(url, {**body, "lines": [{"line": line.pk, "amount": 1.5}]})) == [("float", "lines.0.amount")]
    too_much = api.post(url, {**body, "lines": [{"line": line.pk, "amount": "1500.01"}]})
    assert (too_much.status_code, codes(too_much)) == (400, [("credit_too_much", "lines")])
    note = api.post(url, {**body, "lines": [{"line": line.pk, "amount": "150.00"}]}).json()
    assert (note["net_amount"], note["vat_amount"]) == ("126.05", "23.95")
    assert codes(api.post(url, {**body, "kind": "gift"})) == [("invalid_choice", "kind")]


def test_the_paper_of_an_invoice_is_a_pdf(cast: Cast) -> None:
    invoice = make_invoice()
    response = make_api(cast.finance).get(f"{URL}{invoice.pk}/pdf/")
    assert response.headers["Content-Type"] == "application/pdf"
    assert "2026-0001" in response.headers["Content-Disposition"]
    assert response.content.startswith(b"%PDF")
    assert DocumentFile.objects.filter(invoice=invoice).count() <= 1
    assert make_api(cast.consultant).get(f"{URL}{invoice.pk}/pdf/").status_code == 404


def test_account_managers_read_invoices_of_own_clients_and_write_none(cast: Cast, alfa: Client) -> None:
    own, foreign = make_invoice(alfa), make_invoice()
    api = make_api(cast.manager)
    assert api.get(f"{URL}{own.pk}/").json()["gross_amount"] == "1500.00"
    assert api.get(f"{URL}{foreign.pk}/").status_code == 404
    for act in ("issue", "credit", "lines", "write-off"):
        assert api.post(f"{URL}{own.pk}/{act}/", {}).status_code == 403
    assert [row["id"] for row in api.get(URL).json()["results"]] == [own.pk]


def test_a_consultant_prepares_a_draft_and_sees_prices_only_where_allowed(cast: Cast, alfa: Client) -> None:
    make_work(alfa)
    api = make_api(cast.consultant)
    body = {"client": alfa.pk, "through": "2026-03-31"}
    assert api.get(URL).status_code == 403
    (draft,) = api.post(f"{URL}draft/", body).json()["drafts"]
    assert draft["gross_amount"] == "1500.00"
    Invoice.objects.get().delete()
    TimeEntry.objects.get().coverages.update(is_billed=False)
    Seller.objects.update(consultants_see_rates=False)
    (draft,) = api.post(f"{URL}draft/", body).json()["drafts"]
    assert (draft["gross_amount"], draft["lines"], draft["status"]) == (None, None, "draft")
    assert api.post(f"{URL}draft/", {**body, "client": make_client().pk}).json()["errors"][0]["attr"] == "client"


def test_states_are_computed_and_filterable(cast: Cast) -> None:
    draft, issued = make_draft(), make_invoice()
    api = make_api(cast.finance)

    def found(query: str) -> list[int]:
        return sorted(row["id"] for row in api.get(f"{URL}?{query}").json()["results"])

    assert found("status=draft") == [draft.pk]
    assert found("status=issued") == [issued.pk]
    assert found("status=overdue") == [issued.pk]
    assert found("status=issued&status=draft") == [draft.pk, issued.pk]
    assert found("status=paid") == []
    assert found(f"search={issued.number}") == [issued.pk]
    assert found("state=overdue") == [issued.pk]
    assert found("state=draft&state=unpaid") == [draft.pk]
    assert found("ordering=-balance_amount") == [draft.pk, issued.pk]
    assert api.get(f"{URL}?status=lost").status_code == 400
    assert api.get(f"{URL}?ordering=colour").status_code == 400


def test_every_computed_state_is_found_by_its_name(cast: Cast, alfa: Client) -> None:
    """`status` finds all to which the state applies, `state` those that show it."""
    api, today = make_api(cast.finance), timezone.localdate()
    paid, part, credited, given_up = (make_invoice(alfa) for _number in range(4))
    for invoice, amount in ((paid, "1500.00"), (part, "100.00")):
        settled = [{"invoice": invoice.pk, "amount": amount}]
        received = {"amount": amount, "received_on": today.isoformat(), "allocations": settled}
        assert api.post("/api/v1/payments/", {"client": alfa.pk, **received}).status_code == 201
    api.post(f"{URL}{credited.pk}/credit/", {"kind": "full", "reason": "By mistake"})
    asked = api.post(f"{URL}{given_up.pk}/write-off/", {"amount": "1500.00", "reason": "Insolvent"}).json()
    done = make_api(cast.partner).post(f"/api/v1/write-off-requests/{asked['id']}/approve/", {})
    assert done.status_code == 200, done.json()

    def found(query: str) -> list[int]:
        return [row["id"] for row in api.get(f"{URL}?ordering=number&{query}").json()["results"]]

    states = {"paid": paid, "part_paid": part, "credited": credited, "written_off": given_up, "overdue": part}
    assert {state: found(f"status={state}") for state in states} == {name: [row.pk] for name, row in states.items()}
    shown = {row["id"]: row["state"] for row in api.get(URL).json()["results"]}
    assert shown == {paid.pk: "paid", part.pk: "overdue", credited.pk: "credited", given_up.pk: "written_off"}
    assert {pk: found(f"state={state}") for pk, state in shown.items()} == {pk: [pk] for pk in shown}
    assert found("state=part_paid") == []


def test_a_list_takes_the_same_statements_whatever_its_length(cast: Cast, alfa: Client) -> None:
    api, taken = make_api(cast.manager), set()
    api.get(URL)
    for count in (3, 12):
        while Invoice.objects.count() < count:
            make_invoice(alfa)
        with counted() as statements:
            assert len(api.get(f"{URL}?page_size=500").json()["results"]) == count
        taken.add(len(statements))
    assert taken == {7}  # token, count, rows, lines, their work, free work, VAT


def test_changes_and_deletions_are_told_to_integrations(cast: Cast) -> None:
    draft = make_draft()
    api = make_api(cast.finance)
    since = api.get(f"{URL}{draft.pk}/").json()["updated_at"]
    issued = make_invoice()
    api.delete(f"{URL}{draft.pk}/")
    rows = api.get(URL, {"updated_after": since}).json()["results"]
    assert [row["id"] for row in rows] == [issued.pk, draft.pk]
    assert "deleted_at" in rows[-1]


def test_the_same_key_issues_once(cast: Cast) -> None:
    draft = make_draft()
    api, url = make_api(cast.finance), f"{URL}{draft.pk}/issue/"
    body = {"issued_on": "2026-03-31"}
    first = api.post(url, body, HTTP_IDEMPOTENCY_KEY="a")
    again = api.post(url, body, HTTP_IDEMPOTENCY_KEY="a")
    assert (first.status_code, again.status_code, first.json()) == (200, 200, again.json())
    other = api.post(url, {"issued_on": "2026-04-01"}, HTTP_IDEMPOTENCY_KEY="a")
    assert codes(other) == [("idempotency_mismatch", None)]


def test_prepaid_hours_stand_on_the_draft_at_nothing(cast: Cast, alfa: Client) -> None:
    package = make_package(alfa, draw_on_log=True)
    make_work(alfa, worked_on=date(2026, 6, 1))
    prepaid = make_api(cast.consultant).post(
        "/api/v1/time-entries/", {"client": alfa.pk, "worked_on": "2026-06-10", "minutes": 60}
    )
    (draft,) = (
        make_api(cast.finance).post(f"{URL}draft/", {"client": alfa.pk, "through": "2026-06-30"}).json()["drafts"]
    )
    line = next(line for line in draft["lines"] if line["kind"] == "prepaid")
    assert (line["amount"], line["description"], line["entries"]) == ("0.00", package.name, [prepaid.json()["id"]])
