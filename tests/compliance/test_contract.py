"""`contract.toml`: as shipped it is the contract; every mistake names key, value and remedy."""

from __future__ import annotations

import tomllib
from datetime import date, time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from application.home.settings import load_settings
from compliance.contract.folder import copy_contract
from compliance.contract.terms import Contract
from compliance.errors import ContractInvalid
from orchestration.cli import app
from tests.homes import ROOT

SHIPPED = (ROOT / "contracts/sapporo-2023/contract.toml").read_text(encoding="utf-8")


def test_the_shipped_file_says_what_the_contract_says(contract: Contract) -> None:
    assert (contract.period.start_date, contract.period.end_date) == (
        date(2023, 11, 20),
        date(2024, 2, 29),
    )
    assert (contract.hours.opens_at, contract.hours.closes_at) == (time(9), time(18))
    assert contract.capacity.lines == 5
    assert (contract.capacity.operators, contract.capacity.planned_calls_per_day) == (3, 100)
    assert contract.retention.recordings_online_days == 60
    assert contract.deliverable("weekly").due == "first_business_day_of_next_week"


def test_every_key_has_a_comment_the_first_time_it_stands_in_its_table() -> None:
    table, seen, bare = "", set(), []
    for line in SHIPPED.splitlines():
        if line.startswith("["):
            table = line.strip("[] ").split("]")[0]
        elif "=" in line and not line.startswith("#"):
            key = (table, line.split("=")[0].strip())
            if key not in seen and "#" not in line:
                bare.append(key)
            seen.add(key)
    repeated = {"definitions", "staff", "queues"}
    assert [key for key in bare if key[0] not in repeated] == []
    first_blocks = {table for table, _ in seen}
    assert repeated <= first_blocks


def edited(tmp_path: Path, before: str, after: str) -> Path:
    assert before in SHIPPED
    path = tmp_path / "contract.toml"
    path.write_text(SHIPPED.replace(before, after, 1), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("lines = 5", "lines = 0", r"capacity\.lines = 0.*greater than or equal to 1"),
        ("lines = 5", 'lines = "five"', r"capacity\.lines = 'five'"),
        ("lines = 5", "linse = 5", r"capacity\.linse = 5 is not a key"),
        ("lines = 5", "", r"capacity\.lines is missing"),
        ("closes_at = 18:00:00", "closes_at = 08:00:00", r"closes_at 08:00:00 is not after"),
        ("end_date = 2024-02-29", "end_date = 2023-02-28", r"lies before start_date"),
        ('spellings = ["op2", "PJSIP/op2"]', 'spellings = ["op1"]', r"'op1' stands more than once"),
        ('name = "short_abandon"', 'name = "brief_abandon"', r"short_abandon has no version"),
        ('numerator = ["answered"]', 'numerator = ["anserwed"]', r"anserwed"),
        ('time_zone = "Asia/Tokyo"', 'time_zone = "Asia/Tokio"', r"pbx\.time_zone = 'Asia/Tokio'"),
        ('queue_log = "queue_log*"', 'queue_log = "/etc/*"', r"pbx\.sources\.queue_log"),
        ("access_log_days_after_end = 365", "access_log_days_after_end = 30", r"access_log_days"),
    ],
)
def test_a_mistake_names_key_value_and_remedy(
    tmp_path: Path, before: str, after: str, told: str
) -> None:
    with pytest.raises(ContractInvalid, match=told):
        load_settings(edited(tmp_path, before, after), {})


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    path = edited(tmp_path, "lines = 5", "lines = 0")
    path.write_text(path.read_text("utf-8").replace("operators = 3", "operators = 0"), "utf-8")
    with pytest.raises(ContractInvalid) as refused:
        load_settings(path, {})
    assert "capacity.lines" in str(refused.value)
    assert "capacity.operators" in str(refused.value)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "There is no contract file"),
        (b"lines = [", "is not TOML"),
        (b"name = '\xff'", "is not UTF-8 at byte 8"),
    ],
)
def test_an_unusable_file_is_one_clear_message(
    tmp_path: Path, content: bytes | None, told: str
) -> None:
    path = tmp_path / "contract.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ContractInvalid, match=told):
        load_settings(path, {})


def test_a_folder_that_is_no_contract_says_what_it_lacks(tmp_path: Path) -> None:
    (tmp_path / "contract.toml").write_text(SHIPPED, "utf-8")
    with pytest.raises(ContractInvalid) as refused:
        load_settings(tmp_path, {})
    assert str(refused.value).splitlines()[1:] == [
        f"  {name}: is missing: copy it from contracts/sapporo-2023"
        for name in ("form.toml", "words.toml")
    ]


def test_a_contract_is_a_folder_named_by_itself_or_by_its_terms(tmp_path: Path) -> None:
    left = copy_contract(ROOT / "contracts/sapporo-2023", tmp_path / "next")
    assert any(line.endswith("contractor_name") for line in left)
    assert any(line.startswith("form.toml: line ") for line in left)
    by_folder = load_settings(tmp_path / "next", {}).contract
    assert by_folder == load_settings(tmp_path / "next" / "contract.toml", {}).contract
    assert by_folder.form_file == tmp_path / "next" / "form.toml"
    with pytest.raises(ContractInvalid, match="is there already"):
        copy_contract(ROOT / "contracts/sapporo-2023", tmp_path / "next")


def test_each_file_of_a_folder_tells_its_mistakes_by_file_and_key(tmp_path: Path) -> None:
    folder = tmp_path / "next"
    copy_contract(ROOT / "contracts/sapporo-2023", folder)
    for name, before, after in (
        ("contract.toml", "lines = 5", "lines = 0"),
        ("form.toml", "[voices]", "[voice]"),
        ("words.toml", "[clauses]", "[clause]"),
    ):
        text = (folder / name).read_text("utf-8")
        (folder / name).write_text(text.replace(before, after, 1), "utf-8")
    with pytest.raises(ContractInvalid) as refused:
        load_settings(folder, {})
    told = "\n".join(str(refused.value).splitlines()[1:])
    for place in (
        "contract.toml: capacity.lines = 0",
        "form.toml: voices is missing",
        "words.toml: clause",
    ):
        assert place in told


def test_new_copies_a_contract_and_names_its_blanks(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["new", str(tmp_path / "next")])
    assert done.exit_code == 0, done.output
    assert "contract.toml: line 9: contractor_name" in done.output
    assert (tmp_path / "next" / "words.toml").is_file()


def test_blank_parties_are_allowed_since_only_the_contractor_knows_them() -> None:
    parties = tomllib.loads(SHIPPED)["parties"]
    assert parties["contractor_name"] == ""


def test_the_environment_says_where_things_lie(tmp_path: Path) -> None:
    settings = load_settings(
        ROOT / "contracts/sapporo-2023/contract.toml",
        {"MADOGUCHI_HOME": str(tmp_path / "h"), "MADOGUCHI_KEYS": str(tmp_path / "k")},
    )
    assert (settings.home_root, settings.keys_root) == (tmp_path / "h", tmp_path / "k")
    assert settings.operations_url == f"sqlite:///{tmp_path / 'h' / 'operations.db'}"
    plain = load_settings(
        ROOT / "contracts/sapporo-2023/contract.toml", {"MADOGUCHI_HOME": str(tmp_path / "h")}
    )
    assert plain.keys_root == tmp_path / "h-keys"
    assert plain.pbx.root == tmp_path / "h-pbx"
