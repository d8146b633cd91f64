"""The universal transfer document (UPD) in the format 5.03 of the Russian tax service, as an unsigned file.

Order ED-7-26/970@ of 19 December 2023, KND 1115131. With VAT it serves as invoice and act (function СЧФДОП, status 1),
without VAT as act alone (ДОП, status 2). It is written in windows-1251, and its name repeats its attribute ИдФайл.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from lxml import etree

from billing.rules.advance_vat import AdvanceRow
from billing.rules.service_acts import ActRow
from clients.rules.tax_ids import is_sole_trader

KND, VERSION, PROGRAM = "1115131", "5.03", "Anchor"
SHIPMENT = "Документ об отгрузке товаров (выполнении работ), передаче имущественных прав (документ об оказании услуг)"
BOTH = (
    "Счет-фактура и документ об отгрузке товаров (выполнении работ), передаче имущественных прав "
    "(документ об оказании услуг)"
)
VAT_INVOICE = "Счет-фактура"
RENDERED = "Услуги оказаны в полном объёме"
SERVICE = "3"  # ПрТовРаб: 1 goods, 2 work, 3 service
BY_OFFICE = "1"  # СпосПодтПолном: the signer's power is stated by the certificate
NO_VAT, NO_EXCISE = "без НДС", "без акциза"
RUSSIA = "643"
CURRENCIES = {"RUB": ("643", "Российский рубль"), "EUR": ("978", "Евро"), "USD": ("840", "Доллар США")}
UNITS = {
    "HUR": ("356", "ч"),
    "DAY": ("359", "сут"),
    "MON": ("362", "мес"),
    "C62": ("796", "шт"),
    "KMT": ("008", "км"),
}
LONGEST_TEXT = 2000


@dataclass(frozen=True, slots=True)
class Party:
    """A side of the document; an INN of twelve digits is that of a sole trader, who has no KPP."""

    name: str
    tax_number: str
    registration_reason: str
    address: str
    participant: str

    @property
    def is_person(self) -> bool:
        return is_sole_trader(self.tax_number)


@dataclass(frozen=True, slots=True)
class Signer:
    post: str
    last_name: str
    first_name: str
    middle_name: str = ""


class PaymentOrder(NamedTuple):
    """A payment order of the client by its number and day, and what of it was paid ahead (line 5, PP 1137)."""

    number: str
    paid_on: date
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Upd:
    """What a document states; `basis` is the bill that it follows, by number and day.

    `paid` are the orders that paid for it ahead; they stand on a VAT invoice alone.
    """

    number: str
    acted_on: date
    seller: Party
    buyer: Party
    signer: Signer
    currency: str
    rows: Sequence[ActRow]
    supply_from: date
    supply_to: date
    basis: tuple[str, date]
    paid: Sequence[PaymentOrder] = ()
    made_at: datetime
    uid: str

    @property
    def is_taxed(self) -> bool:
        return any(row.rate is not None for row in self.rows)

    @property
    def file_id(self) -> str:
        """ИдФайл: receiver, sender, day and document; its flags say that no goods are marked or traced."""
        ends = f"{self.buyer.participant}_{self.seller.participant}_{self.made_at:%Y%m%d}_{self.uid}"
        return f"ON_NSCHFDOPPR_{ends}_0_0_0_0_0_00"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvanceUpd:
    """A VAT invoice over money received ahead (function СЧФ); `paid` is the payment order by number and day."""

    number: str
    issued_on: date
    seller: Party
    buyer: Party
    signer: Signer
    currency: str
    rows: Sequence[AdvanceRow]
    paid: tuple[str, date]
    made_at: datetime
    uid: str

    @property
    def file_id(self) -> str:
        ends = f"{self.buyer.participant}_{self.seller.participant}_{self.made_at:%Y%m%d}_{self.uid}"
        return f"ON_NSCHFDOPPR_{ends}_0_0_0_0_0_00"


def read_name(name: str) -> tuple[str, str, str] | None:
    """Last, first and middle name of "Иванов Иван Иванович", with or without "ИП"; None for what is no full name."""
    words = [word for word in name.replace("Индивидуальный предприниматель", "").split() if word != "ИП"]
    if len(words) not in (2, 3):
        return None
    return words[0], words[1], words[2] if len(words) == 3 else ""


def schema_faults(content: bytes, schema: Path) -> list[str]:
    """What a schema of the tax service, which a person has supplied, finds in a file; at most five of them."""
    checked = etree.XMLSchema(etree.parse(schema))
    checked.validate(etree.fromstring(content))
    return [f"{fault.line}: {fault.message}" for fault in checked.error_log][:5]


def write_upd(upd: Upd) -> bytes:
    """The file. KeyError for a currency or unit without a code here: the caller asks before."""
    root = etree.Element("Файл", {"ИдФайл": upd.file_id, "ВерсФорм": VERSION, "ВерсПрог": PROGRAM})
    document = _add(
        root,
        "Документ",
        КНД=KND,
        Функция="СЧФДОП" if upd.is_taxed else "ДОП",
        ПоФактХЖ=SHIPMENT,
        НаимДокОпр=BOTH if upd.is_taxed else SHIPMENT,
        ДатаИнфПр=_day(upd.made_at.date()),
        ВремИнфПр=f"{upd.made_at:%H.%M.%S}",
        НаимЭконСубСост=f"{upd.seller.name}, ИНН {upd.seller.tax_number}",
    )
    _write_head(document, upd)
    _write_rows(document, upd)
    _write_transfer(document, upd)
    signer = _add(document, "Подписант", Должн=upd.signer.post, СпосПодтПолном=BY_OFFICE)
    _write_name(signer, upd.signer)
    return bytes(etree.tostring(root, encoding="windows-1251", xml_declaration=True, pretty_print=True))


def write_advance_upd(upd: AdvanceUpd) -> bytes:
    """The file of a VAT invoice over an advance: no quantity, price or amount without VAT, and no service rendered."""
    root = etree.Element("Файл", {"ИдФайл": upd.file_id, "ВерсФорм": VERSION, "ВерсПрог": PROGRAM})
    document = _add(
        root,
        "Документ",
        КНД=KND,
        Функция="СЧФ",
        НаимДокОпр=VAT_INVOICE,
        ДатаИнфПр=_day(upd.made_at.date()),
        ВремИнфПр=f"{upd.made_at:%H.%M.%S}",
        НаимЭконСубСост=f"{upd.seller.name}, ИНН {upd.seller.tax_number}",
    )
    head = _add(document, "СвСчФакт", НомерДок=upd.number, ДатаДок=_day(upd.issued_on))
    _write_party(_add(head, "СвПрод"), upd.seller)
    number, day = upd.paid
    gross, vat = (sum((getattr(row, name) for row in upd.rows), Decimal(0)) for name in ("gross", "vat"))
    _write_order(head, PaymentOrder(number, day, gross))
    _write_party(_add(head, "СвПокуп"), upd.buyer)
    code, name = CURRENCIES[upd.currency]
    _add(head, "ДенИзм", КодОКВ=code, НаимОКВ=name)
    table = _add(document, "ТаблСчФакт")
    for place, row in enumerate(upd.rows, 1):
        said = {"НаимТов": row.text[:LONGEST_TEXT], "НалСт": row.settlement, "СтТовУчНал": f"{row.gross:.2f}"}
        told = _add(table, "СведТов", НомСтр=str(place), **said)
        _text(_add(told, "Акциз"), "БезАкциз", NO_EXCISE)
        _write_vat(_add(told, "СумНал"), row.vat, is_taxed=True)
    _write_vat(_add(_add(table, "ВсегоОпл", СтТовУчНалВсего=f"{gross:.2f}"), "СумНалВсего"), vat, is_taxed=True)
    signer = _add(document, "Подписант", Должн=upd.signer.post, СпосПодтПолном=BY_OFFICE)
    _write_name(signer, upd.signer)
    return bytes(etree.tostring(root, encoding="windows-1251", xml_declaration=True, pretty_print=True))


def _write_head(document: etree._Element, upd: Upd) -> None:
    head = _add(document, "СвСчФакт", НомерДок=upd.number, ДатаДок=_day(upd.acted_on))
    _write_party(_add(head, "СвПрод"), upd.seller)
    own_name = BOTH if upd.is_taxed else SHIPMENT
    for order in upd.paid if upd.is_taxed else ():
        _write_order(head, order)
    _add(head, "ДокПодтвОтгрНом", РеквНаимДок=own_name, РеквНомерДок=upd.number, РеквДатаДок=_day(upd.acted_on))
    _write_party(_add(head, "СвПокуп"), upd.buyer)
    code, name = CURRENCIES[upd.currency]
    _add(head, "ДенИзм", КодОКВ=code, НаимОКВ=name)


def _write_order(head: etree._Element, order: PaymentOrder) -> None:
    _add(head, "СвПРД", НомерПРД=order.number, ДатаПРД=_day(order.paid_on), СуммаПРД=f"{order.amount:.2f}")


def _write_party(side: etree._Element, party: Party) -> None:
    identity = _add(side, "ИдСв")
    if party.is_person:
        trader = _add(identity, "СвИП", ИННФЛ=party.tax_number)
        last, first, middle = read_name(party.name) or (party.name, "", "")
        _write_name(trader, Signer("", last, first, middle))
    else:
        named = {"НаимОрг": party.name, "ИННЮЛ": party.tax_number, "КПП": party.registration_reason}
        _add(identity, "СвЮЛУч", **{name: value for name, value in named.items() if value})
    address = _add(side, "Адрес")
    _add(address, "АдрИнф", КодСтр=RUSSIA, НаимСтран="Россия", АдрТекст=party.address)


def _write_rows(document: etree._Element, upd: Upd) -> None:
    table = _add(document, "ТаблСчФакт")
    for place, row in enumerate(upd.rows, 1):
        code, unit = UNITS[row.unit]
        told = _add(
            table,
            "СведТов",
            НомСтр=str(place),
            НаимТов=row.text[:LONGEST_TEXT],
            ОКЕИ_Тов=code,
            НаимЕдИзм=unit,
            КолТов=_number(row.quantity),
            ЦенаТов=_number(row.price),
            СтТовБезНДС=f"{row.net:.2f}",
            НалСт=NO_VAT if row.rate is None else f"{_number(row.rate)}%",
            СтТовУчНал=f"{row.gross:.2f}",
        )
        _add(told, "ДопСведТов", ПрТовРаб=SERVICE)
        _text(_add(told, "Акциз"), "БезАкциз", NO_EXCISE)
        _write_vat(_add(told, "СумНал"), row.vat, is_taxed=row.rate is not None)
    nets, grosses = (sum(values) for values in zip(*((row.net, row.gross) for row in upd.rows), strict=True))
    total = _add(table, "ВсегоОпл", СтТовБезНДСВсего=f"{nets:.2f}", СтТовУчНалВсего=f"{grosses:.2f}")
    vat = sum((row.vat for row in upd.rows), Decimal(0))
    _write_vat(_add(total, "СумНалВсего"), vat, is_taxed=upd.is_taxed)


def _write_vat(parent: etree._Element, vat: Decimal, *, is_taxed: bool) -> None:
    _text(parent, "СумНал", f"{vat:.2f}") if is_taxed else _text(parent, "БезНДС", NO_VAT)


def _write_transfer(document: etree._Element, upd: Upd) -> None:
    transfer = _add(_add(document, "СвПродПер"), "СвПер", СодОпер=RENDERED, ДатаПер=_day(upd.acted_on))
    transfer.attrib.update({"ДатаНачПер": _day(upd.supply_from), "ДатаОконПер": _day(upd.supply_to)})
    number, day = upd.basis
    _add(transfer, "ОснПер", РеквНаимДок="Счёт на оплату", РеквНомерДок=number, РеквДатаДок=_day(day))
    worker = _add(_add(transfer, "СвЛицПер"), "РабОргПрод", Должность=upd.signer.post)
    _write_name(worker, upd.signer)


def _write_name(parent: etree._Element, person: Signer) -> None:
    named = {"Фамилия": person.last_name, "Имя": person.first_name, "Отчество": person.middle_name}
    _add(parent, "ФИО", **{name: value for name, value in named.items() if value})


def _add(parent: etree._Element, name: str, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, name, attributes)


def _text(parent: etree._Element, name: str, words: str) -> None:
    etree.SubElement(parent, name).text = words


def _day(day: date) -> str:
    return f"{day:%d.%m.%Y}"


def _number(value: Decimal) -> str:
    return f"{value.normalize():f}"
