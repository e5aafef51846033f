"""What is strange in the data is said; it stops nothing, and no paper waits for it."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.homes import ROOT, HomeOnTrial

WEEK = "2023-11-27T07:00+09:00"


def without_operator(folder: Path, operator: str) -> Path:
    """The contract, with one operator forgotten."""
    text = (ROOT / "contract.toml").read_text("utf-8")
    kept = re.sub(rf'\[\[staff\]\][^\[]*operator = "{operator}".*?(?=\n\[)', "", text, flags=re.S)
    assert kept != text
    path = folder / "contract.toml"
    path.write_text(kept, "utf-8")
    return path


ENDS_BEFORE_IT_STARTS = (
    '"2023-11-20 10:00:00.000000","2023-11-20 10:00:00.000000","2023-11-20 09:58:00.000000","",'
    '"0110000077","s","ivr","PJSIP/trunk-00000001","","BackGround","menu","0.1","0.1","ANSWERED","","",'
    '"1700442000.1","1700442000.1","1","",""\n'
)


@pytest.mark.parametrize("strange", ["operator", "time"])
def test_strange_data_is_said_and_the_paper_is_made(new_home: HomeOnTrial, strange: str) -> None:
    words: tuple[str, ...] = ()
    if strange == "operator":
        words = ("--config", str(without_operator(new_home.root, "op1")))
    else:
        shutil.rmtree(new_home.pbx)
        (new_home.pbx / "cdr-custom").mkdir(parents=True)
        (new_home.pbx / "cdr-custom" / "Master.csv").write_text(ENDS_BEFORE_IT_STARTS)
    done = new_home.run(WEEK, "--json", *words)
    assert done.returncode == 3, done.stderr
    assert "Traceback" not in done.stderr
    facts = json.loads(done.stdout)
    assert [paper["is_written"] for paper in facts["papers"]] == [True]
    found = {finding["test"] for finding in facts["findings"]}
    expected = {
        "operator": "answered_calls_name_an_operator",
        "time": "times_of_a_call_are_in_order",
    }[strange]
    assert expected in found
    again = new_home.run(WEEK, "--json", *words)
    assert again.returncode == 3, "the condition still stands"
    assert {f["test"] for f in json.loads(again.stdout)["findings"]} == found


def test_a_delivered_paper_that_was_touched_is_noticed_and_made_again(
    new_home: HomeOnTrial,
) -> None:
    assert new_home.run(WEEK).returncode == 0
    folder = new_home.path / "outbox" / "weekly" / "2023-11-20"
    pdf, xlsx = next(folder.glob("*.pdf")), next(folder.glob("*.xlsx"))
    before = pdf.read_bytes(), xlsx.read_bytes()
    pdf.unlink()
    xlsx.write_bytes(before[1] + b"x")
    done = new_home.run(WEEK)
    assert done.returncode == 3
    assert done.stdout.count("was gone or altered, and was made again as registered") == 2
    assert (pdf.read_bytes(), xlsx.read_bytes()) == before
    assert new_home.run(WEEK).returncode == 0
