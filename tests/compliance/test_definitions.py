"""A definition that was in force is never edited; a change is a new version."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Engine, select

from compliance.contract.definitions import register_definitions
from compliance.contract.terms import Contract, Definition, Outcome
from compliance.errors import DefinitionRewritten
from compliance.ground.acts import audit_outbox
from tests.compliance.conftest import NOW


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
