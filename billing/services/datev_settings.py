"""Keeping an own company's DATEV settings: its numbers and the account of every case, saved together."""

from collections.abc import Mapping

from django.db import transaction

from billing.models import DatevAccount, DatevSettings
from billing.rules.datev import Case
from crm.db import worded


@transaction.atomic
def keep_datev_settings(settings: DatevSettings, *, accounts: Mapping[Case, tuple[str, str]]) -> DatevSettings:
    """Saves both; each case has its account and tax key."""
    with worded():
        settings.save()
        for case, (account, tax_key) in accounts.items():
            DatevAccount.objects.update_or_create(
                settings=settings, case=case, defaults={"account": account, "tax_key": tax_key}
            )
    return settings


def accounts_of(settings: DatevSettings) -> dict[Case, tuple[str, str]]:
    """The kept accounts, and what the chart proposes where none was kept."""
    usual = {case: (settings.usual_account(case), "") for case in Case}
    if not DatevSettings.objects.filter(pk=settings.pk).exists():
        return usual
    return usual | {Case(row.case): (row.account, row.tax_key) for row in settings.accounts.all()}
