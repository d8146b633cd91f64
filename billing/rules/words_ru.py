"""Amounts in Russian words as documents carry them: units in words, kopecks in digits."""

from decimal import Decimal
from typing import NamedTuple

from crm.money import to_minor

_ONES = (
    "", "один", "два", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять",
    "десять", "одиннадцать", "двенадцать", "тринадцать", "четырнадцать",
    "пятнадцать", "шестнадцать", "семнадцать", "восемнадцать", "девятнадцать",
)  # fmt: skip
_FEMININE = {1: "одна", 2: "две"}
_TENS = (
    "", "", "двадцать", "тридцать", "сорок", "пятьдесят", "шестьдесят", "семьдесят", "восемьдесят", "девяносто",
)  # fmt: skip
_HUNDREDS = (
    "", "сто", "двести", "триста", "четыреста", "пятьсот", "шестьсот", "семьсот", "восемьсот", "девятьсот",
)  # fmt: skip


class Noun(NamedTuple):
    """Forms after 1, 2-4 and 5-20."""

    one: str
    few: str
    many: str
    is_feminine: bool = False

    def after(self, number: int) -> str:
        last_two, last = number % 100, number % 10
        if 11 <= last_two <= 14 or last == 0 or last >= 5:
            return self.many
        return self.one if last == 1 else self.few


_SCALES = (
    Noun("", "", ""),
    Noun("тысяча", "тысячи", "тысяч", is_feminine=True),
    Noun("миллион", "миллиона", "миллионов"),
    Noun("миллиард", "миллиарда", "миллиардов"),
    Noun("триллион", "триллиона", "триллионов"),
)
_CURRENCIES = {
    "RUB": (Noun("рубль", "рубля", "рублей"), Noun("копейка", "копейки", "копеек", is_feminine=True)),
    "EUR": (Noun("евро", "евро", "евро"), Noun("цент", "цента", "центов")),
    "USD": (Noun("доллар США", "доллара США", "долларов США"), Noun("цент", "цента", "центов")),
}
SPELLED = frozenset(_CURRENCIES)


def amount_in_words(amount: Decimal, currency: str = "RUB") -> str:
    """`14426.23` as `Четырнадцать тысяч четыреста двадцать шесть рублей 23 копейки`.

    ValueError for a fraction of a kopeck, a currency without Russian words here, or 10**15 and more.
    """
    if currency not in _CURRENCIES:
        raise ValueError(f"no Russian words for {currency}")
    unit, cent = _CURRENCIES[currency]
    whole, cents = divmod(abs(to_minor(amount, currency)), 100)
    words = f"{number_in_words(whole)} {unit.after(whole)} {cents:02d} {cent.after(cents)}"
    signed = f"минус {words}" if amount < 0 else words
    return signed[0].upper() + signed[1:]


def number_in_words(number: int) -> str:
    """A whole number from 0 up to, not including, 10**15, in the masculine."""
    if not 0 <= number < 1000 ** len(_SCALES):
        raise ValueError(f"not within the range of the words: {number}")
    parts: list[str] = []
    for scale in _SCALES:
        number, group = divmod(number, 1000)
        if group:
            parts[:0] = [*_group_words(group, is_feminine=scale.is_feminine), scale.after(group)]
    return " ".join(word for word in parts if word) or "ноль"


def _group_words(group: int, *, is_feminine: bool) -> list[str]:
    """Words of a number under a thousand."""
    hundreds, rest = divmod(group, 100)
    tens, ones = divmod(rest, 10) if rest >= 20 else (0, rest)
    last = _FEMININE.get(ones, _ONES[ones]) if is_feminine else _ONES[ones]
    return [_HUNDREDS[hundreds], _TENS[tens], last]
