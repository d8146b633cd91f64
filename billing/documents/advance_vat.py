"""The advance VAT invoice on paper, always in Russian, with the lines and columns of decree 1137 of 26.12.2011.

What an advance does not have (shipper, quantity, price, amount without VAT) is a dash, as the decree wants it.
"""

from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from babel.dates import format_date
from django.utils import translation

from billing.documents.paper import foot_lines, party_lines
from billing.documents.service_acts import post_of
from billing.documents.typeset import set_pdf
from billing.models import AdvanceVatInvoice
from billing.rules.advance_vat import AdvanceRow
from billing.rules.document_words import RUSSIAN
from billing.rules.upd import CURRENCIES
from billing.services.advance_vat import rows_stated
from clients.rules.tax_ids import is_sole_trader
from crm.web.formats import write_money

LANGUAGE = "ru"
DASH = "–"
HEADS = (
    "Наименование товара (описание работ, услуг), имущественного права",
    "Ед. изм.",
    "Кол-во",
    "Цена",
    "Стоимость без налога",
    "Налоговая ставка",
    "Сумма налога",
    "Стоимость с налогом",
)
PLACES = ("1а", "2а", "3", "4", "5", "7", "8", "9")


@dataclass(frozen=True, slots=True)
class AdvancePaper:
    language: str
    words: dict[str, str]
    title: str
    number: str
    day: str
    seller: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    heads: tuple[str, ...]
    places: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    totals: tuple[str, ...]
    signs: tuple[tuple[str, str], ...]
    note: str
    foot: tuple[str, ...]


def render_advance_vat(advance: AdvanceVatInvoice) -> bytes:
    return set_pdf("advance_vat", asdict(advance_paper(advance)), on=advance.issued_on)


def advance_paper(advance: AdvanceVatInvoice) -> AdvancePaper:
    with translation.override(LANGUAGE):
        return _write(advance, rows_stated(advance))


def _write(advance: AdvanceVatInvoice, rows: list[AdvanceRow]) -> AdvancePaper:
    sums = (sum((getattr(row, name) for row in rows), Decimal(0)) for name in ("vat", "gross"))
    return AdvancePaper(
        language=LANGUAGE,
        words={str(name): text for name, text in RUSSIAN.items()},
        title="Счёт-фактура на аванс",
        number=f"№ {advance.number}",
        day=f"от {_day(advance.issued_on)}",
        seller=tuple(party_lines(advance.seller_frozen, RUSSIAN)),
        facts=_facts(advance),
        heads=HEADS,
        places=PLACES,
        rows=tuple(_row(row, advance.currency) for row in rows),
        totals=("Всего к оплате (9)", *(_plain(amount, advance.currency) for amount in sums)),
        signs=_signs(advance.seller_frozen),
        note=f"Счёт на оплату № {advance.invoice.number} от {_day(advance.invoice.issued_on or advance.issued_on)}",
        foot=tuple(foot_lines(advance.seller_frozen, RUSSIAN)),
    )


def _facts(advance: AdvanceVatInvoice) -> tuple[tuple[str, str], ...]:
    """The numbered lines above the table."""
    seller, buyer = advance.seller_frozen, advance.buyer_frozen
    code, name = CURRENCIES.get(advance.currency, (DASH, advance.currency))
    paid = f"№ {advance.payment_number or DASH} от {_day(advance.received_on)}"
    return (
        ("(1а) Исправление", f"№ {DASH} от {DASH}"),
        ("(2) Продавец", str(seller.get("name", ""))),
        ("(2а) Адрес", _address(seller)),
        ("(2б) ИНН/КПП продавца", _numbers(seller)),
        ("(3) Грузоотправитель и его адрес", DASH),
        ("(4) Грузополучатель и его адрес", DASH),
        ("(5) К платёжно-расчётному документу", paid),
        ("(5а) Документ об отгрузке", DASH),
        ("(6) Покупатель", str(buyer.get("name", ""))),
        ("(6а) Адрес", _address(buyer)),
        ("(6б) ИНН/КПП покупателя", _numbers(buyer)),
        ("(7) Валюта: наименование, код", f"{name}, {code}"),
        ("(8) Идентификатор государственного контракта, договора (соглашения)", DASH),
    )


def _row(row: AdvanceRow, currency: str) -> tuple[str, ...]:
    vat, gross = _plain(row.vat, currency), _plain(row.gross, currency)
    return (row.text, DASH, DASH, DASH, DASH, row.settlement, vat, gross)


def _signs(seller: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    director = str(seller.get("director_name", ""))
    if is_sole_trader(str(seller.get("tax_number", ""))):
        return ((post_of(seller), director or str(seller.get("name", ""))),)
    return (("Руководитель организации или иное уполномоченное лицо", director), ("Главный бухгалтер", ""))


def _address(party: dict[str, Any]) -> str:
    return ", ".join(str(party[name]) for name in ("postcode", "city", "street") if party.get(name)) or DASH


def _numbers(party: dict[str, Any]) -> str:
    """INN and KPP; a sole trader has no KPP."""
    said = [str(party[name]) for name in ("tax_number", "registration_reason") if party.get(name)]
    return "/".join(said) or DASH


def _plain(amount: Decimal, currency: str) -> str:
    return write_money(amount, currency).number


def _day(day: date) -> str:
    return format_date(day, "long", locale=LANGUAGE)
