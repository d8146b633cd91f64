"""Lists of the clients floor as files: the columns of a page, with the figures that the person may see."""

from clients.exports.channels import CHANNELS, HOSPITALITY, INQUIRIES, REACH, RELATIONSHIPS
from clients.exports.firm import ABSENCES, NOTICES, SELLERS, SERVICE_LINES, TIERS
from clients.exports.growth import ADVOCACY, FIRST_ORDERS, NEEDS, PROACTIVE, REFERRALS, SCOPE, whitespace_table
from clients.exports.lists import CLIENTS, COVERAGE, DEPENDENCE, ERASURES, OWN_FIELDS, PAIRS, QUALITY
from clients.exports.treatment import CAUSES, COMPLAINTS, EXTRAS, PRAISE, PROMISES

__all__ = [
    "ABSENCES",
    "ADVOCACY",
    "CAUSES",
    "CHANNELS",
    "CLIENTS",
    "COMPLAINTS",
    "COVERAGE",
    "DEPENDENCE",
    "ERASURES",
    "EXTRAS",
    "FIRST_ORDERS",
    "HOSPITALITY",
    "INQUIRIES",
    "NEEDS",
    "NOTICES",
    "OWN_FIELDS",
    "PAIRS",
    "PRAISE",
    "PROACTIVE",
    "PROMISES",
    "QUALITY",
    "REACH",
    "REFERRALS",
    "RELATIONSHIPS",
    "SCOPE",
    "SELLERS",
    "SERVICE_LINES",
    "TIERS",
    "whitespace_table",
]
