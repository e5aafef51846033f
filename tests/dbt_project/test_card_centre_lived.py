"""The first days of a second contract, lived by the simulated centre: every figure is the true one."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from tests.dbt_project.test_simulated_truth import differing, joined
from tests.homes import ROOT, HomeOnTrial

AS_OF = "2024-04-03T07:00+09:00"


@pytest.mark.slow  # a home of its own lives two days
def test_the_figures_of_its_first_days_are_the_simulated_truth(tmp_path: Path) -> None:
    home = HomeOnTrial(tmp_path, tmp_path / "none")
    environment = {k: v for k, v in home.environment().items() if k != "MADOGUCHI_PBX"}
    done = subprocess.run(
        [
            sys.executable, "-m", "orchestration.cli", "simulate", "--config",
            str(ROOT / "contracts" / "card-centre"), "--home", str(home.path), "--as-of", AS_OF,
        ],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=500, check=False,
    )  # fmt: skip
    assert done.returncode in (0, 3), done.stderr[-2000:]
    pbx = home.path.with_name(home.path.name + "-pbx")
    both = joined(home.path, pbx / "truth.csv")
    both.execute(
        "delete from both_sides where cast(split_part(true_id, '.', 1) as bigint) > ?",
        [int(datetime.fromisoformat(AS_OF).timestamp())],
    )
    assert not differing(both, "true_id is null or call_id is null")
    assert not differing(
        both, "(outcome, outcome_reason) is distinct from (found_outcome, found_reason)"
    )
    true_days = both.execute(
        "select count(*) filter (where direction = 'inbound' and outcome = 'answered'), "
        "count(*) filter (where direction = 'inbound' and outcome <> 'after_hours') from both_sides"
    ).fetchone()
    with duckdb.connect(str(home.path / "warehouse.duckdb"), read_only=True) as connection:
        days = connection.execute(
            "select sum(answered_count), sum(incoming_in_hours_count) from reports.rpt_daily_kpi"
        ).fetchone()
        slots = connection.execute(
            "select sum(incoming_count), cast(min(half_hour_start_local) as varchar), "
            "count(*) from reports.rpt_half_hour_kpi where call_date <= '2024-04-02'"
        ).fetchone()
    assert days is not None
    assert true_days is not None
    assert slots is not None
    assert (days[0], days[1]) == true_days
    assert slots == (true_days[1], "2024-04-01 08:30:00", 36)
