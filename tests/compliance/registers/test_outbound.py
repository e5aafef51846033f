"""The register of outbound attempts is as the contract's campaigns fill it."""

from __future__ import annotations

import pytest

from application.home.settings import load_settings
from compliance.contract.annex import Annex
from compliance.registers.check import problems
from compliance.registers.known import OUTBOUND, REGISTERS, registers_under
from tests.homes import ROOT

CAMPAIGNS = load_settings(ROOT / "contracts/payment-reminder", {}).contract.campaigns
ATTEMPT = {"campaign": "tax", "case_id": "R6-0001", "at": "2024-04-15T10:00:00+09:00", "by": "op1", "result": "told"}  # fmt: skip


def test_a_contract_without_campaigns_has_no_register_of_attempts() -> None:
    assert registers_under((), Annex()).keys() == REGISTERS.keys() - {OUTBOUND.name}
    assert registers_under(CAMPAIGNS, Annex()).keys() == REGISTERS.keys()


def test_its_codes_are_chosen_from_the_contract_s() -> None:
    register = registers_under(CAMPAIGNS, Annex())[OUTBOUND.name]
    assert register.field("campaign").choices == {"tax": "市税の納付案内", "insurance": "国民健康保険料の納付案内"}  # fmt: skip
    assert list(problems(register, "", ATTEMPT)) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"campaign": "taxes"},
        {"result": "promissed"},
        {"campaign": "insurance"},  # of the other campaign: told
        {"case_id": "090-1234-5678"},
    ],
)
def test_what_the_contract_does_not_name_is_refused(changes: dict[str, str]) -> None:
    register = registers_under(CAMPAIGNS, Annex())[OUTBOUND.name]
    assert list(problems(register, "", {**ATTEMPT, **changes}))
