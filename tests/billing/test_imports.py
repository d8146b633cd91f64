"""Opening package balances: the package as it was bought, less what was used before."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from billing.imports import BALANCES
from billing.models import HourPackage, LedgerRow
from clients.imports import batches
from clients.imports.own import CLIENTS
from clients.models import Client, ImportBatch
from tests.make import Cast, make_client, make_seller

pytestmark = pytest.mark.django_db
HEAD = "Kunde;Paket;Gekauft;Rest;Preis;Währung;gültig ab;gültig bis;Brutto\n"


def staged(cast: Cast, text: str) -> ImportBatch:
    return batches.stage_file(BALANCES, content=text.encode(), file_name="file.csv", by=cast.finance)


def test_a_row_becomes_a_package_with_what_is_left(cast: Cast) -> None:
    client = make_client(name="Alfa GmbH")
    batch = staged(cast, HEAD + "Alfa GmbH;Support;50;8,5;6.750,00;EUR;01.02.2024;;ja\n")
    assert batches.import_rows(batch, only_good=False, by=cast.finance, at=timezone.now()) == 1
    package = HourPackage.objects.select_related("account").get()
    assert (package.client, package.purchased_minutes, package.account.balance_minutes) == (client, 3000, 510)
    assert (package.price, package.price_includes_tax, package.currency) == (Decimal("6750.00"), True, "EUR")
    kinds = [(row.kind, row.minutes) for row in LedgerRow.objects.order_by("id")]
    assert kinds == [("purchase", 3000), ("adjustment", -2490)]


def test_a_full_or_empty_package_needs_no_odd_rows(cast: Cast) -> None:
    make_client(name="Alfa")
    batch = staged(cast, HEAD + "Alfa;Full;10;10:00;1000;;2024-02-01;;\nAlfa;Empty;10;0;1000;;2024-02-01;;\n")
    assert list(batch.rows.values_list("problems", flat=True)) == [[], []]
    batches.import_rows(batch, only_good=False, by=cast.finance, at=timezone.now())
    left = HourPackage.objects.order_by("name").values_list("name", "account__balance_minutes")
    assert list(left) == [("Empty", 0), ("Full", 600)]


def test_each_bad_row_is_named(cast: Cast) -> None:
    client = make_client(name="Alfa")
    make_client(name="Beta")
    Client.objects.filter(name="Beta").update(default_seller=None)
    make_seller("RU")
    rows = (
        "Nowhere;P;10;1;100;;2024-02-01;;\n"
        "Alfa;P;10;11;100;;2024-02-01;;\n"
        "Alfa;P;0;0;100;;2024-02-01;;\n"
        "Alfa;P;10;1;-5;;2024-02-01;2023-01-01;\n"
        "Alfa;P;ten;1;100;;someday;;\n"
        "Beta;P;10;1;100;;2024-02-01;;\n"
        "Alfa;P;10;1;100.005;;2024-02-01;;\n"
        "Alfa;Q;10;1;100;;2024-02-01;2023-01-01;\n"
        "Alfa;R;10;1;100;;2024-02-01;;\n"
        "Alfa;r;10;1;100;;2024-02-01;;\n"
    )
    batch = staged(cast, HEAD + rows)
    assert list(batch.rows.good().values_list("number", flat=True)) == [10]
    said = dict(batch.rows.values_list("number", "problems"))
    assert said[7] == [["own company", "Say which own company sold it."]]
    assert said[11] == [["", "Line 10 says the same."]]
    batches.import_rows(batch, only_good=True, by=cast.finance, at=timezone.now())
    again = staged(cast, HEAD + "Alfa;R;10;1;100;;2024-02-01;;\n")
    assert "package of this name" in str(again.rows.get().problems)
    assert client.packages.count() == 1


def test_the_only_own_company_need_not_be_named(cast: Cast) -> None:
    seller = make_seller("DE")
    batch = batches.stage_file(CLIENTS, content=b"Name\nAlfa\n", file_name="file.csv", by=cast.finance)
    batches.import_rows(batch, only_good=False, by=cast.finance, at=timezone.now())
    assert Client.objects.get().default_seller == seller
    Client.objects.update(default_seller=None)
    batch = staged(cast, HEAD + "Alfa;R;10;1;100;;2024-02-01;;\n")
    batches.import_rows(batch, only_good=False, by=cast.finance, at=timezone.now())
    assert HourPackage.objects.get().seller == seller


def test_taking_back_voids_the_package_and_the_ledger_remembers(cast: Cast) -> None:
    make_client(name="Alfa")
    batch = staged(cast, HEAD + "Alfa;R;10;1;100;;2024-02-01;;\n")
    batches.import_rows(batch, only_good=False, by=cast.finance, at=timezone.now())
    assert batches.undo_import(batch, by=cast.finance) == 1
    package = HourPackage.objects.select_related("account").get()
    assert (package.account.balance_minutes, bool(package.voided_on)) == (0, True)
    assert LedgerRow.objects.count() == 3
    with pytest.raises(ValidationError):
        batches.undo_import(batch, by=cast.finance)
