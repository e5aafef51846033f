"""A line's fields, verdict and key are its own: the same alone, among others, and whatever the chunk."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from telephony_ingest.asterisk import formats
from telephony_ingest.asterisk.datasets import SourceKind
from telephony_ingest.landing import csv_lines, lines, logs, sources
from telephony_ingest.landing.log_format import Layout, LogFormat
from telephony_ingest.landing.pseudonyms import Pseudonyms
from tests.homes import ROOT
from tests.support.examples import examples
from tests.telephony_ingest.desks import KEY, Ingest

SAMPLES = ROOT / "tests" / "samples" / "pbx"
FIELDS = ("a", "b", "c")
LAYOUT = Layout(("a", "", "b"), others={4: ("c", "b", "a", "")})
FORMAT = LogFormat(fields=FIELDS, columns={}, row_time="a", bad_when=())
LINE = st.one_of(
    st.lists(
        st.sampled_from(
            ["", "x", '"y"', '""', '"a,b"', '"a""b"', '"a"b', 'a"b', '"', '"x', "佐藤", "\ufeff"]
        ),
        min_size=1,
        max_size=5,
    ).map(lambda values: ",".join(values).encode()),
    st.text(alphabet=',"a\r\0 佐', max_size=8).map(str.encode),
    st.sampled_from(
        [b"", b"\r", b"\x93\xfa,\x96{,x", b'"\xff",,', b'a,b,"c\r', b"\xef\xbb\xbfa,b,c"]
    ),
)
POISON = (
    b'"2023-12-19 10:00:00","an unclosed quote\n',
    b'"too","few"\n',
    b'"closed"then more,' + b'"x",' * 20 + b"\n",
    b"\xef\xbb\xbf\n",
    b"\n",
    b'"\x93\xfa\x96{",' + b'"x",' * 20 + b"\n",
    b'a"b,c\n',
    b'"carried\rback"\n',
)


def rows_of(written: list[bytes]) -> list[dict[str, Any]]:
    raw = b"".join(line + b"\n" for line in written)
    return lines.table_of(raw, 0, 0, FORMAT, LAYOUT, Pseudonyms.from_key(KEY)).to_pylist()


@pytest.mark.parametrize("few", [1, 64])
@settings(max_examples=examples(400), deadline=None)
@given(written=st.lists(LINE, max_size=12))
@example(written=[b"a,b,c", b'"a', b'b",b,c', b'a,b,"c'])
@example(written=[b'a,b,"c', b"a\rb,b,c"])
@example(written=[b"\xef\xbb\xbfa,b,c"] * 2)
def test_a_line_among_others_is_the_line_alone(few: int, written: list[bytes]) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(csv_lines, "_FEW", few)
        together = rows_of(written)
    place = 0
    for number, (line, found) in enumerate(zip(written, together, strict=True), 1):
        (alone,) = rows_of([line])
        assert found == alone | {"byte_offset": place, "line_no": number}
        place += len(line) + 1


@settings(max_examples=examples(400), deadline=None)
@given(line=LINE.filter(lambda line: b"\r" not in line and line != b""))
def test_the_two_readers_read_a_line_alike(line: bytes) -> None:
    (found,) = rows_of([line])
    row = csv_lines.csv_row(line)
    order = {3: LAYOUT.columns, **LAYOUT.others}.get(len(row or ()))
    if row is None or order is None:
        assert [found[name] for name in FIELDS] == [None] * 3
        assert found["bad_reason"] in {"unclosed_quote", "wrong_field_count", "not_utf8"}
        assert found["bad_key"]
    else:
        read = dict(zip(order, row, strict=True))
        assert [found[name] for name in FIELDS] == [read.get(name, "") for name in FIELDS]
        assert found["bad_reason"] is None


def test_arrow_is_asked_and_not_only_python(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bytes] = []
    read = csv_lines.csv_row
    monkeypatch.setattr(csv_lines, "csv_row", lambda line: (asked.append(line), read(line))[1])
    written = [b'"a","b",c'] * 5000
    written[1000] = b'"open'
    written[3000] = b"a,b,c,d"
    found = rows_of(written)
    assert [row["bad_reason"] for row in found if row["bad_reason"]] == ["unclosed_quote"]
    assert found[3000]["c"] == "a", "a line of the other width is read in that order"
    assert len(asked) < 10, "only the bad line and the last ones of pieces"


def test_a_field_as_long_as_a_line_may_be_is_read_either_way() -> None:
    long = b"a,b," + b"c" * (csv_lines.MAXIMUM_LINE - 4)
    assert rows_of([long, b'"'])[0] | {"length_bytes": 0} == rows_of([long])[0] | {
        "length_bytes": 0
    }
    assert rows_of([long + b"c"])[0]["bad_reason"] == "too_long"


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind",
    [
        SourceKind.QUEUE_LOG,
        *(pytest.param(kind, marks=pytest.mark.slow) for kind in (SourceKind.CDR, SourceKind.CEL)),
    ],
)
def test_what_lands_does_not_depend_on_the_chunk_or_on_growth(
    tmp_path: Path, kind: SourceKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = {
        SourceKind.CDR: "cdr-custom/Keiro.csv",
        SourceKind.CEL: "cel-custom/Keiro.csv",
        SourceKind.QUEUE_LOG: "queue_log",
    }[kind]
    recorded = (SAMPLES / name).read_bytes().splitlines(keepends=True)[:700]
    chance = random.Random(7)
    for poison in POISON * 3:
        recorded.insert(chance.randrange(1, len(recorded)), poison)
    raw = b"".join(recorded)
    found = {}
    for most_lines, chunk, stops in (
        (60_000, 1 << 25, 1), (60_000, 20_000, 1), (60_000, 4096, 1), (60_000, 1 << 25, 9),
        (7, 1 << 25, 1), (7, 1 << 25, 9),
    ):  # fmt: skip
        monkeypatch.setattr(logs, "_MOST_LINES", most_lines)
        monkeypatch.setattr(sources, "_READ_BYTES", 4000 if most_lines == 7 else 1 << 20)
        ingest = Ingest(
            tmp_path / f"{most_lines}-{chunk}-{stops}" / "pbx",
            tmp_path / f"{most_lines}-{chunk}-{stops}" / "landing",
            {"chunk_bytes": chunk},
        )
        path = ingest.pbx / name
        path.parent.mkdir(parents=True)
        reasons: dict[str, int] = {}
        for stop in range(1, stops + 1):
            path.write_bytes(raw[: len(raw) * stop // stops])
            for reason, count in ingest.land(kind).rejected_by_reason.items():
                reasons[reason] = reasons.get(reason, 0) + count
        files = len(list((ingest.landing / kind).glob("*-*-*.parquet")))
        rejects = ingest.query(
            f"select * exclude (source_name, near_at) from "
            f"read_parquet('{ingest.landing}/rejects/{kind}-*.parquet') order by byte_offset"
        )
        found[(most_lines, chunk, stops)] = (ingest.facts(kind), rejects, reasons)
        assert (files > 1) == (chunk < len(raw) or stops > 1 or most_lines == 7)
    whole = found[(60_000, 1 << 25, 1)]
    for other in found.values():
        assert other == whole
    assert len(whole[0]) > 150
    assert len(whole[1]) > 10


def test_lines_of_formats_are_alone_what_they_are_together() -> None:
    for name, log_format in (
        ("cdr-custom/Keiro.csv", formats.CDR_CUSTOM),
        ("cel-custom/Keiro.csv", formats.CEL),
        ("queue_log", formats.QUEUE_LOG),
    ):
        written = (SAMPLES / name).read_bytes().splitlines(keepends=True)[:300]
        written[100:100] = POISON
        layout = None
        if log_format.recognise is not None:
            layout = log_format.recognise(
                [csv_lines.csv_row(line[:-1]) or [] for line in written[:50]]
            )
        keys = Pseudonyms.from_key(KEY)
        whole = lines.table_of(b"".join(written), 0, 0, log_format, layout, keys).to_pylist()
        place = 0
        for number, line in enumerate(written):
            alone = lines.table_of(line, place, number, log_format, layout, keys).to_pylist()
            assert alone == [whole[number]]
            place += len(line)
