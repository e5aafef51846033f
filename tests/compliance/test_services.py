"""What a centre answers for is the contract's to say: by queues, or by services with several queues."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from pydantic import ValidationError

from compliance.contract.definitions import definition_versions, fixed_terms
from compliance.contract.terms import Contract
from tests.homes import ROOT

SHIPPED = tomllib.loads((ROOT / "contracts/sapporo-2023/contract.toml").read_text("utf-8"))
TERMS = {name: SHIPPED[name] for name in SHIPPED if name not in ("pbx", "queues")}
GENERAL = {"code": "general", "label": "総合案内", "queues": ["q-ja", "q-en"]}
WASTE = {"code": "waste", "label": "粗大ごみ", "queues": ["q-waste"], "language": "日本語"}


def of(**said: Any) -> Contract:
    return Contract.model_validate({**TERMS, **said})


def test_queues_tell_the_services() -> None:
    told = of(queues=SHIPPED["queues"]).services
    assert [(one.code, one.label, one.queues) for one in told] == [
        ("survey", "調査の問い合わせ", ("survey",)),
        ("opinion", "施策への意見等", ("opinion",)),
    ]


def test_services_tell_the_queues() -> None:
    told = of(services=[GENERAL, WASTE])
    assert [(one.name, one.menu_choice, one.label) for one in told.queues] == [
        ("q-ja", "general", "総合案内"),
        ("q-en", "general", "総合案内"),
        ("q-waste", "waste", "粗大ごみ"),
    ]
    assert told.services[1].language == "日本語"


def test_several_queues_of_one_service_may_have_labels_of_their_own() -> None:
    queues = [
        {"name": "q-ja", "menu_choice": "general", "label": "総合案内（日本語）"},
        {"name": "q-en", "menu_choice": "general", "label": "総合案内（英語）"},
    ]
    told = of(services=[GENERAL], queues=queues)
    assert [one.label for one in told.queues] == ["総合案内（日本語）", "総合案内（英語）"]
    assert [one.label for one in told.services] == ["総合案内"]


@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        ({}, "services"),
        ({"services": []}, "services"),
        ({"services": "general"}, "services"),
        ({"services": [{**GENERAL, "code": "総合"}]}, "pattern"),
        ({"services": [GENERAL, GENERAL]}, "keep it in one"),
        ({"services": [GENERAL, {**WASTE, "queues": ["q-ja"]}]}, "keep it in one"),
        ({"services": [GENERAL], "queues": [{"name": "q-ja", "menu_choice": "waste", "label": "x"}]}, "no [[services]] has that code"),
        ({"services": [GENERAL], "queues": [{"name": "q-ja", "menu_choice": "general", "label": "x"}]}, "'q-en' of general stands in no [[queues]]"),
        ({"services": [GENERAL, WASTE], "queues": [{"name": q, "menu_choice": "general", "label": "x"} for q in ("q-ja", "q-en", "q-waste")]}, "whose [[services]] does not name it"),
        ({"queues": [{"name": "q", "menu_choice": "Q 1", "label": "x"}]}, "pattern"),
    ],
)  # fmt: skip
def test_what_does_not_agree_is_told_with_its_remedy(said: dict[str, Any], remedy: str) -> None:
    with pytest.raises(ValidationError) as refused:
        of(**said)
    assert remedy in str(refused.value)


@pytest.mark.parametrize("code", ["tax", "tax-2024", "tax_2024", "a" * 24])
def test_services_campaigns_and_results_are_called_alike(code: str) -> None:
    result = {"code": code, "label": "納付の約束"}
    told = of(
        services=[{**WASTE, "code": code}],
        campaigns=[{"code": code, "label": "納付案内", "results": [result]}],
    )
    (campaign,) = told.campaigns
    assert told.services[0].code == campaign.code == campaign.results[0].code == code
    name = next(one.name for one in fixed_terms(told) if one.name.startswith("result."))
    assert len(name) <= definition_versions.c.name.type.length


@pytest.mark.parametrize(
    ("code", "what"),
    [
        ("Tax", "pattern"),
        ("2024", "pattern"),
        ("納付", "pattern"),
        ("", "pattern"),
        ("a" * 33, "at most"),
    ],
)
def test_what_is_no_code_is_refused_wherever_it_stands(code: str, what: str) -> None:
    result = {"code": code, "label": "納付の約束"}
    campaign = {"code": "tax", "label": "納付案内", "results": [result]}
    with pytest.raises(ValidationError, match=what):
        of(services=[{**WASTE, "code": code}])
    with pytest.raises(ValidationError, match=what):
        of(
            services=[WASTE],
            campaigns=[{**campaign, "code": code, "results": [{**result, "code": "a"}]}],
        )
    with pytest.raises(ValidationError, match=what):
        of(services=[WASTE], campaigns=[campaign])
