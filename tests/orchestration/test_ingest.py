"""Taking in, with the home's own stores: what lands, what waits, what is remembered."""

from __future__ import annotations

from pathlib import Path

import pytest

from application.home.session import open_workplace, parse_as_of, read_settings
from application.home.settings import pbx_at
from application.ingest import ingest, landed_so_far
from compliance.ground.cursors import CursorStore
from compliance.ground.source_states import read_states
from telephony_ingest.asterisk.datasets import SourceKind

LINES = (
    "1700438400|NONE|NONE|NONE|QUEUESTART|\n"
    "4070908800|NONE|NONE|NONE|CONFIGRELOAD|\n"
    "1700438402|NONE|NONE|NONE|CONFIGRELOAD|\n"
)
"""The second line was written while the clock of the PBX stood in 2099."""


@pytest.fixture
def pbx(tmp_path: Path) -> Path:
    folder = tmp_path / "pbx"
    folder.mkdir()
    (folder / "queue_log").write_text(LINES)
    return folder


def test_a_row_dated_ahead_holds_up_nothing_on_the_system_clock(tmp_path: Path, pbx: Path) -> None:
    settings = read_settings(None, tmp_path / "home", environment={})
    with open_workplace(settings, pbx=pbx_at(settings.pbx, pbx)) as workplace:
        report = ingest(workplace, SourceKind.QUEUE_LOG.dataset)
        assert (report.rows_landed, report.rows_waiting) == (3, 0)


def test_a_simulated_home_does_not_look_ahead(tmp_path: Path, pbx: Path) -> None:
    settings = read_settings(None, tmp_path / "home", environment={})
    for moment, landed in (("2023-11-20T12:00", 1), ("2099-01-02", 3)):
        with open_workplace(
            settings, as_of=parse_as_of(moment), pbx=pbx_at(settings.pbx, pbx)
        ) as workplace:
            ingest(workplace, SourceKind.QUEUE_LOG.dataset)
            assert landed_so_far(workplace, SourceKind.QUEUE_LOG.dataset).rows == landed


def test_what_could_not_be_read_is_remembered_until_it_can(tmp_path: Path, pbx: Path) -> None:
    settings = read_settings(None, tmp_path / "home", environment={})
    with open_workplace(settings, pbx=pbx_at(settings.pbx, pbx)) as workplace:
        for kind in SourceKind:
            ingest(workplace, kind.dataset)
        bad = {(state.kind, state.name) for state in read_states(workplace.engine)}
        assert ("cel", "cel-custom/*.csv*") in bad
        assert not any(kind == "queue_log" for kind, _ in bad)
        (pbx / "cel-custom").mkdir()
        (pbx / "cel-custom" / "Keiro.csv").write_text("")
        ingest(workplace, SourceKind.CEL.dataset)
        assert not any(state.kind == "cel" for state in read_states(workplace.engine))


def test_how_far_a_source_was_read_is_kept_beside(tmp_path: Path, pbx: Path) -> None:
    settings = read_settings(None, tmp_path / "home", environment={})
    with open_workplace(settings, pbx=pbx_at(settings.pbx, pbx)) as workplace:
        ingest(workplace, SourceKind.QUEUE_LOG.dataset)
        (path,) = workplace.home.landing.glob("queue_log/*-*.parquet")
        identity = path.name.split("-")[0]
        assert CursorStore(workplace.engine, workplace.now).end_of(identity) == len(LINES)
