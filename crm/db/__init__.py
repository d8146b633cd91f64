"""The database toolkit of the house: fields, managers, constraints and triggers that apps declare their rules with."""

from crm.acting import acting
from crm.db.bulk import update_rows
from crm.db.constraints import no_overlap
from crm.db.errors import worded
from crm.db.fields import CurrencyField, MinutesField, MoneyField, PercentField, RateField
from crm.db.querysets import Query
from crm.db.records import External, Record, Singleton
from crm.db.sorting import by_name
from crm.db.triggers import append_only, audited, frozen_when, tombstoned

__all__ = [
    "CurrencyField",
    "External",
    "MinutesField",
    "MoneyField",
    "PercentField",
    "Query",
    "RateField",
    "Record",
    "Singleton",
    "acting",
    "append_only",
    "audited",
    "by_name",
    "frozen_when",
    "no_overlap",
    "tombstoned",
    "update_rows",
    "worded",
]
