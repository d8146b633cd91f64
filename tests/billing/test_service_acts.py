"""Acts of services: one for each invoice, numbered by day, never changed; its paper, its UPD and its signature."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, InternalError, connection, transaction
from lxml import etree
from pypdfium2 import PdfDocument

from billing.documents.act_files import act_content, act_file, keep_act_files, missing_for_upd
from billing.models import (
    ExchangeRate,
    Invoice,
    PeriodLock,
    Series,
    SeriesYear,
    ServiceAct,
    ServiceActFile,
    ServiceActWithdrawal,
)
from billing.services.credits import CreditKind, CreditLine, credit_invoice
from billing.services.locks import lock_period
from billing.services.service_acts import (
    awaiting_acts,
    make_act,
    make_acts,
    sign_act,
    take_back_signature,
    usual_day,
    withdraw_act,
)
from clients.models import Client, Seller
from crm.access import Role
from crm.invariants import find_breaches
from tests.billing.errors import code_of_error
from tests.make import make_client, make_seller, make_user
from tests.make.invoices import make_draft, make_invoice, make_rate_of

pytestmark = pytest.mark.django_db
MARCH = date(2026, 3, 31)
AT = datetime(2026, 4, 2, 9, 30, 15, tzinfo=UTC)
Format = ServiceActFile.Format


@pytest.fixture
def seller() -> Seller:
    return russian_seller()


def russian_seller(**kw: Any) -> Seller:
    if not ExchangeRate.objects.exists():
        make_rate_of("EUR", "RUB", "90", on=MARCH)
    fields = {
        "street": "Невский проспект, 100",
        "city": "Санкт-Петербург",
        "tax_number": "7707083893",
        "registration_reason": "780101001",
        "director_name": "Белова Ирина Сергеевна",
        "edo_id": "2BM-7707083893",
        **kw,
    }
    seller = make_seller("RU", **fields)
    Series.objects.get_or_create(seller=seller, kind="act", defaults={"code": "act", "pattern": "{year}-{number:04}"})
    return seller


def russian_client(seller: Seller, **kw: Any) -> Client:
    fields = {
        "legal_name": "ООО «Ромашка»",
        "street": "улица Мира, 3",
        "city": "Москва",
        "tax_number": "7736050003",
        "registration_reason": "773601001",
        "e_address": "2BE-7736050003",
        **kw,
    }
    return make_client(country="RU", language="ru", default_seller=seller, **fields)


def billed(seller: Seller, rate: str = "8000", **kw: Any) -> Invoice:
    return make_invoice(russian_client(seller, **kw), rate=rate)


def acted(invoice: Invoice, on: date = MARCH) -> ServiceAct:
    return make_act(invoice, acted_on=on, by=make_user(Role.FINANCE), at=AT)


def refusal(invoice: Invoice, on: date = MARCH) -> str:
    with pytest.raises(ValidationError) as refused:
        acted(invoice, on)
    return code_of_error(refused.value)


def upd_of(act: ServiceAct) -> Any:
    return etree.fromstring(bytes(act_file(act, Format.UPD, at=AT).content))


def words_of(act: ServiceAct) -> str:
    document = PdfDocument(bytes(act_file(act, Format.PDF, at=AT).content))
    return " ".join(" ".join(page.get_textpage().get_text_bounded() for page in document).split())


class TestMaking:
    def test_an_act_has_its_own_number_and_confirms_an_invoice_once(self, seller: Seller) -> None:
        invoice = billed(seller)
        act = acted(invoice)
        assert (act.number, act.acted_on, act.invoice_id) == ("2026-0001", MARCH, invoice.pk)
        assert refusal(invoice) == "already_done"
        assert acted(billed(seller)).number == "2026-0002"

    def test_a_day_before_the_service_ended_or_to_come_or_before_the_last_act_is_refused(self, seller: Seller) -> None:
        first, second = billed(seller), billed(seller)
        assert first.supply_to
        assert refusal(first, date(2026, 3, 9)) == "too_early"
        assert refusal(first, date(2026, 4, 3)) == "too_late"
        acted(first, date(2026, 4, 1))
        assert refusal(second, MARCH) == "number_order"

    def test_a_closed_period_takes_no_act(self, seller: Seller) -> None:
        invoice = billed(seller)
        lock_period(
            PeriodLock(kind="documents", seller=seller, locked_until_on=MARCH), by=make_user(Role.PARTNER), at=AT
        )
        assert refusal(invoice) == "period_locked"
        assert acted(invoice, date(2026, 4, 1)).number == "2026-0001"

    def test_a_draft_a_german_company_and_a_company_without_a_series_write_none(self, seller: Seller) -> None:
        assert refusal(make_invoice(make_client())) == "wrong_seller"
        other = russian_seller(code="other")
        Series.objects.filter(seller=other, kind="act").delete()
        assert refusal(make_invoice(russian_client(other))) == "series_missing"
        note = credit_invoice(
            billed(seller), kind=CreditKind.FULL, reason="wrong", issued_on=MARCH, by=make_user(), at=AT
        )
        assert refusal(note) == "wrong_status"

    def test_a_credited_invoice_waits_for_no_act(self, seller: Seller) -> None:
        invoice = billed(seller)
        assert list(awaiting_acts(Invoice.objects.all(), on=MARCH)) == [invoice]
        credit_invoice(invoice, kind=CreditKind.FULL, reason="wrong", issued_on=MARCH, by=make_user(), at=AT)
        assert not awaiting_acts(Invoice.objects.all(), on=MARCH).exists()
        assert refusal(invoice) == "nothing_rendered"

    def test_what_is_not_rendered_yet_does_not_wait(self, seller: Seller) -> None:
        invoice = billed(seller)
        assert invoice.supply_to == date(2026, 3, 10)
        assert not awaiting_acts(Invoice.objects.all(), on=date(2026, 3, 9)).exists()

    def test_many_are_made_or_refused_each_by_itself(self, seller: Seller) -> None:
        first, second = billed(seller), billed(seller)
        acted(first)
        made = make_acts([first, second], acted_on=MARCH, by=make_user(), at=AT)
        assert [act.invoice_id for act in made.acts] == [second.pk]
        assert [(invoice.pk, code_of_error(error)) for invoice, error in made.refused] == [(first.pk, "already_done")]
        assert usual_day([second], on=date(2026, 5, 1)) == MARCH

    def test_the_database_takes_acts_of_issued_invoices_of_their_company_alone(self, seller: Seller) -> None:
        series = Series.objects.get(seller=seller, kind="act")
        said = {"series": series, "sequence": 1, "acted_on": MARCH, "made_by": make_user(), "created_at": AT}
        foreign, draft = make_invoice(make_client()), make_draft(russian_client(seller), rate="8000")
        for invoice in (foreign, draft):
            with pytest.raises(InternalError), transaction.atomic():
                ServiceAct.objects.create(invoice=invoice, seller=seller, number=f"x{invoice.pk}", **said)

    def test_an_act_is_never_changed(self, seller: Seller) -> None:
        act = acted(billed(seller))
        with pytest.raises(InternalError), transaction.atomic():
            ServiceAct.objects.filter(pk=act.pk).update(number="x")
        with pytest.raises(InternalError), transaction.atomic():
            ServiceAct.objects.filter(pk=act.pk).delete()


@pytest.mark.django_db(transaction=True)
def test_two_people_making_the_same_act_make_one() -> None:
    seller = russian_seller()
    invoices = [billed(seller) for _ in range(3)]
    people = [make_user(Role.FINANCE) for _ in range(2)]

    def one(person: Any) -> int:
        try:
            return len(make_acts(invoices, acted_on=MARCH, by=person, at=AT).acts)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(one, people)) == 3
    assert sorted(ServiceAct.objects.values_list("number", flat=True)) == ["2026-0001", "2026-0002", "2026-0003"]


class TestSignature:
    def test_it_is_recorded_once_and_can_be_taken_back(self, seller: Seller) -> None:
        act, finance = acted(billed(seller)), make_user(Role.FINANCE)
        sign_act(act, signed_on=date(2026, 4, 2), signed_by="Иванов", by=finance, today=AT.date())
        with pytest.raises(ValidationError) as twice:
            sign_act(act, signed_on=date(2026, 4, 2), signed_by="Петров", by=finance, today=AT.date())
        assert code_of_error(twice.value) == "already_done"
        assert ServiceAct.objects.signed().get() == act
        take_back_signature(act)
        assert ServiceAct.objects.unsigned().get() == act
        with pytest.raises(ValidationError):
            take_back_signature(act)

    @pytest.mark.parametrize(("on", "code"), [(date(2026, 3, 30), "too_early"), (date(2026, 4, 3), "too_late")])
    def test_a_day_before_the_act_or_to_come_is_refused(self, seller: Seller, on: date, code: str) -> None:
        act = acted(billed(seller))
        with pytest.raises(ValidationError) as refused:
            sign_act(act, signed_on=on, signed_by="Иванов", by=make_user(), today=AT.date())
        assert code_of_error(refused.value) == code

    def test_a_month_without_a_signature_is_late(self, seller: Seller) -> None:
        act = acted(billed(seller))
        assert not ServiceAct.objects.late(on=date(2026, 4, 30)).exists()
        assert ServiceAct.objects.late(on=date(2026, 5, 1)).get() == act


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


class TestTakenBack:
    def test_a_wrong_act_makes_room_for_another_with_the_next_number(self, seller: Seller) -> None:
        invoice, by = billed(seller), make_user(Role.FINANCE)
        wrong = acted(invoice)
        withdraw_act(wrong, reason="wrong day", on=MARCH, by=by, at=AT)
        assert list(awaiting_acts(Invoice.objects.all(), on=MARCH)) == [invoice]
        other = acted(invoice)
        assert (wrong.number, other.number) == ("2026-0001", "2026-0002")
        assert list(ServiceAct.objects.standing()) == [other]
        assert refusal(invoice) == "already_done"

    @pytest.mark.parametrize(
        ("case", "code"), [("again", "already_done"), ("signed", "wrong_status"), ("no reason", "required")]
    )
    def test_not_twice_not_when_signed_and_not_without_a_reason(self, seller: Seller, case: str, code: str) -> None:
        act, by = acted(billed(seller)), make_user(Role.FINANCE)
        if case == "again":
            withdraw_act(act, reason="wrong", on=MARCH, by=by, at=AT)
        if case == "signed":
            sign_act(act, signed_on=MARCH, signed_by="И. Белова", by=by, today=MARCH)
        with pytest.raises(ValidationError) as refused:
            withdraw_act(act, reason="" if case == "no reason" else "wrong", on=MARCH, by=by, at=AT)
        assert code_of_error(refused.value) == code

    def test_it_is_not_signed_any_more_and_not_late(self, seller: Seller) -> None:
        act, by = acted(billed(seller)), make_user(Role.FINANCE)
        withdraw_act(act, reason="wrong", on=MARCH, by=by, at=AT)
        with pytest.raises(ValidationError) as refused:
            sign_act(act, signed_on=MARCH, signed_by="И. Белова", by=by, today=MARCH)
        assert code_of_error(refused.value) == "wrong_status"
        assert not ServiceAct.objects.late(on=date(2027, 1, 1)).exists()

    def test_the_database_keeps_one_standing_act_and_no_signed_one_taken_back(self, seller: Seller) -> None:
        act, by = acted(billed(seller)), make_user(Role.FINANCE)
        fields = {name: getattr(act, name) for name in ("invoice", "seller", "series", "acted_on", "rows")}
        with pytest.raises(DatabaseError, match="has its act already"), transaction.atomic():
            ServiceAct.objects.create(**fields, number="9", sequence=2, made_by=by, created_at=AT)
        sign_act(act, signed_on=MARCH, signed_by="И. Белова", by=by, today=MARCH)
        with pytest.raises(DatabaseError, match="not taken back"), transaction.atomic():
            ServiceActWithdrawal.objects.create(act=act, withdrawn_on=MARCH, reason="x", made_by=by, created_at=AT)


def test_services_from_before_the_first_day_of_acts_need_none(seller: Seller) -> None:
    invoice = billed(seller)
    Seller.objects.filter(pk=seller.pk).update(acts_since_on=date(2026, 4, 1))
    assert not awaiting_acts(Invoice.objects.all(), on=MARCH).exists()
    Seller.objects.filter(pk=seller.pk).update(acts_since_on=invoice.supply_to)
    assert awaiting_acts(Invoice.objects.all(), on=MARCH).exists()


@pytest.mark.broken_books
def test_a_gap_among_acts_breaks_the_series(seller: Seller) -> None:
    act = acted(billed(seller))
    assert list(find_breaches()) == []
    SeriesYear.objects.filter(series=act.series).update(last_number=2)
    assert "series_without_gap" in {breach.invariant.name for breach in find_breaches()}


def test_looking_at_a_file_keeps_nothing_a_worker_keeps_both(seller: Seller) -> None:
    act = acted(billed(seller))
    seen = [act_content(act, form) for form in (Format.PDF, Format.UPD)]
    assert not act.files.exists()
    keep_act_files(act, at=AT)
    assert [act_content(act, form) for form in (Format.PDF, Format.UPD)] == seen
    assert act.files.count() == 2


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
