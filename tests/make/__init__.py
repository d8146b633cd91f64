"""Plain functions that make rows for tests, each with sensible defaults, and the cast of people."""

from tests.make.api import browser_of, make_api
from tests.make.attention import make_call, make_promised
from tests.make.clients import (
    make_client,
    make_contact,
    make_need,
    make_scope_request,
    make_seller,
    make_service_line,
    make_tiers,
)
from tests.make.hours import (
    log,
    make_cost,
    make_engagement,
    make_package,
    make_rate,
    make_time_lock,
    new_entry,
    submitted,
)
from tests.make.loyalty import (
    make_answer,
    make_buyer,
    make_firm_figure,
    make_revenue,
    make_survey,
    make_value,
    make_work_cost,
)
from tests.make.offers import make_offer
from tests.make.people import Cast, make_cast, make_user

__all__ = [
    "Cast",
    "browser_of",
    "log",
    "make_answer",
    "make_api",
    "make_buyer",
    "make_call",
    "make_cast",
    "make_client",
    "make_contact",
    "make_cost",
    "make_engagement",
    "make_firm_figure",
    "make_need",
    "make_offer",
    "make_package",
    "make_promised",
    "make_rate",
    "make_revenue",
    "make_scope_request",
    "make_seller",
    "make_service_line",
    "make_survey",
    "make_tiers",
    "make_time_lock",
    "make_user",
    "make_value",
    "make_work_cost",
    "new_entry",
    "submitted",
]
