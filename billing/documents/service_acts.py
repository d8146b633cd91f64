"""The act of services on paper, always in Russian: what was rendered, what it costs, who signs (402-FZ, art. 9(2))."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from babel.dates import format_date
from django.utils import translation

from billing.documents.paper import foot_lines, party_lines
from billing.documents.typeset import set_pdf
from billing.models import ServiceAct
from billing.rules.document_words import RUSSIAN
from billing.rules.service_acts import ActRow
from billing.rules.words_ru import SPELLED, amount_in_words
from billing.services.act_rows import rows_of
from clients.rules.tax_ids import is_sole_trader
from crm.web.formats import write_money, write_number

LANGUAGE = "ru"
HEADS = ("№", "Услуга", "Кол-во", "Ед.", "Цена без НДС", "Без НДС", "Ставка НДС", "НДС", "Всего")
CONFIRMED = (
    "Вышеперечисленные услуги выполнены полностью и в срок. "
    "Заказчик претензий по объёму, качеству и срокам оказания услуг не имеет."
)
NO_VAT = "Без НДС"


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two who sign."""

    role: str
    name: str
    post: str
    person: str


@dataclass(frozen=True, slots=True)
class ActPaper:
    language: str
    words: dict[str, str]
    title: str
    number: str
    day: str
    seller: tuple[str, ...]
    buyer: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    totals: tuple[tuple[str, str], ...]
    total: tuple[str, str]
    texts: tuple[str, ...]
    sides: tuple[Side, Side]
    foot: tuple[str, ...]


def render_act(act: ServiceAct) -> bytes:
    return set_pdf("act", asdict(act_paper(act)), on=act.acted_on)


def act_paper(act: ServiceAct) -> ActPaper:
    """What stands on the act of an invoice whose parties and lines are frozen."""
    with translation.override(LANGUAGE):
        return _write(act, rows_of(act))


def _write(act: ServiceAct, rows: Sequence[ActRow]) -> ActPaper:
    invoice = act.invoice
    seller, buyer = invoice.seller_frozen, invoice.buyer_frozen
    gross = sum((row.gross for row in rows), Decimal(0))
    return ActPaper(
        language=LANGUAGE,
        words={str(name): text for name, text in RUSSIAN.items()},
        title="Акт об оказании услуг",
        number=f"№ {act.number}",
        day=f"от {_day(act.acted_on)}",
        seller=tuple(party_lines(seller, RUSSIAN)),
        buyer=tuple(party_lines(buyer, RUSSIAN)),
        facts=tuple(_facts(act)),
        heads=HEADS,
        rows=tuple(_row(place, row, invoice.currency) for place, row in enumerate(rows, 1)),
        totals=tuple(_sums(rows, invoice.currency)),
        total=("Всего по акту", str(write_money(gross, invoice.currency))),
        texts=tuple(_texts(len(rows), gross, invoice.currency)),
        sides=(
            Side("Исполнитель", str(seller.get("name", "")), post_of(seller), str(seller.get("director_name", ""))),
            Side("Заказчик", str(buyer.get("name", "")), "", ""),
        ),
        foot=tuple(foot_lines(seller, RUSSIAN)),
    )


def post_of(party: Mapping[str, Any]) -> str:
    """Who signs for a company, or a sole trader, whose INN has twelve digits."""
    is_person = is_sole_trader(str(party.get("tax_number", "")))
    return "Индивидуальный предприниматель" if is_person else "Генеральный директор"


def _facts(act: ServiceAct) -> Iterator[tuple[str, str]]:
    invoice = act.invoice
    if basis := invoice.contract_reference or (invoice.engagement.name if invoice.engagement else ""):
        yield "Основание", basis
    issued = f" от {_day(invoice.issued_on)}" if invoice.issued_on else ""
    yield "Счёт на аванс" if act.package_id else "Счёт", f"№ {invoice.number}{issued}"
    first, last = act.period
    if first and last:
        yield "Период оказания услуг", f"{_day(first)} – {_day(last)}"
    if act.package:
        yield "Подробный отчёт", f"отчёт об использованных часах, «{act.package.name}»"


def _row(place: int, row: ActRow, currency: str) -> tuple[str, ...]:
    return (
        str(place),
        row.text,
        write_number(row.quantity, 4, trim=True),
        RUSSIAN.get(row.unit, row.unit),
        _plain(row.price, currency),
        _plain(row.net, currency),
        NO_VAT if row.rate is None else f"{write_number(row.rate, 2, trim=True)} %",
        "–" if row.rate is None else _plain(row.vat, currency),
        _plain(row.gross, currency),
    )


def _sums(rows: Sequence[ActRow], currency: str) -> Iterator[tuple[str, str]]:
    yield "Итого без НДС", _plain(sum((row.net for row in rows), Decimal(0)), currency)
    taxed = sum((row.vat for row in rows if row.rate is not None), Decimal(0))
    if all(row.rate is None for row in rows):
        yield NO_VAT, "–"
    else:
        yield "Сумма НДС", _plain(taxed, currency)


def _texts(count: int, gross: Decimal, currency: str) -> Iterator[str]:
    yield f"Всего наименований {count}, на сумму {write_money(gross, currency)}"
    if currency in SPELLED:
        yield amount_in_words(gross, currency)
    yield CONFIRMED


def _plain(amount: Decimal, currency: str) -> str:
    return write_money(amount, currency).number


def _day(day: date) -> str:
    return format_date(day, "long", locale=LANGUAGE)
