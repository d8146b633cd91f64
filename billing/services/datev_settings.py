"""Keeping an own company's DATEV settings: its numbers and the account of every case, saved together."""

import re
from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from billing.models import DatevAccount, DatevSettings
from billing.rules.datev import NO_AUTOMATIC, USUAL_KEYS, Case
from crm.db import worded

# 8400, 8300, 1718 and 1711 of SKR03; 4400, 4300, 3272 and 3260 of SKR04
AUTOMATIC = (Case.STANDARD, Case.REDUCED, Case.ADVANCE, Case.ADVANCE_REDUCED)


@transaction.atomic
def keep_datev_settings(settings: DatevSettings, *, accounts: Mapping[Case, tuple[str, str]]) -> DatevSettings:
    """Saves both; each case has its account and tax key.

    ValidationError at `account_<case>` and `key_<case>`: `account_length`, `tax_key`, and `automatic_account` for a key
    on an account that reckons its VAT by itself, which DATEV refuses. Revenue of drawn hours is the other way: there
    the key 40 alone keeps an automatic account from booking the VAT of the sale once more.
    """
    _check_accounts(settings, accounts)
    with worded():
        settings.full_clean()
        settings.save()
        for case, (account, tax_key) in accounts.items():
            DatevAccount.objects.update_or_create(
                settings=settings, case=case, defaults={"account": account, "tax_key": tax_key}
            )
    return settings


def _check_accounts(settings: DatevSettings, accounts: Mapping[Case, tuple[str, str]]) -> None:
    wrong = {}
    automatic = {settings.usual_account(case) for case in AUTOMATIC}
    for case, (account, tax_key) in accounts.items():
        if not re.fullmatch(rf"[0-9]{{{settings.account_length}}}", account):
            words = _("An account has %(n)s digits here.") % {"n": settings.account_length}
            wrong[f"account_{case}"] = ValidationError(words, code="account_length")
        if not re.fullmatch(r"[0-9]{0,4}", tax_key):
            wrong[f"key_{case}"] = ValidationError(_("A tax key has up to four digits."), code="tax_key")
        elif case is Case.DRAWN:
            moves = account != accounts.get(Case.PACKAGE, ("", ""))[0]
            wrong |= _drawn_faults(account, tax_key, is_automatic=moves and account in automatic)
        elif tax_key and account in automatic:
            words = _("The account %(account)s reckons VAT by itself: leave its key empty.") % {"account": account}
            wrong[f"key_{case}"] = ValidationError(words, code="automatic_account")
    if wrong:
        raise ValidationError(wrong)


def _drawn_faults(account: str, tax_key: str, *, is_automatic: bool) -> dict[str, ValidationError]:
    if not is_automatic or tax_key == NO_AUTOMATIC:
        return {}
    words = _("The account %(account)s would book the VAT of the sale once more: give it the key 40.")
    return {f"key_{Case.DRAWN}": ValidationError(words % {"account": account}, code="automatic_account")}


def accounts_of(settings: DatevSettings) -> dict[Case, tuple[str, str]]:
    """The kept accounts, and what the chart proposes where none was kept."""
    usual = {case: (settings.usual_account(case), USUAL_KEYS.get(case, "")) for case in Case}
    if not settings.pk:
        return usual
    return usual | {Case(row.case): (row.account, row.tax_key) for row in settings.accounts.all()}
