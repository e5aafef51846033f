"""The city's form that the contract file names: filled without being named again, handed over beside its paper, or nothing leaves."""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path

import docx
import pytest

from application.home.session import read_settings
from compliance.deliverables.handed_over import deliveries_of
from compliance.errors import ContractInvalid, EntryRefused
from reporting.errors import TemplateRefused
from reporting.personal_information.kind import KIND
from tests.compliance.erasure.stage import Stage
from tests.homes import ROOT
from tests.support.inquiry_commands import say, stage
from tests.support.monthly_papers import issue
from tests.support.word_forms import form, packed

__all__ = ["stage"]
PERIOD = "2023-12"
NAME = "個人情報取扱状況報告書_様式_2023-12.docx"


def contract_with(folder: Path, template: str, kind: str = KIND) -> Path:
    """The shipped contract with a form for a kind of paper."""
    text = (ROOT / "contracts/sapporo-2023/contract.toml").read_text("utf-8")
    before, after = text.split(f'kind = "{kind}"', 1)
    path = folder / "contract.toml"
    path.write_text(f'{before}kind = "{kind}"\ntemplate = "{template}"{after}', "utf-8")
    return path


def own_form(folder: Path, *marks: str) -> Path:
    path = folder / "様式.docx"
    path.write_bytes(packed(form(*marks, table=("{{table.総括}}", "", "", ""))))
    return path


def test_a_paper_leaves_with_the_form_that_the_contract_names(stage: Stage, tmp_path: Path) -> None:
    issue(stage, KIND, is_confirmed=True)
    path = own_form(tmp_path, "{{head.title}}　{{fact.対象月}}", "{{paper.confirmed}}")
    config = str(contract_with(tmp_path, str(path)))
    said = say(
        stage, "papers", "fill", KIND, PERIOD, "--to", str(tmp_path / "out"), "--config", config
    )
    assert str(tmp_path / "out" / NAME) in said
    for _ in range(2):  # safe to repeat: the same bytes lie there already
        say(
            stage,
            "papers",
            "deliver",
            KIND,
            PERIOD,
            "--to",
            str(tmp_path / "medium"),
            "--config",
            config,
        )
    assert len(deliveries_of(stage.engine, KIND, PERIOD)) == 1
    folder = tmp_path / "medium" / KIND / PERIOD
    manifest = json.loads((folder / "manifest.json").read_bytes())
    named = {one["name"]: one["sha256"] for one in manifest["files"]}
    told = "".join(one.text for one in docx.Document(str(folder / NAME)).paragraphs)
    assert "（mg1）" in told and "未確認" not in told, "the city's form says who confirmed too"
    assert (
        set(named) == {one.name for one in folder.iterdir()} - {"manifest.json"} and NAME in named
    )
    content = (folder / NAME).read_bytes()
    assert hashlib.sha256(content).hexdigest() == named[NAME]
    assert content == (tmp_path / "out" / NAME).read_bytes()
    made = docx.Document(io.BytesIO(content))
    assert made.paragraphs[1].text == "個人情報取扱状況報告書　12月"
    assert [cell.text for cell in made.tables[0].rows[1].cells] == ["事故", "無", "", ""]
    say(stage, "papers", "open", KIND, PERIOD, "--to", str(tmp_path / "seen"), "--config", config)
    assert (tmp_path / "seen" / KIND / PERIOD / NAME).read_bytes() == content


def delivering(folder: Path, config: str) -> tuple[str, ...]:
    """The command that hands the paper over onto a medium."""
    return ("papers", "deliver", KIND, PERIOD, "--to", str(folder / "medium"), "--config", config)


def test_nothing_leaves_while_the_form_cannot_be_filled(stage: Stage, tmp_path: Path) -> None:
    issue(stage, KIND, is_confirmed=True)
    path = own_form(tmp_path, "{{head.tilte}}")
    config = str(contract_with(tmp_path, str(path)))
    words = delivering(tmp_path, config)
    with pytest.raises(TemplateRefused, match=r"本文の段落2：\{\{head\.tilte\}\}"):
        say(stage, *words)
    path.unlink()
    with pytest.raises(EntryRefused, match=r"様式\.docx が読めません"):
        say(stage, *words)
    assert not (tmp_path / "medium").exists() and not deliveries_of(stage.engine, KIND, PERIOD)


def test_a_form_that_was_changed_after_the_paper_left_is_not_put_over_it(
    stage: Stage, tmp_path: Path
) -> None:
    from reporting.errors import DeliveryRefused

    issue(stage, KIND, is_confirmed=True)
    config = str(contract_with(tmp_path, str(own_form(tmp_path, "{{head.title}}"))))
    words = delivering(tmp_path, config)
    say(stage, *words)
    before = (tmp_path / "medium" / KIND / PERIOD / NAME).read_bytes()
    own_form(tmp_path, "別の文　{{head.title}}")
    with pytest.raises(DeliveryRefused):
        say(stage, *words)
    assert (tmp_path / "medium" / KIND / PERIOD / NAME).read_bytes() == before


def test_without_a_form_in_the_contract_one_must_be_named(stage: Stage, tmp_path: Path) -> None:
    issue(stage, KIND, is_confirmed=True)
    with pytest.raises(EntryRefused, match="--template で指定"):
        say(stage, "papers", "fill", KIND, PERIOD, "--to", str(tmp_path / "out"))
    say(stage, "papers", "deliver", KIND, PERIOD, "--to", str(tmp_path / "medium"))
    assert not list((tmp_path / "medium").rglob("*様式*"))


@pytest.mark.parametrize(
    ("kind", "template", "told"),
    [
        (KIND, "様式.docx", "no absolute path"),
        (KIND, "/srv/様式.doc", r"must end in \.xlsx or \.docx"),
        (KIND, "/srv/様式", r"must end in \.xlsx or \.docx"),
        ("weekly", "/srv/様式.docx", "weekly goes into no form"),
    ],
)
def test_a_form_in_the_contract_is_looked_at_at_once(
    tmp_path: Path, kind: str, template: str, told: str
) -> None:
    with pytest.raises(ContractInvalid, match=told):
        read_settings(contract_with(tmp_path, template, kind), tmp_path / "home", environment={})
