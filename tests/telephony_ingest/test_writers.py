"""What one writer of logs wrote is read by one clock and in one language, whichever of its files a line stands in."""

from __future__ import annotations

from pathlib import Path

import pytest

from telephony_ingest.asterisk.datasets import SourceKind
from telephony_ingest.landing.sources import State
from tests.telephony_ingest.desks import Ingest

CALL = "1700438400.1"
"""2023-11-20 00:00:00 in UTC, nine o'clock in Tokyo."""
NUMBER = "0110000042"


def event(kind: str, moment: str, exten: str = "s") -> str:
    fields = (kind, moment, "", NUMBER, NUMBER, "", "", exten, "from-trunk", "PJSIP/trunk-00000001")
    return ",".join(f'"{cell}"' for cell in (*fields, "", "", "", "", CALL, CALL, "", "", "", ""))


def cel(ingest: Ingest, name: str, *lines: str) -> None:
    (ingest.pbx / "cel-custom").mkdir(exist_ok=True)
    (ingest.pbx / "cel-custom" / name).write_text("\n".join([*lines, ""]), "utf-8")


@pytest.fixture
def empty(tmp_path: Path) -> Ingest:
    (tmp_path / "pbx").mkdir()
    return Ingest(tmp_path / "pbx", tmp_path / "landing")


@pytest.mark.parametrize("names", [("Keiro.csv", "Keiro.csv.1"), ("Keiro.csv.1", "Keiro.csv")])
def test_a_piece_in_which_no_channel_begins_is_read_by_its_writer_s_clock(
    empty: Ingest, names: tuple[str, str]
) -> None:
    """UTC, where the settings say Tokyo; only one of the two pieces tells so, whichever is read first."""
    cel(empty, names[0], event("CHAN_START", "2023-11-20 00:00:00"))
    cel(
        empty,
        names[1],
        event("ANSWER", "2023-11-20 00:10:00"),
        event("HANGUP", "2023-11-20 00:20:00"),
    )
    report = empty.land(SourceKind.CEL)
    assert [s.state for s in report.sources] == [State.OTHER_CLOCK] * 2
    moments = empty.rows(SourceKind.CEL, "event_at, event_type")
    assert [(f"{moment:%H:%M}", kind) for moment, kind in moments] == [
        ("00:00", "CHAN_START"),
        ("00:10", "ANSWER"),
        ("00:20", "HANGUP"),
    ]


def test_a_piece_alone_is_read_as_the_settings_say(empty: Ingest) -> None:
    cel(empty, "Keiro.csv", event("ANSWER", "2023-11-20 09:10:00"))
    assert [s.state for s in empty.land(SourceKind.CEL).sources] == [State.OK]
    [(moment,)] = empty.rows(SourceKind.CEL, "event_at")
    assert f"{moment:%H:%M}" == "00:10"


def test_bridges_as_asterisk_11_wrote_them_are_named_and_set_aside(empty: Ingest) -> None:
    moment = "2023-11-20 09:00:00"
    cel(
        empty,
        "Keiro.csv",
        *(event(kind, moment) for kind in ("CHAN_START", "BRIDGE_START", "BRIDGE_END", "HANGUP")),
    )
    report = empty.land(SourceKind.CEL)
    assert (report.rows_landed, report.rejected_by_reason) == (2, {"bridge_of_asterisk_11": 2})
    [source] = report.sources
    assert source.state is State.PARTIAL
    assert "Asterisk 11" in source.detail
    again = empty.land(SourceKind.CEL)
    assert again.rows_landed == again.rows_rejected == 0


@pytest.mark.parametrize(
    ("dialled", "kept"),
    [
        (f"*72{NUMBER}", "*72"),
        (f"#21{NUMBER}", "#21"),
        ("*40000001", "*40"),
        ("**1234567", "**1"),
        ("*97", "*97"),
        ("101", "101"),
        (NUMBER, None),
    ],
)
def test_a_feature_code_lands_without_the_number_behind_it(
    empty: Ingest, dialled: str, kept: str | None
) -> None:
    cel(empty, "Keiro.csv", event("CHAN_START", "2023-11-20 09:00:00", dialled))
    empty.land(SourceKind.CEL)
    [(exten, pseudonym)] = empty.rows(SourceKind.CEL, "exten, exten_pseudonym")
    assert exten == kept
    assert (pseudonym is not None) is (dialled == NUMBER)
