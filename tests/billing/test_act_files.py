"""The files of an act of services: its paper and its UPD, read or computed, kept by a worker."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import InternalError, transaction
from lxml import etree

from billing.documents import act_files
from billing.documents.act_files import (
    act_content,
    act_file,
    keep_act_files,
    keep_forgotten_acts,
    missing_for_upd,
)
from billing.models import BankEntry, BankStatement, Invoice, Payment, ServiceAct, ServiceActFile
from billing.services.credits import CreditKind, CreditLine, credit_invoice
from billing.services.hour_acts import make_hour_act
from billing.services.service_acts import withdraw_act
from clients.models import BankAccount, Client, Seller
from tests.billing.errors import code_of_error
from tests.billing.test_advance_vat import bill_of, issued, pay, with_series
from tests.billing.test_hour_acts import sold_package, used
from tests.make import make_user
from tests.make.acts import AT, MARCH, acted, billed, russian_seller, upd_of, words_of

Format = ServiceActFile.Format
pytestmark = pytest.mark.django_db


@pytest.fixture
def seller() -> Seller:
    return russian_seller()


class TestPaper:
    def test_it_states_service_vat_amount_in_words_and_both_sides(self, seller: Seller) -> None:
        text = words_of(acted(billed(seller)))
        for words in (
            "Акт об оказании услуг",
            "№ 2026-0001",
            "ООО «Ромашка»",
            "ИНН 7736050003",
            "65 573,77",
            "14 426,23",
            "80 000,00",
            "22 %",
            "Восемьдесят тысяч рублей 00 копеек",
            "претензий",
            "Белова Ирина Сергеевна",
            "Генеральный директор",
        ):
            assert words in text

    def test_without_vat_it_says_so_and_a_sole_trader_signs_as_one(self) -> None:
        seller = russian_seller(code="ip", vat_regime="simplified", tax_number="500100732259", registration_reason="")
        text = words_of(acted(billed(seller)))
        assert "Без НДС" in text
        assert "22 %" not in text
        assert "Индивидуальный предприниматель" in text

    def test_every_download_gives_the_same_bytes(self, seller: Seller) -> None:
        act = acted(billed(seller))
        first = act_file(act, Format.PDF, at=AT)
        Client.objects.update(name="Another")
        Seller.objects.update(name="Another")
        assert act_file(act, Format.PDF, at=datetime(2027, 1, 1, tzinfo=UTC)).pk == first.pk
        with pytest.raises(InternalError), transaction.atomic():
            ServiceActFile.objects.update(name="x")


def test_looking_at_a_file_keeps_nothing_a_worker_keeps_both(seller: Seller) -> None:
    act = acted(billed(seller))
    seen = [act_content(act, form) for form in (Format.PDF, Format.UPD)]
    assert not act.files.exists()
    keep_act_files(act, at=AT)
    assert [act_content(act, form) for form in (Format.PDF, Format.UPD)] == seen
    assert act.files.count() == 2


def test_an_act_that_fails_holds_no_later_one_back(seller: Seller, monkeypatch: pytest.MonkeyPatch) -> None:
    broken, whole = acted(billed(seller)), acted(billed(seller))

    def render(act: ServiceAct) -> bytes:
        if act.pk == broken.pk:
            raise ZeroDivisionError
        return b"%PDF"

    monkeypatch.setattr(act_files, "render_act", render)
    keep_forgotten_acts(at=AT)
    assert (broken.files.count(), whole.files.count()) == (0, 2)


def test_a_upd_is_kept_once_what_it_lacked_is_there(seller: Seller) -> None:
    Seller.objects.update(edo_id="")
    seller.refresh_from_db()
    acts = [acted(billed(seller)) for _each in range(2)]
    keep_forgotten_acts(at=AT)
    assert [act.files.count() for act in acts] == [1, 1]
    withdraw_act(acts[1], reason="wrong", on=MARCH, by=make_user(), at=AT)
    Seller.objects.update(edo_id="2BM-7707083893")
    keep_forgotten_acts(at=AT)
    assert [act.files.count() for act in acts] == [2, 1]


class TestUpd:
    def test_with_vat_it_is_invoice_and_act_in_one(self, seller: Seller) -> None:
        act = acted(billed(seller))
        root = upd_of(act)
        document, head = root.find("Документ"), root.find("Документ/СвСчФакт")
        assert (root.get("ВерсФорм"), document.get("КНД"), document.get("Функция")) == ("5.03", "1115131", "СЧФДОП")
        assert (head.get("НомерДок"), head.get("ДатаДок")) == ("2026-0001", "31.03.2026")
        assert head.find("СвПрод/ИдСв/СвЮЛУч").attrib == {
            "НаимОрг": "ООО «Меридиан Аудит»",
            "ИННЮЛ": "7707083893",
            "КПП": "780101001",
        }
        assert head.find("СвПокуп/Адрес/АдрИнф").get("АдрТекст") == "Москва, улица Мира, 3"
        assert head.find("ДенИзм").get("КодОКВ") == "643"

    def test_its_table_has_the_vat_of_each_line_and_their_sums(self, seller: Seller) -> None:
        table = upd_of(acted(billed(seller))).find("Документ/ТаблСчФакт")
        told, total = table.find("СведТов"), table.find("ВсегоОпл")
        assert [told.get(name) for name in ("ОКЕИ_Тов", "КолТов", "СтТовБезНДС", "НалСт", "СтТовУчНал")] == [
            "356",
            "10",
            "65573.77",
            "22%",
            "80000.00",
        ]
        assert told.findtext("СумНал/СумНал") == "14426.23"
        assert told.find("ДопСведТов").get("ПрТовРаб") == "3"
        assert total.get("СтТовУчНалВсего") == "80000.00"
        assert total.findtext("СумНалВсего/СумНал") == "14426.23"

    def test_it_says_when_the_service_was_rendered_on_which_bill_and_who_signs(self, seller: Seller) -> None:
        act = acted(billed(seller))
        root = upd_of(act)
        given = root.find("Документ/СвПродПер/СвПер")
        assert (given.get("ДатаПер"), given.get("ДатаНачПер"), given.get("ДатаОконПер")) == (
            "31.03.2026",
            "10.03.2026",
            "10.03.2026",
        )
        assert given.find("ОснПер").get("РеквНомерДок") == act.invoice.number
        name = root.find("Документ/Подписант/ФИО")
        assert (name.get("Фамилия"), name.get("Имя"), name.get("Отчество")) == ("Белова", "Ирина", "Сергеевна")

    def test_the_file_has_the_name_that_it_states_and_is_in_cyrillic_windows(self, seller: Seller) -> None:
        act = acted(billed(seller))
        file = act_file(act, Format.UPD, at=AT)
        root = etree.fromstring(bytes(file.content))
        assert file.name == f"{root.get('ИдФайл')}.xml"
        assert file.name.startswith("ON_NSCHFDOPPR_2BE-7736050003_2BM-7707083893_20260402_")
        assert bytes(file.content).startswith(b"<?xml version='1.0' encoding='windows-1251'?>")
        assert "Невский".encode("cp1251") in bytes(file.content)

    def test_without_vat_it_is_an_act_alone_and_no_vat_is_not_zero(self) -> None:
        seller = russian_seller(
            code="ip",
            vat_regime="simplified",
            name="ИП Белова Ирина Сергеевна",
            tax_number="500100732259",
            registration_reason="",
        )
        root = upd_of(acted(billed(seller)))
        assert root.find("Документ").get("Функция") == "ДОП"
        told = root.find("Документ/ТаблСчФакт/СведТов")
        assert (told.get("НалСт"), told.findtext("СумНал/БезНДС")) == ("без НДС", "без НДС")
        trader = root.find("Документ/СвСчФакт/СвПрод/ИдСв/СвИП")
        assert (trader.get("ИННФЛ"), trader.find("ФИО").get("Фамилия")) == ("500100732259", "Белова")

    def test_a_formula_or_markup_in_a_text_stays_text(self, seller: Seller) -> None:
        act = acted(billed(seller, legal_name='ООО "<&>" =1+1 ₽'))
        company = upd_of(act).find("Документ/СвСчФакт/СвПокуп/ИдСв/СвЮЛУч")
        assert company.get("НаимОрг") == 'ООО "<&>" =1+1 ₽'

    def test_what_is_missing_is_named_and_no_file_is_kept(self) -> None:
        seller = russian_seller(
            code="bare", edo_id="", director_name="Белова", registration_reason="", street="", city=""
        )
        act = acted(billed(seller, e_address="", tax_number="", street="", city=""))
        assert len(list(missing_for_upd(act))) == 7
        with pytest.raises(ValidationError) as refused:
            act_file(act, Format.UPD, at=AT)
        assert {error.code for error in refused.value.error_list} == {"not_ready"}
        assert not ServiceActFile.objects.exists()

    @pytest.mark.parametrize(("version", "is_taken"), [("5.03", True), ("5.01", False)])
    def test_a_schema_that_the_firm_supplies_judges_each_file(
        self, seller: Seller, settings: Any, tmp_path: Path, version: str, is_taken: bool
    ) -> None:
        schema = tmp_path / "upd.xsd"
        schema.write_text(
            f"""<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="Файл"><xs:complexType>
            <xs:sequence><xs:any processContents="skip"/></xs:sequence><xs:attribute name="ВерсФорм" fixed="{version}"/>
            <xs:anyAttribute processContents="skip"/></xs:complexType></xs:element></xs:schema>"""
        )
        settings.UPD_SCHEMA = schema
        act = acted(billed(seller))
        if is_taken:
            assert act_file(act, Format.UPD, at=AT)
            return
        with pytest.raises(ValidationError) as refused:
            act_file(act, Format.UPD, at=AT)
        assert code_of_error(refused.value) == "refused_by_check"

    @pytest.mark.parametrize("kind", [CreditKind.FULL, CreditKind.PARTIAL])
    def test_a_credit_after_the_act_changes_neither_its_rows_nor_its_files(
        self, seller: Seller, kind: CreditKind
    ) -> None:
        act = acted(billed(seller))
        lines = [CreditLine(line_id=act.invoice.lines.get().pk, amount=Decimal("30000.00"))]
        at = datetime(2026, 4, 3, tzinfo=UTC)
        credit_invoice(
            act.invoice,
            kind=kind,
            reason="agreed",
            issued_on=MARCH,
            by=make_user(),
            at=at,
            lines=[] if kind is CreditKind.FULL else lines,
        )
        assert "80 000,00" in words_of(act)
        total = upd_of(act).find("Документ/ТаблСчФакт/ВсегоОпл")
        assert total.get("СтТовУчНалВсего") == "80000.00"
        assert not list(missing_for_upd(act))

    def test_a_buyer_abroad_gets_no_upd(self, seller: Seller) -> None:
        act = acted(billed(seller))
        frozen = {**act.invoice.buyer_frozen, "country": "KZ", "tax_number": "123456789012"}
        act.invoice.buyer_frozen = frozen
        assert len(list(missing_for_upd(act))) >= 2

    def test_a_credit_before_the_act_lowers_what_it_states(self, seller: Seller) -> None:
        invoice = billed(seller)
        credit_invoice(
            invoice,
            kind=CreditKind.PARTIAL,
            reason="agreed",
            issued_on=MARCH,
            by=make_user(),
            at=AT,
            lines=[CreditLine(line_id=invoice.lines.get().pk, amount=Decimal("30000.00"))],
        )
        table = upd_of(acted(invoice)).find("Документ/ТаблСчФакт")
        assert table.find("ВсегоОпл").get("СтТовУчНалВсего") == "50000.00"
        assert table.find("СведТов").get("КолТов") == "6.25"


class TestPaymentOrders:
    """Line 5: the payment orders that paid for the service before it was rendered."""

    def orders(self, act: ServiceAct) -> list[dict[str, str]]:
        return [dict(order.attrib) for order in upd_of(act).findall("Документ/СвСчФакт/СвПРД")]

    def paid(self, invoice: Invoice, amount: str, on: date, number: str = "") -> Payment:
        payment = pay(invoice, amount, on)
        if number:
            account = BankAccount.objects.filter(seller=invoice.seller).first()
            assert account is not None
            statement = BankStatement.objects.create(
                account=account,
                format="1c",
                sha256=number,
                currency="RUB",
                from_on=on,
                to_on=on,
                line_count=1,
                made_by=make_user(),
                state="accepted",
                accepted_at=AT,
                accepted_by=make_user(),
            )
            BankEntry.objects.create(
                statement=statement,
                account=account,
                key=number,
                line=1,
                booked_on=on,
                amount=payment.amount,
                is_credit=True,
                currency="RUB",
                bank_reference=f"{on.isoformat()}/{number}/1/2",
                state="matched",
                payment=payment,
                client=invoice.client,
            )
        return payment

    def test_a_bill_that_was_paid_before_its_act_names_the_order(self, seller: Seller) -> None:
        bill = billed(seller)
        self.paid(bill, "30000", MARCH, "417")
        self.paid(bill, "20000", MARCH)  # nobody knows its number
        self.paid(bill, "30000", MARCH + timedelta(days=1), "418")  # after the act
        told = self.orders(acted(bill))
        assert told == [{"НомерПРД": "417", "ДатаПРД": "31.03.2026", "СуммаПРД": "30000.00"}]

    def test_hours_that_were_sold_ahead_name_the_order_that_their_vat_invoice_states(self, seller: Seller) -> None:
        package = sold_package(with_series(seller))
        bill = bill_of(package)
        issued(pay(bill, "61000"), bill, payment_number="58")
        used(package, 60, date(2026, 2, 10))
        act = make_hour_act(package, acted_on=date(2026, 2, 28), by=make_user(), at=AT)
        assert self.orders(act) == [{"НомерПРД": "58", "ДатаПРД": "03.02.2026", "СуммаПРД": "61000.00"}]

    def test_an_act_without_vat_is_no_vat_invoice_and_names_none(self) -> None:
        bill = billed(russian_seller(vat_regime="simplified"))
        self.paid(bill, "30000", MARCH, "417")
        assert self.orders(acted(bill)) == []
