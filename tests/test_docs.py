"""Documents say only what exists: clauses, links, commands, settings."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOCS = sorted(
    [ROOT / "README.md", ROOT / "README.ja.md", ROOT / "CHANGELOG.md", *ROOT.glob("docs/**/*.md")]
)


def clause_rows() -> list[list[str]]:
    lines = (ROOT / "docs" / "clauses.md").read_text().splitlines()
    rows = [line.strip("|").split("|") for line in lines if line.startswith("| ")]
    return [[cell.strip() for cell in row] for row in rows[1:]]


@pytest.mark.parametrize("row", clause_rows(), ids=lambda row: str(row[0]))
def test_each_clause_names_places_and_tests_that_exist(row: list[str]) -> None:
    clause, duty, served_by, held_by = row
    assert clause and duty
    places = re.findall(r"`([^`]+)`", served_by)
    tests = re.findall(r"`([^`]+)`", held_by)
    assert places and tests
    for place in [*places, *tests]:
        path, _, name = place.partition("::")
        assert (ROOT / path).exists(), f"{clause}: {place} does not exist"
        if name:
            assert f"def {name}(" in (ROOT / path).read_text(), (
                f"{clause}: {place} has no such test"
            )
    assert all(test.startswith("tests/") for test in tests)


KNOWN_CLAUSES = {
    **{str(n): 0 for n in range(1, 12)}, "6": 4, "8": 3, "9": 3, "10": 3, "11": 3,
    "別紙1": 11, "別紙2": 18,
}  # fmt: skip
"""The contract's main sections with the number of their (n), and how many sections or articles its two annexes have."""
WITHIN = {"別紙1-3": 4, "別紙1-4": 5, "別紙1-5": 12, "別紙1-6": 3}
PARAGRAPHS = {"2-3": 6, "2-4": 3, "2-5": 2, "2-6": 4, "2-7": 7, "2-9": 2, "2-13": 5, "2-14": 2, "2-15": 2, "2-16": 3, "2-17": 2}  # fmt: skip
PAPERS_ASKED_FOR = (
    "6(3)ウ", "6(3)エ", "6(3)オ", "7", "8(3)", "9(1)", "9(2)", "9(3)", "11(1)", "11(3)", "別紙2-3", "別紙2-4", "別紙2-5", "別紙2-7", "別紙2-8",
    "別紙2-12", "別紙2-13-2", "別紙2-13-5", "別紙2-14", "別紙2-16",
)  # fmt: skip
"""What the contract wants in writing."""


def cited() -> set[str]:
    """Every clause that the table names; 2-4 behind 別紙2-3 is of the same annex."""
    found: set[str] = set()
    for row in clause_rows():
        annex = ""
        for one in re.split(r"[,、]\s*", row[0]):
            token = re.sub(r" \([a-zA-Z0-9].*\)$", "", one.strip())
            if token.startswith("別紙"):
                annex = token[:3]
            elif annex and re.match(r"[12]-", token):
                token = f"別紙{token}"
            found.add(token)
    return found


def test_each_clause_that_is_cited_exists() -> None:
    for one in cited():
        if one == "別紙1-1…11" or one in ("別紙1", "別紙2"):
            continue
        if found := re.fullmatch(r"別紙([12])-(\d+)(?:-(\d+))?((?:\(\d+\))*)", one):
            annex, number, paragraph, items = found.groups()
            assert 1 <= int(number) <= KNOWN_CLAUSES[f"別紙{annex}"], one
            if paragraph:
                assert int(paragraph) <= PARAGRAPHS[f"{annex}-{number}"], one
            for item in re.findall(r"\d+", items):
                assert int(item) <= WITHIN[f"別紙1-{number}"], one
        else:
            main = re.fullmatch(r"(\d+)(?:\((\d)\))?([ア-キ]*)(?:\([ア-エ]\))?", one)
            assert main, one
            assert int(main[2] or 0) <= KNOWN_CLAUSES[main[1]], one


def test_each_paper_that_the_contract_wants_has_a_row() -> None:
    assert set(PAPERS_ASKED_FOR) <= cited()


@pytest.mark.parametrize("page", DOCS, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


@pytest.mark.parametrize(
    "package", ["telephony_ingest", "compliance", "reporting", "orchestration"]
)
def test_every_room_stands_in_the_architecture(package: str) -> None:
    page = (ROOT / "docs" / "architecture.md").read_text()
    table = page.split(f"| room of `{package}` |")[1].split("\n\n")[0]
    told = re.findall(r"^\| `([a-z_]+)` \|", table, re.MULTILINE)
    rooms = [path.parent.name for path in (ROOT / package).glob("*/__init__.py")]
    assert sorted(told) == sorted(rooms)


def test_every_command_and_option_is_documented() -> None:
    """The page is what the programme says of itself, every leaf command and option with words of its own."""
    import typer

    from orchestration.cli import app
    from orchestration.commands_page import PAGE, leaves, page

    group = typer.main.get_command(app)
    assert PAGE.read_text("utf-8") == page(group), "make commands"
    found = list(leaves(group, ("madoguchi",)))
    assert len(found) > 90
    for typed, command in found:
        assert command.help, f"`{typed}` says nothing of itself"
        for parameter in command.params:
            assert parameter.help or "--help" in parameter.opts, f"{typed} {parameter.name}"


@pytest.mark.parametrize("name", ["README.md", "README.ja.md", "docs/install.md"])
def test_a_page_names_commands_that_exist(name: str) -> None:
    import typer

    from orchestration.cli import app
    from orchestration.commands_page import leaves

    known = {typed for typed, _ in leaves(typer.main.get_command(app), ("madoguchi",))}
    text = (ROOT / name).read_text("utf-8")
    for words in re.findall(r"(?:`|^)madoguchi ([a-z-]+(?: [a-z-]+)?)", text, re.MULTILINE):
        typed = f"madoguchi {words}"
        first = f"madoguchi {words.split()[0]}"
        assert first in known or any(
            one == typed or one.startswith(f"{typed} ") for one in known
        ), typed


def test_the_decision_table_is_one_for_sql_document_and_papers() -> None:
    import yaml

    from reporting.weekly.wording import CALLBACKS, OUTCOME_NOTES, OUTCOMES, REASONS

    project = yaml.safe_load((ROOT / "dbt_project" / "dbt_project.yml").read_text())["vars"]
    rules = {
        r["rule"]: (r["outcome"], r.get("reason", "")) for r in project["classification_rules"]
    }
    page = (ROOT / "docs" / "call-outcomes.md").read_text()
    told = {
        cells[0]: (cells[2].strip("*"), cells[3])
        for line in page.splitlines()
        if re.match(r"\| R[0-9]{2} \|", line)
        and (cells := [cell.strip() for cell in line.strip("|").split("|")])
    }
    assert told == rules
    sql = (ROOT / "dbt_project/models/intermediate/int_calls__classified.sql").read_text()
    assert sorted(re.findall(r"then '(R[0-9]{2})'|else '(R[0-9]{2})'", sql)) == sorted(
        (("", rule) if rule == "R30" else (rule, "")) for rule in rules
    )
    outcomes = {outcome for outcome, _ in rules.values()}
    assert outcomes == set(OUTCOMES) | set(CALLBACKS)
    assert set(OUTCOME_NOTES) == set(OUTCOMES)
    assert {reason for _, reason in rules.values() if reason} <= set(REASONS)
    thresholds = {name for name in project if name.endswith(("_seconds", "_hours"))}
    assert thresholds == set(
        re.findall(r"^\| `([a-z_]+(?:_seconds|_hours))` \| [0-9]+ \|", page, re.M)
    )


def test_every_environment_variable_is_documented() -> None:
    readme = (ROOT / "README.md").read_text() + (ROOT / "README.ja.md").read_text()
    named = set()
    for source in [*ROOT.glob("orchestration/**/*.py"), *ROOT.glob("compliance/**/*.py")]:
        named |= set(re.findall(r"\"(MADOGUCHI_[A-Z_]+)\"", source.read_text()))
    internal = {
        "MADOGUCHI_WAREHOUSE",
        "MADOGUCHI_LANDING",
        "MADOGUCHI_REFERENCE",
        "MADOGUCHI_FLOOR",
    }
    for variable in sorted(named - internal):
        assert variable in readme, f"{variable} is not documented"


def test_exit_statuses_are_documented() -> None:
    from orchestration.command.exit_codes import ExitCode

    readme = (ROOT / "README.md").read_text()
    for code in ExitCode:
        assert re.search(rf"\| {code.value} \|", readme), (
            f"exit status {code.value} is not documented"
        )


def test_the_map_names_files_that_exist() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    named = set(re.findall(r"`((?:[a-z_]+/)+[A-Za-z_0-9]+\.(?:py|sql|html))`", text))
    assert len(named) > 25
    assert sorted(name for name in named if not (ROOT / name).is_file()) == []


def test_the_page_of_contracts_lists_every_section_of_a_paper_of_figures() -> None:
    from reporting.figures.sections import FigureSection

    page = (ROOT / "docs" / "contract.md").read_text()
    (line,) = [one for one in page.splitlines() if one.startswith("sections = ")]
    for section in FigureSection:
        assert re.search(rf"\b{section.value}\b", line), section


TERMS = sorted((ROOT / "contracts").glob("*/*.toml"))


@pytest.mark.parametrize("path", TERMS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_comments_of_a_contract_are_whole(path: Path) -> None:
    text = path.read_text()
    assert not re.findall(r".*#.*[、。（]）.*", text)
    if told := re.search(r"(\d+)つの業務", text.splitlines()[0]):
        assert int(told[1]) == len(tomllib.loads(text)["services"])


def test_the_page_of_contracts_says_on_which_sundays_the_example_is_open() -> None:
    terms = tomllib.loads((ROOT / "contracts/card-centre/contract.toml").read_text())
    page = re.sub(r"\s+", " ", (ROOT / "docs" / "contract.md").read_text())
    assert any("2nd sun" in one["days"] for one in terms["opening"])
    assert "(weekdays and the second Sunday of a month," in page
