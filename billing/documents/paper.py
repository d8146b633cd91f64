"""What stands on an invoice, every value written in the document's language; the page and the PDF show the same."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from babel.dates import format_date, format_skeleton
from django.utils import translation
from stdnum import iso11649

from billing.documents.payment_code import payment_code
from billing.documents.terms import cash_discount_words
from billing.models import Invoice, InvoiceLine
from billing.rules.bank.references import rf_reference
from billing.rules.document_words import Words, words_in
from billing.rules.vat import VOUCHER, Regime, Tax, Treatment, states_rate, tax_of
from billing.rules.words_ru import SPELLED, amount_in_words
from billing.services.currencies import base_currency
from billing.services.frozen import freeze_buyer, freeze_seller
from clients.rules.tax_ids import is_sole_trader
from crm.money import quantise
from crm.periods import month_end, month_start
from crm.web.formats import write_hours, write_money, write_number

# What stands on a счёт на оплату alone, which is always in Russian.
HEAD, ACCOUNTANT, PAYEE = "Руководитель", "Главный бухгалтер", "Получатель"
COUNTED = "Всего наименований {n}, на сумму {total}"


@dataclass(frozen=True, slots=True)
class PaperRow:
    """A line: its text, what is printed small under it, and `tone` free or prepaid for hours at 0.00."""

    text: str
    small: tuple[str, ...]
    quantity: str
    unit: str
    price: str
    amount: str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class PaperHour:
    """One entry of the hours in detail."""

    day: str
    person: str
    text: str
    hours: str


@dataclass(frozen=True, slots=True)
class Paper:
    language: str
    words: Words
    title: str
    number: str
    day: str
    seller: tuple[str, ...]
    buyer: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    rows: tuple[PaperRow, ...]
    totals: tuple[tuple[str, str], ...]
    total: tuple[str, str]
    texts: tuple[str, ...]
    bank: tuple[tuple[str, str], ...]
    foot: tuple[str, ...]
    hours: tuple[PaperHour, ...] = field(default=())
    payment_code: str = ""
    is_numbered: bool = False
    signers: tuple[tuple[str, str], ...] = ()


def paper_of(invoice: Invoice) -> Paper:
    """An issued document as it was frozen; a draft as it would be issued now."""
    with translation.override(invoice.language):
        return _Writer(invoice).paper()


class _Writer:
    """Writes one document in its own language."""

    def __init__(self, invoice: Invoice) -> None:
        self.invoice = invoice
        self.words = words_in(invoice.language)
        self.sign = -1 if invoice.kind == Invoice.Kind.CREDIT_NOTE else 1
        self.seller = invoice.seller_frozen or freeze_seller(invoice.seller, currency=invoice.currency)
        self.buyer = invoice.buyer_frozen or freeze_buyer(invoice.client)
        self.lines = list(invoice.lines.order_by("position").select_related("sets_off"))

    def paper(self) -> Paper:
        invoice = self.invoice
        return Paper(
            language=invoice.language,
            words=self.words,
            title=self.words[self._title()],
            number=invoice.number or self.words["draft"],
            day=self._day(invoice.issued_on) if invoice.issued_on else "",
            seller=tuple(party_lines(self.seller, self.words)),
            buyer=tuple(party_lines(self.buyer, self.words)),
            facts=tuple(self._facts()),
            rows=tuple(self._row(line) for line in self.lines),
            totals=tuple(self._totals()),
            total=self._total(),
            texts=tuple(self._texts()),
            bank=tuple(self._bank()),
            foot=tuple(foot_lines(self.seller, self.words)),
            hours=tuple(self._hours()),
            payment_code=payment_code(invoice, seller=self.seller) if invoice.number else "",
            is_numbered=self._is_russian,
            signers=tuple(self._signers()) if self._is_russian and self.sign > 0 else (),
        )

    @property
    def _is_russian(self) -> bool:
        """Whether it is a счёт на оплату: rows are numbered and counted, and two people sign."""
        return self.seller.get("country") == "RU" and self.invoice.language == "ru"

    def _signers(self) -> Iterator[tuple[str, str]]:
        director = str(self.seller.get("director_name") or "")
        yield HEAD, director
        if not is_sole_trader(str(self.seller.get("tax_number") or "")):
            yield ACCOUNTANT, ""

    def _title(self) -> str:
        """What the document calls itself: an invoice of advances alone, or one that sets them off, says so."""
        kinds = {line.kind for line in self.lines}
        if self.invoice.kind == Invoice.Kind.CREDIT_NOTE:
            return "credit_note"
        if any(line.sets_off and line.sets_off.kind == InvoiceLine.Kind.ADVANCE for line in self.lines):
            return "final_invoice"
        return "advance_invoice" if kinds == {InvoiceLine.Kind.ADVANCE} else "invoice"

    def _facts(self) -> Iterator[tuple[str, str]]:
        invoice = self.invoice
        if invoice.supply_from and invoice.supply_to:
            yield self.words["period"], self._period(invoice.supply_from, invoice.supply_to)
        if invoice.buyer_reference:
            yield self.words["reference"], invoice.buyer_reference
        if invoice.contract_reference:
            yield self.words["contract"], invoice.contract_reference
        if invoice.order_reference:
            yield self.words["order"], invoice.order_reference
        if invoice.corrects:
            yield self.words["corrects"], invoice.corrects.number
            yield self.words["reason"], invoice.reason
        elif invoice.due_on:
            yield self.words["due"], self._day(invoice.due_on)

    def _row(self, line: InvoiceLine) -> PaperRow:
        kinds = InvoiceLine.Kind
        tones = {kinds.GOODWILL: "free", kinds.EXTRA: "free", kinds.PREPAID: "prepaid", kinds.INCLUDED: "prepaid"}
        return PaperRow(
            text=line.description,
            small=tuple(self._small(line)),
            quantity=write_number(line.quantity * self.sign, 4, trim=True) if line.quantity else "",
            unit=self.words.get(line.unit, line.unit),
            price=write_number(line.unit_price, 4, trim=True) if line.unit_price % 1 else self._plain(line.unit_price),
            amount=self._plain(line.amount * self.sign),
            tone="" if line.amount else tones.get(InvoiceLine.Kind(line.kind), ""),
        )

    def _small(self, line: InvoiceLine) -> Iterator[str]:
        entries = line.details.get("entries", [])
        if entries:
            people = dict.fromkeys(str(entry["who"]) for entry in entries)
            days = [date.fromisoformat(entry["on"]) for entry in entries]
            yield f"{', '.join(people)}, {self._period(min(days), max(days))}"
        if "value" in line.details:
            value = self._money(Decimal(line.details["value"]))
            yield self.words["value"].format(value=value)
        if "discounted" in line.details:
            yield self.words["discounted"].format(value=self._money(Decimal(line.details["discounted"])))
        if "balance_minutes" in line.details:
            yield self.words["balance"].format(hours=write_hours(line.details["balance_minutes"]))

    def _totals(self) -> Iterator[tuple[str, str]]:
        groups = [group for group in self.invoice.vat.order_by("-rate") if group.net_amount or group.vat_amount]
        if not any(states_rate(group.category) for group in groups):
            yield self.words["no_vat"], self._plain(self.invoice.net_amount * self.sign)
            return
        untaxed = sum((group.net_amount for group in groups if not states_rate(group.category)), Decimal(0))
        yield self.words["net"], self._plain((self.invoice.net_amount - untaxed) * self.sign)
        for group in (group for group in groups if states_rate(group.category)):
            label = self.words["vat"].format(percent=write_number(group.rate, 2, trim=True))
            yield label, self._plain(group.vat_amount * self.sign)
        if untaxed:
            yield self.words["no_vat"], self._plain(untaxed * self.sign)

    def _total(self) -> tuple[str, str]:
        label = self.words["total" if self.sign > 0 else "credited"]
        return label, self._money(self.invoice.gross_amount * self.sign)

    def _texts(self) -> Iterator[str]:
        invoice = self.invoice
        if any(group.vat_amount for group in invoice.vat.all()):
            yield self.words["gross_basis" if invoice.price_includes_tax else "net_basis"]
        if invoice.base_rate and invoice.vat_amount and invoice.currency != (base := base_currency()):
            yield self._base_vat(invoice.base_rate, base)
        yield from self._tax_texts()
        if self._is_russian:
            yield COUNTED.format(n=len(self.lines), total=self._money(invoice.gross_amount))
        if self._is_russian and invoice.currency in SPELLED:
            yield amount_in_words(invoice.gross_amount, invoice.currency)
        if invoice.discount_until_on:
            yield cash_discount_words(invoice, until=invoice.discount_until_on)
        if invoice.notes:
            yield invoice.notes

    def _tax_texts(self) -> Iterator[str]:
        """What the law wants said of how the document is taxed."""
        tax = treatment_tax(self.invoice.treatment, str(self.seller.get("vat_regime", "")))
        said = [tax, *(tax_in_words(group.category, tax) for group in self.invoice.vat.all())]
        yield from (self.words[text] for text in dict.fromkeys(each.text for each in said if each.text))
        if self.seller.get("is_taxed_when_paid") and self.invoice.vat_amount:
            yield self.words["when_paid"]

    def _base_vat(self, rate: Decimal, base: str) -> str:
        """What is owed to the tax office, whose currency is not that of the document (BT-111)."""
        amount = quantise(self.invoice.vat_amount * rate * self.sign, base)
        said = write_number(rate, 6, trim=True)
        return self.words["base_vat"].format(currency=base, amount=write_money(amount, base), rate=said)

    def _bank(self) -> Iterator[tuple[str, str]]:
        """The account, and for SEPA the structured reference by which a payment finds the document by itself."""
        bank = self.seller.get("bank") or {}
        if self._is_russian and bank:
            yield PAYEE, str(bank.get("holder") or self.seller.get("name", ""))
        yield from bank_facts(bank, self.words)
        reference = rf_reference(self.invoice.number) if bank.get("iban") and self.invoice.number else ""
        if reference:
            yield self.words["payment_reference"], iso11649.format(reference)

    def _hours(self) -> Iterator[PaperHour]:
        for line in self.lines:
            for entry in line.details.get("entries", []):
                day = format_date(date.fromisoformat(entry["on"]), "short", locale=self.invoice.language)
                yield PaperHour(day, str(entry["who"]), str(entry["text"]), str(write_hours(entry["minutes"])))

    def _plain(self, amount: Decimal) -> str:
        return write_money(amount, self.invoice.currency).number

    def _money(self, amount: Decimal) -> str:
        return str(write_money(amount, self.invoice.currency))

    def _day(self, day: date) -> str:
        return format_date(day, "long", locale=self.invoice.language)

    def _period(self, first: date, last: date) -> str:
        """A month by its name, one day as itself, else both ends."""
        locale = self.invoice.language
        if (first, last) == (month_start(first), month_end(first)):
            return format_date(first, "LLLL y", locale=locale)
        days = format_skeleton("yMMMd", first, locale=locale), format_skeleton("yMMMd", last, locale=locale)
        return days[0] if first == last else " – ".join(days)


def tax_in_words(category: str, tax: Tax) -> Tax:
    """The tax whose words a group of this category needs on a document of that tax."""
    return VOUCHER if category == VOUCHER.category != tax.category else tax


def treatment_tax(treatment: str, regime: str) -> Tax:
    """The mandatory words follow from how the document is taxed; its rate does not matter for them."""
    known = Regime(regime) if regime in Regime else Regime.STANDARD
    return tax_of(Treatment(treatment), percent=Decimal(0), regime=known)


def party_lines(party: Mapping[str, Any], words: Words) -> Iterator[str]:
    """Name, address and tax numbers of a seller or buyer, one line each."""
    yield str(party.get("name", ""))
    if party.get("street"):
        yield str(party["street"])
    city = " ".join(str(part) for part in (party.get("postcode"), party.get("city")) if part)
    if city:
        yield city
    for name in ("vat_id", "tax_number", "registration_reason"):
        if party.get(name):
            yield f"{words[name]} {party[name]}"


def bank_facts(bank: Mapping[str, Any], words: Words) -> Iterator[tuple[str, str]]:
    names = {
        "iban": "iban",
        "bic": "bic",
        "account_number": "account",
        "bik": "bik",
        "correspondent_account": "correspondent",
        "bank_name": "bank",
    }
    for key, word in names.items():
        if bank.get(key):
            yield words[word], str(bank[key])


def foot_lines(seller: Mapping[str, Any], words: Words) -> Iterator[str]:
    if seller.get("director_name"):
        yield f"{words['director']}: {seller['director_name']}"
    if seller.get("register_entry"):
        yield f"{words['register']}: {seller['register_entry']}"
    yield from (str(seller[name]) for name in ("phone", "email") if seller.get(name))


def joined(lines: Iterable[str]) -> str:
    return ", ".join(lines)
