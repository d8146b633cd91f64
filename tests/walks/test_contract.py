"""The names that integrations rely on, written down once more and compared with the description and live answers."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from rest_framework.test import APIClient

from crm.models import User
from tests.make import make_api
from tests.walks.description import Description

pytestmark = pytest.mark.django_db

EVERYWHERE = "id created_at updated_at"
RESOURCES = {
    "clients": """name legal_name status tier account_manager deputy executive_owner street postcode city country
        currency language industry vat_id tax_number registration_reason billing_email e_invoice e_address
        buyer_reference payment_terms_days default_seller debtor_account parent since_on figures
        external_id external_source""",
    "key-client-designations": """client type reason evidence since_on until_on current_value potential_value
        review_on""",
    "contacts": """client first_name last_name position email phone buying_role level influence birthday language
        external_id external_source""",
    "interactions": """client contacts employees kind direction minutes initiated_by via mode occurred_at summary
        sentiment""",
    "promises": "client contact text due_at made_by source outcome dates",
    "tasks": "client contact assignee kind source due_at value_at_stake state reason",
    "client-members": "client user role from_on to_on",
    "service-lines": "code name name_ru name_de",
    "rates": "amount currency price_includes_tax service_line employee client valid_from valid_to",
    "engagements": "client seller name service_line lead members offer retainer status started_on closed_on",
    "offers": """client seller number version basis currency hourly_rate price_includes_tax estimated_minutes
        signed_minutes used_minutes tolerance_percent status valid_until""",
    "retainers": """client seller monthly_fee currency price_includes_tax term_months starts_on included_minutes
        allowance_period rollover rollover_cap_minutes overage_policy overage_rate bill_in renewal_mode one_off_price
        one_off_minutes""",
    "hour-packages": """client seller draw_on_log kind purchased_minutes price currency price_includes_tax valid_from
        expires_on priority service_lines overage_policy overage_rate negative_limit_minutes balance_minutes
        pending_minutes available_minutes""",
    "time-entries": """employee client engagement offer hour_package service_line worked_on started_at ended_at minutes
        billed_minutes billing_type reason description status needs_decision warnings coverage
        external_id external_source""",
    "period-locks": "kind seller locked_until_on reason",
    "invoices": """number series client seller status issued_on due_on supply_from supply_to currency net_amount
        vat_amount gross_amount balance_amount lines vat external_id external_source""",
    "credit-notes": """number series client seller status issued_on currency net_amount vat_amount gross_amount lines
        vat""",
    "payments": "client seller amount currency received_on reference allocations external_id external_source",
    "exchange-rates": "base quote rate valid_on",
    "export-batches": "format from to seller sha256 file",
    "surveys": "name kind audience",
    "survey-responses": "survey contact score comment answered_at",
    "sellers": """name street postcode city country contact_name phone email currency vat_regime vat_id tax_number
        series bank_accounts overrun_tolerance_percent direct_channel_threshold""",
    "users": "username name roles weekly_minutes holiday_calendar cost_per_hour ramp_until_on",
}
"""Fields that each resource answers, in addition to the three that all have."""

ACTIONS = {
    "clients/{id}/value/": "get",
    "clients/{id}/timeline/": "get",
    "promises/{id}/keep/": "post kept_at",
    "promises/{id}/redate/": "post due_at reason client_informed_at client_agreed_at",
    "promises/{id}/withdraw/": "post",
    "promises/rates/": "get",
    "tasks/{id}/done/": "post",
    "tasks/{id}/snooze/": "post",
    "tasks/{id}/delegate/": "post",
    "tasks/{id}/dismiss/": "post",
    "offers/{id}/send/": "post",
    "offers/{id}/accept/": "post by_name",
    "offers/{id}/decline/": "post",
    "offers/{id}/revise/": "post estimated_minutes",
    "retainers/{id}/comparison/": "get",
    "hour-packages/{id}/top-up/": "post minutes price",
    "hour-packages/{id}/ledger/": "get",
    "hour-packages/{id}/statement/": "get",
    "time-entries/{id}/submit/": "post",
    "time-entries/{id}/approve/": "post",
    "time-entries/{id}/reject/": "post comment",
    "time-entries/{id}/decide/": "post choice reason",
    "time-entries/preview/": "post client worked_on minutes",
    "time-entries/bulk/": "post client worked_on minutes",
    "time-entries/timer/start/": "post",
    "time-entries/timer/stop/": "post",
    "time-entries/timer/": "get",
    "invoices/draft/": "post client through engagement",
    "invoices/{id}/lines/": "post description quantity unit unit_price",
    "invoices/{id}/issue/": "post issued_on",
    "invoices/{id}/credit/": "post reason kind lines",
    "invoices/{id}/write-off/": "post",
    "invoices/{id}/pdf/": "get",
    "invoices/{id}/xrechnung/": "get",
    "invoices/{id}/zugferd/": "get",
    "reports/concentration/": "get",
    "reports/concentration/stress/": "post lost late days",
    "reports/nps/": "get",
    "reports/clv/": "get",
    "reports/ageing/": "get",
    "reports/wip/": "get",
}
"""Acts with the names of what they are told."""

WORDS = {
    ("clients", "e_invoice"): "none zugferd xrechnung",
    ("clients", "tier"): "vip a b c",
    ("interactions", "direction"): "in out both",
    ("promises", "outcome"): """open open_renegotiated kept renegotiated_kept late_unwarned overdue_unwarned
        broken_twice withdrawn_by_client""",
    ("tasks", "state"): "open snoozed done dismissed",
    ("retainers", "allowance_period"): "month quarter term",
    ("retainers", "rollover"): "none unlimited capped",
    ("hour-packages", "kind"): "paid granted",
    ("hour-packages", "overage_policy"): "bill_overage allow_negative require_top_up",
    ("period-locks", "kind"): "time documents",
    ("surveys", "kind"): "relational transactional",
}
"""Every word that a field may hold."""

ANSWERS = {
    "promises/rates/": """n strict_rate honour_rate warned_rate second_date_kept_rate mean_days_late median_days_late
        max_days_late""",
    "reports/ageing/": "on currency rows total",
    "reports/nps/": """n promoters passives detractors nps interval response_rate bounds account""",
    "reports/concentration/": """basis currency from to n total top1 top3 top5 top10 hhi_points hhi_normalised
        effective_number gini entropy rows negative""",
    "retainers/{id}/comparison/": "retainer_total one_off_price saving saving_percent",
    "clients/{id}/value/": "simple historical residual margin as_of",
}
TOLD_CHANGES = ("clients", "contacts", "invoices", "payments", "time-entries")
MONEY = re.compile(r"(^|_)(amount|price|fee|value|cash|receivables|cost|rate|total)$")
NO_MONEY = {"exchange-rates": {"rate"}, "offers": {"rate"}}
TWO_DECIMALS = re.compile(r"-?\d+\.\d\d")


@pytest.fixture
def api() -> APIClient:
    return make_api(User.objects.get(username="partner"))


@pytest.fixture(scope="module")
def description() -> Description:
    return Description()


def test_every_resource_has_its_fields_in_the_description_and_in_the_answers(
    api: APIClient, description: Description
) -> None:
    missing = []
    for name, fields in RESOURCES.items():
        wanted = set(f"{EVERYWHERE} {fields}".split())
        told = description.properties(description.answer(f"/api/v1/{name}/", "get")["results"])
        rows = listed(api, name)
        missing += [(name, "undescribed", lacking) for lacking in [wanted - told.keys()] if lacking]
        missing += [(name, "unanswered", lacking) for row in rows[:1] if (lacking := wanted - row.keys())]
    assert missing == []


def test_every_act_has_its_address_its_method_and_its_arguments(description: Description) -> None:
    operations = {(each.path, each.method): each for each in description.operations()}
    missing = []
    for path, told in ACTIONS.items():
        method, *arguments = told.split()
        found = operations.get((f"/api/v1/{path}", method))
        if found is None or set(arguments) - found.fields.keys():
            missing.append((path, method, arguments))
    assert missing == []


def test_every_choice_has_the_words_of_the_contract(description: Description) -> None:
    wrong = []
    for (name, field), words in WORDS.items():
        told = description.properties(description.answer(f"/api/v1/{name}/", "get")["results"])
        found = description.words(told[field])
        if found != set(words.split()):
            wrong.append((name, field, found))
    assert wrong == []


def test_reports_have_their_shape(api: APIClient, description: Description) -> None:
    wrong = []
    for path, fields in ANSWERS.items():
        collection = path.split("{")[0]
        address = path.replace("{id}", str(listed(api, collection.strip("/"))[0]["id"])) if "{id}" in path else path
        known = description.parameters(f"/api/v1/{path}")
        window = {"from": "2026-01-01", "to": "2026-12-31"} if "from" in known else {}
        answer = api.get(f"/api/v1/{address}", window)
        missing = set(fields.split()) - answer.json().keys() if answer.status_code == 200 else {answer.status_code}
        if missing:
            wrong.append((path, missing))
    assert wrong == []


def test_money_is_text_with_two_decimals_and_moments_end_in_z(api: APIClient) -> None:
    wrong: dict[str, Any] = {}
    for name in RESOURCES:
        for row in listed(api, name):
            wrong |= {f"{name}.{field}": value for field, value in leaves(row) if misshapen(name, field, value)}
    assert wrong == {}


def misshapen(name: str, field: str, value: Any) -> bool:
    if value is None:
        return False
    if field.endswith("_at"):
        return not str(value).endswith("Z")
    if field.endswith("_on"):
        return bool(date.fromisoformat(value).isoformat() != value)
    if field.endswith("_minutes"):
        return not isinstance(value, int)
    money = MONEY.search(field) and field not in NO_MONEY.get(name, set())
    return bool(money) and not (isinstance(value, str) and TWO_DECIMALS.fullmatch(value))


def leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, part in value.items():
            if key != "as_of":  # the days of figures, by their names
                yield from leaves(part, key)
    elif isinstance(value, list):
        for part in value:
            yield from leaves(part, name)
    else:
        yield name, value


def listed(api: APIClient, name: str) -> list[dict[str, Any]]:
    answer = api.get(f"/api/v1/{name}/", {"page_size": 500})
    assert answer.status_code == 200, (name, answer.content)
    found: list[dict[str, Any]] = answer.json()["results"]
    return found


def test_every_list_has_pages_an_order_and_a_search(api: APIClient, description: Description) -> None:
    wrong = []
    for name in RESOURCES:
        lacking = {"page_size", "ordering", "search"} - description.parameters(f"/api/v1/{name}/")
        answer = api.get(f"/api/v1/{name}/", {"page_size": 1}).json()
        shaped = {"next", "previous", "results"} <= answer.keys() and len(answer["results"]) <= 1
        wrong += [(name, lacking)] if lacking or not shaped else []
    assert wrong == []


@pytest.mark.parametrize("name", TOLD_CHANGES)
def test_what_changed_since_a_moment_is_answered_in_its_order(api: APIClient, name: str) -> None:
    rows = api.get(f"/api/v1/{name}/", {"updated_after": "2000-01-01T00:00:00Z"}).json()["results"]
    moments = [row["updated_at"] for row in rows]
    assert moments
    assert moments == sorted(moments)
    assert api.get(f"/api/v1/{name}/", {"updated_after": "2999-01-01T00:00:00Z"}).json()["results"] == []
