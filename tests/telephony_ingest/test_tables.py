"""Rows of a database's tables land as the lines of the logs do."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.conftest import ROOT, SAMPLES
from tests.homes import HomeOnTrial
from tests.telephony_ingest.tables import fill_sqlite

_NO_LOGS = {
    'queue_log = "queue_log*"': 'queue_log = ""',
    'cdr_custom = "cdr-custom/*.csv*"': 'cdr_custom = ""',
    'cdr_classic = "cdr-csv/Master.csv*"': 'cdr_classic = ""',
    'cel = "cel-custom/*.csv*"': 'cel = ""',
}
_DATABASE = """
[pbx.database]
engine = "sqlite"
database = "asterisk.db"
cdr = "cdr"
cel = "cel"
queue_log = "queue_log"
"""


def contract_with_tables(folder: Path) -> Path:
    """The shipped contract, reading tables in the place of logs."""
    text = (ROOT / "contract.toml").read_text(encoding="utf-8")
    for before, after in _NO_LOGS.items():
        assert before in text
        text = text.replace(before, after, 1)
    path = folder / "contract.toml"
    path.write_text(text + _DATABASE, encoding="utf-8")
    return path


def test_tables_alone_give_the_same_calls_as_the_files(
    tmp_path: Path, finished_home: HomeOnTrial
) -> None:
    (tmp_path / "bare").mkdir()
    for name in ("recordings", "voicemail"):
        shutil.copytree(SAMPLES / "pbx" / name, tmp_path / "bare" / name)
    home = HomeOnTrial.in_folder(tmp_path / "site", tmp_path / "bare")
    fill_sqlite(home.pbx / "asterisk.db")
    done = home.run("2023-12-25T18:00+09:00", "--config", str(contract_with_tables(tmp_path)))
    assert done.returncode == 0, done.stderr
    columns = "* exclude (caller_pseudonym, outcome_evidence)"  # keyed by each home
    mine, theirs = home.calls(columns), finished_home.calls(columns)
    assert len(mine) == 189
    assert mine == theirs
