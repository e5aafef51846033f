"""Great Expectations finds what a source should not have sent, and keeps no value of it."""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest

from telephony_ingest.asterisk.datasets import DATASETS, SourceKind
from telephony_ingest.quality import rows
from telephony_ingest.quality.judge import Docs, judge
from tests.telephony_ingest.desks import Ingest

TOKYO = ZoneInfo("Asia/Tokyo")
RECORDED = frozenset(SourceKind) - {SourceKind.MANAGER_EVENTS}
"""What the recorded exchange left in files; what its manager interface told was heard, not written."""


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory, pbx_dir: Path) -> Path:
    ingest = Ingest(pbx_dir, tmp_path_factory.mktemp("quality") / "landing")
    for kind in SourceKind:
        ingest.land(kind)
    return ingest.landing


def spoil(landing: Path, folder: Path, kind: SourceKind, change: str) -> None:
    """The rows of a kind with a column replaced, as landing of its own below a folder."""
    (folder / kind).mkdir()
    duckdb.execute(
        f"copy (select * replace ({change}) from read_parquet('{landing / kind}/*.parquet')) "
        f"to '{folder / kind}/spoilt.parquet' (format parquet)"
    )


def test_the_recorded_rows_meet_every_question(landing: Path) -> None:
    verdicts = judge(landing, DATASETS.values())
    assert set(verdicts) == set(SourceKind)
    for kind, verdict in verdicts.items():
        assert (verdict.rows > 0) == (kind in RECORDED)
        assert len(verdict.checks) >= (5 if kind in RECORDED else 0)
        assert verdict.is_met, [check.name for check in verdict.checks if not check.is_met]


def test_only_the_days_asked_for_are_judged(landing: Path) -> None:
    day = date(2023, 11, 20)
    log = SourceKind.QUEUE_LOG
    one = judge(landing, [log.dataset], first_day=day, last_day=day)[log]
    assert 0 < one.rows < judge(landing, [log.dataset])[log].rows
    nothing = judge(landing, [log.dataset], first_day=date(2030, 1, 1))[log]
    assert (nothing.rows, nothing.checks, nothing.is_met) == (0, (), True)


@pytest.mark.parametrize(
    ("kind", "change", "found"),
    [
        (SourceKind.QUEUE_LOG, "'TELEPORT' as verb", "verb_is_known"),
        (SourceKind.QUEUE_LOG, "-5 as wait_seconds", "wait_seconds_is_plausible"),
        (SourceKind.QUEUE_LOG, "0 as byte_offset", "place_is_landed_once"),
        (SourceKind.QUEUE_LOG, "'0110000042' as caller_pseudonym", "caller_pseudonym_is_shaped"),
        (SourceKind.CDR, "start_at - interval 1 hour as end_at", "end_is_not_before_start"),
        (SourceKind.CDR, "null::varchar as linkedid", "linkedid_is_there"),
        (SourceKind.CDR, "duration_seconds + 9 as billsec_seconds", "talk_is_within_call"),
        (SourceKind.RECORDINGS, "'damaged' as header_state", "header_state_is_known"),
    ],
)
def test_rows_that_such_a_source_never_sends_are_found(
    landing: Path, tmp_path: Path, kind: SourceKind, change: str, found: str
) -> None:
    spoil(landing, tmp_path, kind, change)
    verdict = judge(tmp_path, [kind.dataset])[kind]
    unmet = {check.name: check.rows_failed for check in verdict.checks if not check.is_met}
    assert found in unmet
    assert unmet[found] > 0


SPOILT = (
    (SourceKind.QUEUE_LOG, "case when line_no % 3 = 0 then 'TELEPORT' else verb end as verb"),
    (SourceKind.QUEUE_LOG, "case when line_no % 5 = 0 then -5 else wait_seconds end as wait_seconds"),
    (SourceKind.QUEUE_LOG, "byte_offset // 100 as byte_offset"),
    (SourceKind.QUEUE_LOG, "caller_pseudonym || chr(10) as caller_pseudonym"),
    (SourceKind.QUEUE_LOG, "case when line_no % 7 = 0 then null else event_at end as event_at"),
    (SourceKind.CEL, "case when line_no % 11 = 0 then uniqueid || 'x' else uniqueid end as uniqueid"),
    (SourceKind.CEL, "case when line_no % 2 = 0 then 'X' || caller_pseudonym else caller_pseudonym end as caller_pseudonym"),
    (SourceKind.CDR, "case when line_no % 4 = 0 then duration_seconds + 9 else billsec_seconds end as billsec_seconds"),
    (SourceKind.CDR, "'nan'::double as duration_seconds"),
    (SourceKind.RECORDINGS, "'' as header_state"),
    (SourceKind.RECORDINGS, "line_no as line_no"),
)  # fmt: skip


@pytest.mark.parametrize(("kind", "change"), SPOILT)
@pytest.mark.parametrize("suspect", [10, 1_000_000])
def test_of_many_rows_the_verdict_is_that_on_all_of_them(
    landing: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: SourceKind,
    change: str,
    suspect: int,
) -> None:
    """Judged whole and by what may fail and a share, also where more may fail than are judged: every count is the same."""
    spoil(landing, tmp_path, kind, change)
    whole = judge(tmp_path, [kind.dataset])[kind]
    monkeypatch.setattr(rows, "WHOLE", 0)
    monkeypatch.setattr(rows, "SHARE", 40)
    monkeypatch.setattr(rows, "SUSPECT", suspect)
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        asked = rows.rows_to_judge(
            connection, kind.dataset, [tmp_path / kind / "*.parquet"], None, None
        )
    assert 0 < len(asked.frame) <= asked.count
    assert suspect > 10 or len(asked.frame) < asked.count or asked.count < 41
    assert judge(tmp_path, [kind.dataset])[kind] == whole


def test_data_docs_are_written_and_show_no_value_of_a_failed_row(
    landing: Path, tmp_path: Path
) -> None:
    spoil(landing, tmp_path, SourceKind.QUEUE_LOG, "'0110000042' as caller_pseudonym")
    docs = tmp_path / "docs"
    verdicts = judge(
        tmp_path,
        [SourceKind.QUEUE_LOG.dataset],
        docs=Docs(docs, datetime(2023, 12, 1, tzinfo=TOKYO)),
    )
    assert not verdicts[SourceKind.QUEUE_LOG].is_met
    pages = [p for p in docs.rglob("*") if p.is_file() and p.suffix in {".html", ".json"}]
    assert any(page.name == "index.html" for page in pages)
    assert len(pages) >= 3
    assert not any("0110000042" in page.read_text(errors="replace") for page in pages)


def test_the_pages_need_no_other_host_and_say_in_japanese_what_was_asked(
    landing: Path, tmp_path: Path
) -> None:
    judge(landing, DATASETS.values(), docs=Docs(tmp_path, datetime(2023, 12, 25, tzinfo=TOKYO)))
    pages = {p: p.read_text("utf-8") for p in tmp_path.rglob("*.html")}
    assert len(pages) >= 11
    for page, text in pages.items():
        assert not re.search(r"https?://|<script|@import|url\(", text), page.name
    index = pages[tmp_path / "index.html"]
    for words in ("待ち行列の記録", "通話明細", "時刻がある", "適合", "2023-12-25 00:00"):
        assert words in index
    links = re.findall(r'href="([^"]+)"', index)
    assert len(links) == len(RECORDED)
    assert all((tmp_path / link).is_file() for link in links)


def test_an_unmet_question_stands_out_on_the_first_page(landing: Path, tmp_path: Path) -> None:
    spoil(landing, tmp_path, SourceKind.QUEUE_LOG, "'TELEPORT' as verb")
    docs = Docs(tmp_path / "docs", datetime(2023, 12, 25, tzinfo=TOKYO))
    judge(tmp_path, [SourceKind.QUEUE_LOG.dataset], docs=docs)
    index = (docs.folder / "index.html").read_text("utf-8")
    assert '<span class="unmet">要確認</span></td><td class="count">647</td>' in index
