"""The register of audits takes the numbers of the contract's annex, or any where there is none."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from compliance.contract.annex import Annex
from compliance.registers.check import problems
from compliance.registers.known import registers_under

ANNEX = Annex.model_validate(
    {"standards": [{"number": "A", "title": "機器の点検", "proof": "devices"}]}
)
LOOK = {"on": "2024-05-01", "kind": "self", "result": "met", "done": "確認"}


@pytest.mark.parametrize(
    ("annex", "section", "is_taken"),
    [(ANNEX, "A", True), (ANNEX, "1", False), (ANNEX, "", False), (Annex(), "鍵", True), (Annex(), "", True)],
)  # fmt: skip
def test_a_look_is_at_a_standard_of_the_contract(
    annex: Annex, section: str, is_taken: bool
) -> None:
    register = registers_under((), annex)["audits"]
    values = {**LOOK, "section": section} if section else LOOK
    assert (not list(problems(register, "", values))) is is_taken


def test_a_number_stands_once() -> None:
    twice = {"number": "1", "title": "規程"}
    with pytest.raises(ValidationError, match="1 more than once"):
        Annex.model_validate({"standards": [twice, twice]})


def test_a_proof_is_one_that_the_registers_can_give() -> None:
    with pytest.raises(ValidationError):
        Annex.model_validate({"standards": [{"number": "1", "title": "規程", "proof": "luck"}]})
