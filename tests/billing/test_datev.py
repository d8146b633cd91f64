"""DATEV exports of real documents: accounts by case, sides, reversals, debtors, settings and their checks."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client as Browser
from django.urls import reverse

from billing.exports.batches import Asked, make_batch
from billing.models import DatevSettings, DebtorAccount, ExportBatch, Invoice, InvoiceLine
from billing.rules.datev import Case
from billing.rules.datev_check import fields_of, find_faults
from billing.rules.vat import RateKind
from billing.services.advances import set_off_advances
from billing.services.credits import CreditKind, CreditLine, credit_invoice
from billing.services.datev_settings import accounts_of, keep_datev_settings
from billing.services.drafts import DraftTerms, HandLine, add_hand_line, open_draft
from billing.services.issuing import issue_invoice
from clients.models import Client, Seller
from tests.make import Cast, make_api, make_client, make_seller, make_user
from tests.make.invoices import make_invoice, make_rate_of, make_series

pytestmark = pytest.mark.django_db
AT = datetime(2026, 4, 2, 9, tzinfo=UTC)
ON = date(2026, 3, 31)


def make_settings(seller: Seller | None = None, **fields: Any) -> DatevSettings:
    settings = DatevSettings(
        seller=seller or make_seller(), **{"adviser_number": 29098, "client_number": 55003, "initials": "MR", **fields}
    )
    return keep_datev_settings(settings, accounts=accounts_of(settings))


def made(form: str = "datev", **changes: Any) -> ExportBatch:
    period = {"first": date(2026, 3, 1), "last": ON, "seller": make_seller()}
    return make_batch(Asked(**{"format": form, **period, **changes}), by=make_user(), at=AT)[0]


def rows_of(batch: ExportBatch) -> list[list[str]]:
    content = bytes(batch.file.content)
    assert find_faults(content) == []
    return [fields_of(line) for line in content.decode("cp1252").split("\r\n")[2:-1]]


def told(batch: ExportBatch) -> list[tuple[str, ...]]:
    """Amount, side, debtor, account and reversal of each booking."""
    return [(row[0], row[1].strip('"'), row[6], row[7], row[117].strip('"')) for row in rows_of(batch)]


def drafted(client: Client, *lines: tuple[InvoiceLine.Kind, str], vat: RateKind = RateKind.STANDARD) -> Invoice:
    seller = client.default_seller
    assert seller is not None
    make_series(seller)
    draft = open_draft(
        DraftTerms(client=client, seller=seller, currency="EUR", price_includes_tax=True), by=None, on=ON
    )
    common = {"description": "Something", "quantity": Decimal(1), "unit": "C62", "vat": vat}
    for kind, price in lines:
        add_hand_line(draft, HandLine(kind=kind, unit_price=Decimal(price), **common), on=ON)  # type: ignore[arg-type]
    return draft


def by_hand(client: Client, *lines: tuple[InvoiceLine.Kind, str], vat: RateKind = RateKind.STANDARD) -> Invoice:
    return issue_invoice(drafted(client, *lines, vat=vat), issued_on=ON, by=None, at=AT)


def set_off(client: Client, price: str, *, vat: RateKind = RateKind.STANDARD) -> Invoice:
    """A final invoice of that price, less the client's open advances."""
    final = drafted(client, (InvoiceLine.Kind.FIXED, price), vat=vat)
    set_off_advances(final)
    return issue_invoice(final, issued_on=ON, by=None, at=AT)


def test_an_invoice_is_booked_gross_on_its_debtor_against_revenue() -> None:
    make_settings()
    invoice = make_invoice(make_client(legal_name="Müller & Söhne KG"))
    row = rows_of(made())[0]
    assert (row[0], row[1], row[6], row[7], row[9]) == ("1500,00", '"S"', "10000", "8400", "3103")
    assert (row[10], row[13]) == (f'"{invoice.number}"', f'"{invoice.number} Müller & Söhne KG"')
    assert row[114] == row[115] == f"{invoice.supply_to:%d%m%Y}"


def test_a_part_that_is_credited_goes_to_the_other_side_and_a_full_one_reverses() -> None:
    make_settings()
    client = make_client()
    part, whole = make_invoice(client), make_invoice(client)
    line = CreditLine(line_id=part.lines.get().pk, amount=Decimal("300.00"))
    by = make_user()
    credit_invoice(part, kind=CreditKind.GOODWILL, reason="late", issued_on=ON, by=by, at=AT, lines=[line])
    credit_invoice(whole, kind=CreditKind.FULL, reason="wrong", issued_on=ON, by=by, at=AT)
    rows = told(made())
    assert ("300,00", "H", "10000", "8400", "") in rows
    assert ("1500,00", "S", "10000", "8400", "1") in rows


def test_a_buyer_abroad_has_its_own_account_and_vat_id() -> None:
    make_settings()
    make_invoice(make_client(country="AT", vat_id="ATU13585627", default_seller=make_seller()))
    row = rows_of(made())[0]
    assert (row[0], row[7], row[39]) == ("1260,50", "8336", '"ATU13585627"')


def test_a_document_in_another_currency_is_booked_in_euros() -> None:
    make_settings()
    make_rate_of("EUR", "USD", "1.25", on=ON)
    make_invoice(make_client(currency="USD"), currency="USD")
    row = rows_of(made())[0]
    assert (row[0], row[2]) == ("1200,00", '"EUR"')
    assert "1500.00 USD" in row[13]


def test_advances_have_an_account_of_their_own() -> None:
    make_settings()
    by_hand(make_client(), (InvoiceLine.Kind.ADVANCE, "7500.00"), (InvoiceLine.Kind.FIXED, "119.00"))
    assert {(row[0], row[3]) for row in told(made())} == {("7500,00", "1718"), ("119,00", "8400")}


def test_a_final_invoice_books_all_revenue_and_takes_its_advance_off_the_account_of_advances() -> None:
    make_settings()
    client = make_client()
    advance = by_hand(client, (InvoiceLine.Kind.ADVANCE, "7500.00"))
    final = set_off(client, "7800.00")
    rows = {(row[10].strip('"'), row[0], row[1].strip('"'), row[6], row[7]) for row in rows_of(made())}
    assert rows == {
        (advance.number, "7500,00", "S", "10000", "1718"),
        (final.number, "7800,00", "S", "10000", "8400"),
        (final.number, "7500,00", "H", "10000", "1718"),
    }
    by = make_user()
    credit_invoice(final, kind=CreditKind.FULL, reason="wrong", issued_on=ON, by=by, at=AT)
    reversed_rows = {row for row in told(made(reason="again")) if row[4]}
    assert reversed_rows == {("7800,00", "S", "10000", "8400", "1"), ("7500,00", "H", "10000", "1718", "1")}


def test_a_set_off_at_the_reduced_rate_leaves_the_account_of_its_advance() -> None:
    make_settings(chart="04")
    client = make_client()
    by_hand(client, (InvoiceLine.Kind.ADVANCE, "107.00"), vat=RateKind.REDUCED)
    set_off(client, "214.00", vat=RateKind.REDUCED)
    assert {(row[0], row[1], row[3]) for row in told(made())} == {
        ("107,00", "S", "3260"),
        ("214,00", "S", "4300"),
        ("107,00", "H", "3260"),
    }


def test_debtors_come_from_the_card_or_in_order_and_stay() -> None:
    settings = make_settings()
    named, other, double = make_client(debtor_account="12345"), make_client(), make_client(debtor_account="12345")
    for client in (named, other, double):
        make_invoice(client)
    made()
    numbers = dict(settings.debtors.values_list("client", "number"))
    assert numbers == {named.pk: 12345, other.pk: 10000, double.pk: 10001}
    assert [row[0] for row in rows_of(made("datev_debtors"))] == ["10000", "10001", "12345"]


def test_a_period_lies_in_one_fiscal_year() -> None:
    make_settings(year_starts_in=7)
    make_invoice()
    with pytest.raises(ValidationError) as refused:
        made(first=date(2026, 3, 1), last=date(2026, 7, 31))
    assert refused.value.error_dict["to"][0].code == "crosses_year"
    assert not DebtorAccount.objects.exists()


def test_without_settings_the_format_says_what_is_missing() -> None:
    make_invoice()
    with pytest.raises(ValidationError) as refused:
        made()
    assert refused.value.error_list[0].code == "not_ready"


def test_a_russian_company_has_no_such_format() -> None:
    with pytest.raises(ValidationError) as refused:
        made(seller=make_seller("RU"))
    assert refused.value.error_dict["seller"][0].code == "wrong_country"


def test_a_refused_file_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    make_settings()
    make_invoice()
    monkeypatch.setattr("billing.exports.datev.find_faults", lambda _content: ["line 3, Umsatz: 1.00"])
    with pytest.raises(ValidationError) as refused:
        made()
    assert "line 3, Umsatz" in refused.value.messages[0]
    assert not ExportBatch.objects.exists()
    assert not DebtorAccount.objects.exists()


def filled(**changes: str) -> dict[str, str]:
    numbers = {"adviser_number": "29098", "client_number": "55003", "initials": "MR", "year_starts_in": "1"}
    books = {"chart": "04", "account_length": "4", "first_debtor": "10000"}
    accounts = {f"account_{case}": "4400" for case in Case} | {f"key_{case}": "" for case in Case}
    return {**numbers, **books, **accounts, **changes}


def test_datev_settings_keep_numbers_and_accounts(finance: Browser) -> None:
    seller = make_seller()
    url = reverse("billing:datev_settings", args=[seller.pk])
    assert finance.get(url).context["form"]["account_standard"].initial == "8400"
    assert finance.post(url, filled(account_reduced="4310", key_reduced="8")).status_code == 302
    kept = DatevSettings.objects.get()
    assert (kept.chart, accounts_of(kept)[Case.REDUCED]) == ("04", ("4310", "8"))


def test_a_huge_length_of_accounts_is_refused_at_once(finance: Browser) -> None:
    url = reverse("billing:datev_settings", args=[make_seller().pk])
    refused = finance.post(url, filled(account_length="999999999"))
    assert refused.status_code == 422
    assert "account_length" in refused.context["form"].errors


@pytest.mark.parametrize(("account", "case"), [("4400", "standard"), ("4300", "reduced"), ("4400", "package")])
def test_a_key_on_an_account_that_reckons_vat_by_itself_is_refused(finance: Browser, account: str, case: str) -> None:
    url = reverse("billing:datev_settings", args=[make_seller().pk])
    refused = finance.post(url, filled(**{f"account_{case}": account, f"key_{case}": "3"}))
    assert refused.status_code == 422
    assert [*refused.context["form"].errors] == [f"key_{case}"]
    assert not DatevSettings.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"adviser_number": "1000"},
        {"client_number": "0"},
        {"initials": "m"},
        {"account_standard": "84000"},
        {"key_standard": "x"},
        {"first_debtor": "70000"},
        {"account_length": "9"},
    ],
)
def test_datev_settings_refuse_what_datev_would_refuse(finance: Browser, wrong: dict[str, str]) -> None:
    answer = finance.post(reverse("billing:datev_settings", args=[make_seller().pk]), filled(**wrong))
    assert answer.status_code == 422
    assert next(iter(wrong)) in answer.context["form"].errors
    assert not DatevSettings.objects.exists()


def test_datev_settings_are_for_german_companies(finance: Browser) -> None:
    assert finance.get(reverse("billing:datev_settings", args=[make_seller("RU").pk])).status_code == 404
    assert make_seller().name in finance.get(reverse("billing:datev_list")).content.decode()


def test_debtor_edit_keeps_a_free_number_in_the_range(finance: Browser) -> None:
    settings = make_settings()
    one, other = (
        DebtorAccount.objects.create(settings=settings, client=make_client(), number=number)
        for number in (10000, 10001)
    )
    url = reverse("billing:debtor_edit", args=[one.pk])
    assert finance.post(url, {"number": other.number}).status_code == 422
    assert finance.post(url, {"number": "9"}).status_code == 422
    assert finance.post(url, {"number": "10500"}).status_code == 302
    one.refresh_from_db()
    assert one.number == 10500


URL = "/api/v1/datev-settings/"


def test_the_api_keeps_settings_with_the_accounts_of_the_chart_unless_told(cast: Cast) -> None:
    seller, api = make_seller(), make_api(cast.finance)
    body = {"seller": seller.pk, "adviser_number": 29098, "client_number": 55003, "chart": "04"}
    made = api.post(URL, {**body, "accounts": [{"case": "standard", "account": "4405", "tax_key": "3"}]})
    assert made.status_code == 201, made.json()
    accounts = {row["case"]: (row["account"], row["tax_key"]) for row in made.json()["accounts"]}
    assert (accounts["standard"], accounts["reduced"]) == (("4405", "3"), ("4300", ""))
    url = f"{URL}{made.json()['id']}/"
    assert api.patch(url, {"initials": "MR"}).json()["initials"] == "MR"
    assert accounts_of(DatevSettings.objects.get())[Case.STANDARD] == ("4405", "3")
    assert api.post(URL, body).status_code in (400, 409)
    assert make_api(cast.manager).get(URL).status_code in (403, 404)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"adviser_number": 1}, "adviser_number"),
        ({"accounts": [{"case": "standard", "account": "44000"}]}, "account_standard"),
        ({"accounts": [{"case": "nothing", "account": "4400"}]}, "accounts.0.case"),
        ({"accounts": "x"}, "accounts.non_field_errors"),
        ({"first_debtor": 5}, "first_debtor"),
        ({"seller": None}, "seller"),
    ],
)
def test_the_api_names_what_is_wrong_with_settings(cast: Cast, change: dict[str, Any], field: str) -> None:
    make_settings()
    row = DatevSettings.objects.get()
    refused = make_api(cast.finance).patch(f"{URL}{row.pk}/", change)
    assert refused.status_code == 400, refused.json()
    assert refused.json()["errors"][0]["attr"] == field


def test_settings_stay_with_their_company(cast: Cast) -> None:
    row, other = make_settings(), make_seller(code="de2")
    refused = make_api(cast.finance).patch(f"{URL}{row.pk}/", {"seller": other.pk})
    assert (refused.status_code, refused.json()["errors"][0]["attr"]) == (400, "seller")


def test_the_api_changes_a_debtor_account_that_nobody_else_has(cast: Cast) -> None:
    make_settings()
    first, second = make_client(), make_client()
    make_invoice(first)
    make_invoice(second)
    made("datev")
    rows = {row.client_id: row for row in DebtorAccount.objects.all()}
    api, url = make_api(cast.finance), f"/api/v1/debtor-accounts/{rows[first.pk].pk}/"
    assert api.patch(url, {"number": 20_000}).json()["number"] == 20_000
    taken = api.patch(url, {"number": rows[second.pk].number})
    assert taken.status_code in (400, 409)
    assert api.patch(url, {"number": 5}).json()["errors"][0]["attr"] == "number"
