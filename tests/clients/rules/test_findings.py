"""clients.rules.findings: who is cared for by too few."""

import pytest

from clients.rules.findings import ClientCare, Finding, find_gaps_in_care


@pytest.mark.parametrize(
    ("care", "findings"),
    [
        (ClientCare(is_vip=True, has_account_manager=True, executive_owner_is_partner=True, people_touched=2), ()),
        (
            ClientCare(is_vip=True, has_account_manager=False, executive_owner_is_partner=False, people_touched=1),
            (Finding.NO_ACCOUNT_MANAGER, Finding.NO_EXECUTIVE_OWNER, Finding.TOO_FEW_PEOPLE),
        ),
        (
            ClientCare(is_vip=False, has_account_manager=False, executive_owner_is_partner=False, people_touched=0),
            (Finding.NO_ACCOUNT_MANAGER,),
        ),
    ],
)
def test_a_vip_needs_a_partner_and_two_of_us_and_everyone_an_account_manager(
    care: ClientCare, findings: tuple[Finding, ...]
) -> None:
    assert find_gaps_in_care(care) == findings
