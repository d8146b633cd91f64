"""What the three reminders say in the languages of clients, until a firm writes its own words.

The first asks, the second sets a day, the third names what follows. Germany: BGB §§ 286, 288 (default needs no
third letter, a business pays nine points over the base rate); Russia: GK RF art. 395 and APK RF art. 4 part 5 (a
claim, thirty days before a suit). Names in braces are filled in: number, total, pay_until, seller.
"""

from collections.abc import Mapping
from typing import NamedTuple


class Letter(NamedTuple):
    subject: str
    body: str


ENGLISH = {
    1: Letter(
        "Friendly reminder: {total} is open",
        "Perhaps it was overlooked: the invoices below are past their due day and we have not seen a payment yet."
        "\n\nPlease transfer {total} by {pay_until}. If you have paid in the last days, disregard this letter. If"
        " something about our work or an invoice is not as you expected, tell us: we will clear it up before we ask"
        " again.",
    ),
    2: Letter(
        "Second reminder: {total} is overdue",
        "In spite of our first reminder the invoices below are still open.\n\nPlease transfer {total} by {pay_until},"
        " or tell us by then what keeps you from paying.",
    ),
    3: Letter(
        "Last reminder: {total} is overdue",
        "We have reminded you twice, and the invoices below are still open.\n\nWe ask you for the last time to"
        " transfer {total} by {pay_until}. After that day we reserve the right to charge statutory interest on arrears,"
        " to stop our work and to have the claim collected.",
    ),
}
GERMAN = {
    1: Letter(
        "Zahlungserinnerung: {total} offen",
        "vielleicht ist es Ihrer Aufmerksamkeit entgangen: Die unten genannten Rechnungen sind fällig, ein"
        " Zahlungseingang liegt uns noch nicht vor.\n\nBitte überweisen Sie {total} bis zum {pay_until}. Haben Sie in"
        " den letzten Tagen gezahlt, betrachten Sie dieses Schreiben als gegenstandslos. Entspricht unsere Leistung"
        " oder eine Rechnung nicht Ihren Erwartungen, sagen Sie es uns: Wir klären das, bevor wir erneut erinnern.",
    ),
    2: Letter(
        "Zweite Mahnung: {total} überfällig",
        "trotz unserer Zahlungserinnerung sind die unten genannten Rechnungen noch offen.\n\nBitte überweisen Sie"
        " {total} bis zum {pay_until} oder teilen Sie uns bis dahin mit, was der Zahlung entgegensteht.",
    ),
    3: Letter(
        "Letzte Mahnung: {total} überfällig",
        "wir haben Sie zweimal erinnert, die unten genannten Rechnungen sind weiterhin offen.\n\nWir fordern Sie"
        " letztmalig auf, {total} bis zum {pay_until} zu überweisen. Danach behalten wir uns vor, die gesetzlichen"
        " Verzugszinsen (§ 288 BGB) zu berechnen, unsere Leistungen einzustellen und die Forderung einziehen zu"
        " lassen.",
    ),
}
RUSSIAN = {
    1: Letter(
        "Напоминание об оплате: {total}",
        "Возможно, это осталось без внимания: срок оплаты указанных ниже счетов прошёл, а платёж к нам ещё не"
        " поступил.\n\nПросим перечислить {total} до {pay_until}. Если вы оплатили счета в последние дни, оставьте это"
        " письмо без внимания. Если наша работа или счёт не соответствуют ожиданиям, сообщите нам: мы разберёмся,"
        " прежде чем напоминать снова.",
    ),
    2: Letter(
        "Второе напоминание: просрочено {total}",
        "Несмотря на наше напоминание, указанные ниже счета не оплачены.\n\nПросим перечислить {total} до {pay_until}"
        " или сообщить до этого дня, что препятствует оплате.",
    ),
    3: Letter(
        "Претензия: просрочено {total}",
        "Мы напоминали вам дважды, указанные ниже счета по-прежнему не оплачены.\n\nТребуем перечислить {total} до"
        " {pay_until}. После этого дня мы оставляем за собой право начислить проценты по статье 395 ГК РФ,"
        " приостановить работы и обратиться в суд.",
    ),
}
LETTERS: Mapping[str, Mapping[int, Letter]] = {"de": GERMAN, "en": ENGLISH, "ru": RUSSIAN}


def letter_in(language: str, level: int) -> Letter:
    """The letter of a level, English for a language that documents do not speak."""
    return LETTERS.get(language, ENGLISH)[level]


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with its names filled in; a name that nobody knows stays as it was written."""
    for name, value in values.items():
        text = text.replace("{" + name + "}", value)
    return text
