"""Clauses that papers print are the contract's: none stands in what renders them, and a blank one prints nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime

import pytest

from compliance.contract.terms import Contract
from compliance.contract.words import ContractWords
from compliance.ground.japan import TOKYO
from reporting.paper.people_form import pledges, staff_list
from reporting.weekly.pdf import paper
from reporting.weekly.statements import remarks
from tests.homes import ROOT
from tests.reporting.reports import report

PRINTED = datetime(2023, 12, 5, 7, tzinfo=TOKYO)
CITED = re.compile(r"仕様書[0-9]|別紙[12][第-]|[0-9]\([0-9]\)|札幌|敬老|高齢|保健福祉")
RENDERED = (
    "reporting/weekly/weekly.typ",
    "reporting/voices/voices.typ",
    "reporting/complaints/complaints.typ",
    "reporting/paper/tables.typ",
)


@pytest.mark.parametrize("name", RENDERED)
def test_no_template_of_a_city_paper_holds_a_clause_or_a_name_of_one_contract(name: str) -> None:
    assert CITED.findall((ROOT / name).read_text("utf-8")) == []


def test_the_shipped_clauses_are_printed_and_blank_ones_are_not(contract: Contract) -> None:
    made = report()
    found = replace(
        made, reconciliation=replace(made.reconciliation, answered_without_recording=1, talked=2)
    )
    assert paper(found, PRINTED)["answering_clause"] == "（仕様書6(3)エ）"
    assert any("（6(3)カ）。" in note for note in remarks(found))
    bare = replace(found, head=replace(found.head, clauses=()))
    assert paper(bare, PRINTED)["answering_clause"] == ""
    assert [note for note in remarks(bare) if CITED.search(note)] == []
    without = contract.model_copy(update={"words": ContractWords()})
    day = date(2023, 12, 1)
    for form in (pledges, staff_list):
        assert dict(form(contract, [], day).facts)["根拠"]
        told = form(without, [], day)
        assert "根拠" not in dict(told.facts)
        assert CITED.findall(" ".join(table.note for table in told.tables)) == []
