"""A home on trial with records of inquiries, and its commands as they are typed."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from compliance.inquiries import sheet
from orchestration.cli import app
from tests.compliance.erasure.stage import PASSPHRASE, Stage, set_up

GOOD = {
    sheet.DAY: "2024-01-24", sheet.TIME: "09:30", sheet.OPERATOR: "op1", sheet.CALL: "1706056200.7",
    sheet.NUMBER: "1", sheet.CATEGORY: "新たな施策", sheet.ITEM: "上限額", sheet.VOICE: "苦情",
    sheet.HANDLING: "傾聴", sheet.COMPLAINT: "はい", sheet.WARD: "中央区", sheet.AGE: "70s",
    sheet.SUMMARY: "𠮷日の案内が分かりにくく、窓口の説明が食い違っていたとの申出。",
}  # fmt: skip


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    from compliance.ground.clock import ClockKind, claim_clock
    from tests.compliance.erasure.stage import NOW

    stage = set_up(tmp_path)
    claim_clock(stage.engine, ClockKind.SIMULATED, NOW)
    return stage


def say(stage: Stage, *words: str, by: str = "mg1", expected: int = 0) -> str:
    done = CliRunner().invoke(
        app, [*words, "--home", str(stage.home.root), "--by", by], input=f"{PASSPHRASE}\n"
    )
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == expected, done.output
    return done.output
