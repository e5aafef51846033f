"""A definition that was in force is never edited; a change is a new version."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, select

from application.home.settings import load_settings
from compliance.contract import definitions
from compliance.contract.definitions import FixedTerm, fixed_definition, fixed_terms
from compliance.contract.targets import Target
from compliance.contract.terms import Contract, Definition, Outcome
from compliance.errors import DefinitionRewritten
from compliance.ground.acts import audit_outbox
from tests.compliance.conftest import NOW
from tests.homes import ROOT


def register_definitions(
    engine: Engine, given: Sequence[Definition], now: datetime
) -> tuple[str, ...]:
    return definitions.register_definitions(engine, [*map(fixed_definition, given)], now)


@pytest.fixture
def rate() -> Definition:
    return Definition(
        name="answer_rate",
        version="1",
        valid_from=date(2023, 11, 20),
        title="応答率",
        formula="応答件数 ÷ 入電件数",
        numerator=(Outcome.ANSWERED,),
        denominator=(Outcome.ANSWERED, Outcome.ABANDONED),
    )


def test_a_definition_is_registered_once_and_noted_for_the_audit_log(
    engine: Engine, rate: Definition
) -> None:
    assert register_definitions(engine, [rate], NOW) == ("answer_rate@1",)
    assert register_definitions(engine, [rate], NOW) == ()
    with engine.connect() as connection:
        noted = connection.execute(select(audit_outbox.c.object_id)).scalars().all()
    assert noted == ["answer_rate@1"]


@pytest.mark.parametrize(
    "edit",
    [
        {"numerator": (Outcome.ANSWERED, Outcome.MESSAGE)},
        {"formula": "応答 ÷ 入電"},
        {"valid_from": date(2023, 11, 21)},
        {"threshold_seconds": 30.0},
    ],
    ids=lambda edit: next(iter(edit)),
)
def test_an_edit_in_place_is_refused(
    engine: Engine, rate: Definition, edit: dict[str, object]
) -> None:
    register_definitions(engine, [rate], NOW)
    with pytest.raises(DefinitionRewritten, match=r"answer_rate version 1.*new version"):
        register_definitions(engine, [rate.model_copy(update=edit)], NOW)


def test_a_definition_that_vanished_is_refused(engine: Engine, rate: Definition) -> None:
    register_definitions(engine, [rate], NOW)
    with pytest.raises(DefinitionRewritten):
        register_definitions(engine, [], NOW)


def test_a_new_version_is_added_beside_the_old_one(engine: Engine, rate: Definition) -> None:
    register_definitions(engine, [rate], NOW)
    later = rate.model_copy(update={"version": "2", "valid_from": date(2024, 1, 1)})
    assert register_definitions(engine, [rate, later], NOW) == ("answer_rate@2",)


def test_the_version_in_force_is_the_latest_that_has_begun(contract: Contract) -> None:
    later = contract.definition("answer_rate", date(2024, 1, 5)).model_copy(
        update={"version": "2", "valid_from": date(2024, 1, 10)}
    )
    both = contract.model_copy(update={"definitions": (later, *contract.definitions)})
    assert both.definition("answer_rate", date(2024, 1, 9)).version == "1"
    assert both.definition("answer_rate", date(2024, 1, 10)).version == "2"


REMINDER = load_settings(ROOT / "contracts/payment-reminder", {}).contract
TARGET = Target(definition="answer_rate", at_least=90)


def told(contract: Contract, **changes: Any) -> tuple[FixedTerm, ...]:
    return fixed_terms(contract.model_copy(update=changes))


def test_targets_and_what_a_result_counts_as_are_never_edited_in_place(engine: Engine) -> None:
    definitions.register_definitions(engine, told(REMINDER, targets=(TARGET,)), NOW)
    (tax, insurance) = REMINDER.campaigns
    absent = tax.results[2].model_copy(update={"reached": True})
    counted = tax.model_copy(update={"results": (*tax.results[:2], absent, tax.results[3])})
    for changes in (
        {"targets": (TARGET.model_copy(update={"at_least": 10.0}),)},
        {"targets": ()},
        {"targets": (TARGET,), "campaigns": (counted, insurance)},
        {"targets": (TARGET,), "campaigns": (insurance,)},
    ):
        with pytest.raises(DefinitionRewritten):
            definitions.register_definitions(engine, told(REMINDER, **changes), NOW)
    later = Target(definition="answer_rate", at_least=80, valid_from=date(2024, 6, 1))
    renamed = tax.model_copy(update={"label": "市税（改称）"})
    terms = told(REMINDER, targets=(TARGET, later), campaigns=(renamed, insurance))
    assert definitions.register_definitions(engine, terms, NOW) == ("target.answer_rate@2024-06-01",)  # fmt: skip
