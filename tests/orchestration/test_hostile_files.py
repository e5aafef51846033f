"""Files that mean harm come back with a reason, cost little, and hold up nothing: what lies behind them is taken in."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import xlsxwriter
from typer.testing import CliRunner

from application import inbox
from application.home.session import (
    Workplace,
    open_workplace,
    parse_as_of,
    read_settings,
)
from application.inbox import RETURNED, WHY, take_inbox
from application.sheets import (
    write_rows,
)
from compliance.inquiries import sheet
from compliance.inquiries.register import latest
from orchestration.cli import app
from orchestration.command.exit_codes import ExitCode
from reporting.errors import TemplateRefused
from reporting.paper.forms import fill_form
from tests.homes import ROOT
from tests.support.inquiry_commands import GOOD
from tests.support.sheet_forms import PAPER

AS_OF = "2024-01-24T21:00+09:00"
MOST_SECONDS, MOST_MEMORY = 10, 300 << 20
SHEET, STRINGS, STYLES = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml"
BEGIN = (
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    b'<dimension ref="A1"/><sheetData>'
)
END = b"</sheetData></worksheet>"


def workbook() -> bytes:
    """A sheet that would be taken in as it is."""
    held = io.BytesIO()
    with xlsxwriter.Workbook(held) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, sheet.HEADINGS)
        page.write_row(1, 0, [GOOD.get(heading, "") for heading in sheet.HEADINGS])
    return held.getvalue()


def repacked(change: Callable[[dict[str, bytes]], object]) -> bytes:
    """The workbook with other parts."""
    with zipfile.ZipFile(io.BytesIO(workbook())) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    change(parts)
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return held.getvalue()


def with_part(name: str, content: bytes) -> bytes:
    return repacked(lambda parts: parts.update({name: content}))


def with_entity() -> bytes:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + b"".join(
        b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(12)
    )
    return repacked(
        lambda parts: parts.update(
            {SHEET: bomb + b"]>" + parts[SHEET].replace(b"<v>", b"<v>&m;", 1)}
        )
    )


def with_entity_in_utf_16() -> bytes:
    text = '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x [<!ENTITY a "b">]>' + BEGIN.decode()
    return with_part(SHEET, (text + "&a;" + END.decode()).encode("utf-16"))


def encrypted() -> bytes:
    content = bytearray(workbook())
    for mark, at in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        place = content.find(mark)
        while place >= 0:
            content[place + at] |= 1
            place = content.find(mark, place + 4)
    return bytes(content)


def flipped() -> bytes:
    content = bytearray(workbook())
    with zipfile.ZipFile(io.BytesIO(bytes(content))) as package:
        begins = package.getinfo(SHEET).header_offset + 30 + len(SHEET)
    content[begins + 40] ^= 0x10
    return bytes(content)


def lying_of_its_size() -> bytes:
    """A part that says it unpacks to a few bytes, and does to 60 MB."""
    content = bytearray(with_part("xl/media/image1.png", b"\0" * 60_000_000))
    for mark, at in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        place = content.find(mark)
        while place >= 0:
            if content[place + at : place + at + 4] == (60_000_000).to_bytes(4, "little"):
                content[place + at : place + at + 4] = (100).to_bytes(4, "little")
            place = content.find(mark, place + 4)
    return bytes(content)


def with_types(kind: bytes, value: bytes) -> bytes:
    cell = b'<row r="1"><c r="A1" t="%s"><v>%s</v></c></row>' % (kind, value)
    return with_part(SHEET, BEGIN + cell + END)


def wide_csv() -> bytes:
    return ",".join(sheet.HEADINGS).encode() + b"\n" + b"," * 15_000_000 + b"1\n"


HOSTILE: dict[str, tuple[str, Callable[[], bytes]]] = {
    "cut.xlsx": ("壊れて", lambda: workbook()[:-900]),
    "cut within a part.xlsx": ("壊れて", lambda: workbook()[:900]),
    "bit flipped.xlsx": ("壊れて", flipped),
    "encrypted.xlsx": ("パスワード", encrypted),
    "encrypted by office.xlsx": ("パスワード", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(9000)),
    "bomb.xlsx": ("展開すると", lambda: with_part(SHEET, BEGIN + b" " * 600_000_000 + END)),
    "lying.xlsx": ("壊れて", lying_of_its_size),
    "entity.xlsx": ("DOCTYPE", with_entity),
    "entity utf-16.xlsx": ("DOCTYPE", with_entity_in_utf_16),
    "other encoding.xlsx": (
        "文字コード",
        lambda: with_part(SHEET, b'<?xml version="1.0" encoding="utf-7"?>' + BEGIN + END),
    ),
    "endless row.xlsx": (
        "時間又はメモリ",
        lambda: with_part(SHEET, BEGIN + b"<row>" + b"<c><v>1</v></c>" * 3_000_000 + b"</row>" + END),
    ),
    "endless rows.xlsx": (
        "行を超えています",
        lambda: with_part(SHEET, BEGIN + b"<row><c><v>1</v></c></row>" * 1_500_000 + END),
    ),
    "far row.xlsx": (
        "空行を含めて",
        lambda: with_part(SHEET, BEGIN + b'<row r="99999999999"><c><v>1</v></c></row>' + END),
    ),
    "many strings.xlsx": (
        "時間又はメモリ",
        lambda: with_part(
            STRINGS,
            b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
            + b"<si><t>a</t></si>" * 2_800_000 + b"</sst>",
        ),
    ),
    "many styles.xlsx": (
        "時間又はメモリ",
        lambda: repacked(
            lambda parts: parts.update(
                {STYLES: parts[STYLES].replace(b"<cellXfs", b"<cellXfs>" + b"<xf/>" * 9_000_000 + b"</cellXfs><x", 1)}
            )
        ),
    ),
    "deep.xlsx": (
        "",
        lambda: with_part(SHEET, BEGIN + b"<row>" * 4_000_000 + b"</row>" * 4_000_000 + END),
    ),
    "many parts.xlsx": (
        "部品の数",
        lambda: repacked(lambda parts: parts.update({f"x/{n}": b"" for n in range(2000)})),
    ),
    "a picture inside.xlsx": ("壊れて", lambda: with_part(SHEET, b"\x89PNG\r\n" + bytes(4000))),
    "wrong date.xlsx": ("壊れて", lambda: with_types(b"d", b"yesterday")),
    "wrong number.xlsx": ("壊れて", lambda: with_types(b"n", b"9" * 9000)),
    "no such string.xlsx": ("壊れて", lambda: with_types(b"s", b"123456789")),
    "nothing inside.xlsx": ("壊れて", lambda: repacked(lambda parts: parts.clear())),
    "a program.csv": ("文字コード", lambda: b"\x7fELF\x02\x01\x01" + bytes(range(256)) * 40),
    "endless row.csv": ("字を超える行", wide_csv),
    "endless field.csv": ("字を超える行", lambda: b'a,"' + b"x\n" * 9_000_000),
    "blank rows.csv": ("空行を含めて", lambda: b",\n" * 9_000_000),
    "many rows.csv": ("行を超えています", lambda: b"1\n" * 9_000_000),
    "large.csv": ("バイトを超えて", lambda: b"1\n" * 10_000_001),
}  # fmt: skip
TEN = [
    "cut.xlsx", "bit flipped.xlsx", "encrypted.xlsx", "bomb.xlsx", "entity.xlsx", "endless row.xlsx",
    "a picture inside.xlsx", "wrong date.xlsx", "many parts.xlsx", "endless row.csv",
]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


@pytest.fixture
def contract_file(tmp_path: Path, folder: Path) -> Path:
    text = (ROOT / "contracts/sapporo-2023/contract.toml").read_text("utf-8")
    path = tmp_path / "contract.toml"
    path.write_text(text.replace('inbox = ""', f'inbox = "{folder}"'), "utf-8")
    return path


@pytest.fixture
def place(tmp_path: Path, contract_file: Path) -> Iterator[Workplace]:
    settings = read_settings(contract_file, tmp_path / "home", environment={})
    with open_workplace(settings, as_of=parse_as_of(AS_OF)) as place:
        yield place


def returned(folder: Path) -> dict[str, str]:
    """The reasons by the name of what came back."""
    return {
        path.name.removesuffix(f"_{WHY}.txt"): path.read_text("utf-8-sig")
        for path in sorted((folder / RETURNED).glob(f"*_{WHY}.txt"))
    }


@pytest.mark.slow
def test_ten_hostile_sheets_come_back_and_the_good_one_behind_them_is_taken_in(
    tmp_path: Path, folder: Path, contract_file: Path
) -> None:
    for name in TEN:
        (folder / f"a {name}").write_bytes(HOSTILE[name][1]())
    write_rows(folder / "z.xlsx", sheet.HEADINGS, [GOOD])
    words = ["run", "--home", str(tmp_path / "home"), "--as-of", AS_OF, "--config", str(contract_file)]  # fmt: skip
    (tmp_path / "pbx").mkdir()
    words += ["--pbx", str(tmp_path / "pbx")]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == ExitCode.INPUT_REFUSED, done.output
    assert "10 files that are no sheets went back" in done.output
    settings = read_settings(contract_file, tmp_path / "home", environment={})
    with open_workplace(settings, as_of=parse_as_of(AS_OF)) as place:
        assert [kept.inquiry.call_id for kept in latest(place.engine)] == [GOOD[sheet.CALL]]
        reasons = returned(folder)
        assert len(reasons) == 10
        for name in TEN:
            stem, ending = name.rsplit(".", 1)
            assert HOSTILE[name][0] in reasons[f"a {stem}_{RETURNED}.{ending}"]
            assert (folder / RETURNED / f"a {stem}_{RETURNED}.{ending}").is_file()
        assert [path.name for path in folder.iterdir()] == [RETURNED]
        assert take_inbox(place) == inbox.TakenSheets(), "what went back is not tried again"


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_sheet_costs_little_and_has_a_reason(name: str, tmp_path: Path) -> None:
    reason, make = HOSTILE[name]
    path = tmp_path / name
    path.write_bytes(make())
    begun, (status, memory) = time.monotonic(), in_a_process(path)
    seconds = time.monotonic() - begun
    print(f"{name}: {seconds:.1f} s, {memory >> 20} MiB")
    assert reason in status and "taken in" not in status
    assert seconds < MOST_SECONDS and memory < MOST_MEMORY


READER = f"""
import resource, sys
from pathlib import Path
from application.sheets import read_rows
from application.errors import SheetUnreadable
try:
    read_rows(Path(sys.argv[1]), {sheet.NEEDED!r})
    reason = "taken in"
except SheetUnreadable as error:
    reason = str(error)
most = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
print(max(most) << 10, reason)
"""


def in_a_process(path: Path) -> tuple[str, int]:
    """Read a sheet in a process of its own, as a command would: the reason, and the most memory that it or its child had."""
    done = subprocess.run(
        # not from here at once: a process begins with the most memory of the one that it was made from
        ["sh", "-c", '"$@"; exit $?', "sh", sys.executable, "-c", READER, str(path)],
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    memory, _, reason = done.stdout.partition(" ")
    return reason, int(memory)


def test_a_name_as_long_as_names_may_be_comes_back(place: Workplace, folder: Path) -> None:
    names = ["長" * 80 + ".csv", "長" * 80 + "い.csv"]
    for name in names:
        (folder / name).write_bytes(b"\xff\xfe nothing")
    write_rows(folder / ("z" * 250 + ".csv"), sheet.HEADINGS, [{**GOOD, sheet.SUMMARY: ""}])
    taken = take_inbox(place)
    assert (taken.unreadable, taken.refused, taken.stuck) == (2, 1, 0)
    assert [path.name for path in folder.iterdir()] == [RETURNED]
    assert len(list((folder / RETURNED).iterdir())) == 5


@pytest.mark.parametrize("kind", ["file", "link"])
def test_where_nothing_can_be_given_back_it_stays_and_the_run_says_so(
    place: Workplace, folder: Path, tmp_path: Path, kind: str
) -> None:
    if kind == "file":
        (folder / RETURNED).write_text("in the way")
    else:
        (tmp_path / "elsewhere").mkdir()
        (folder / RETURNED).symlink_to(tmp_path / "elsewhere")
    (folder / "a.csv").write_bytes(b"\xff\xfe nothing")
    write_rows(folder / "b.csv", sheet.HEADINGS, [GOOD])
    assert take_inbox(place).stuck == 2
    assert place.journal.needs_a_hand
    assert {path.name for path in folder.iterdir()} == {"a.csv", "b.csv", RETURNED}
    assert not list((tmp_path / "elsewhere").glob("*"))
    (folder / RETURNED).unlink()
    taken = take_inbox(place)
    assert (taken.new, taken.unreadable, taken.stuck) == (1, 1, 0)


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "0000-00-00"])
def test_a_day_that_no_calendar_reaches_is_a_row_that_comes_back(
    place: Workplace, folder: Path, day: str
) -> None:
    for at in ("00:00", "23:59"):
        write_rows(folder / "a.csv", sheet.HEADINGS, [{**GOOD, sheet.DAY: day, sheet.TIME: at}, GOOD])  # fmt: skip
        taken = take_inbox(place)
        assert (taken.new + taken.unchanged, taken.refused) == (1, 1)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("deep.json", b"[" * 2_000_000, "入れ子"),
        ("large.json", b"[" + b"{}," * 3_000_000 + b"{}]", "バイトを超えて"),
        ("number.json", b"9" * 100_000, "読めません"),
        ("binary.json", bytes(range(256)) * 100, "読めません"),
        ("many.json", b"[" + b"{}," * 2_600_000 + b"{}]", "形式ではありません"),
    ],
)
def test_a_hostile_certificate_is_a_finding_and_costs_little(
    tmp_path: Path, name: str, content: bytes, told: str
) -> None:
    (tmp_path / name).write_bytes(content)
    begun = time.monotonic()
    done = subprocess.run(
        ["sh", "-c", '"$@"; exit $?', "sh", sys.executable, "-c", VERIFIER, str(tmp_path / name)],
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == ExitCode.HOME_DAMAGED, done.stderr
    assert told in done.stdout and "Traceback" not in done.stderr
    memory = int(done.stderr.splitlines()[-1])
    print(f"{name}: {time.monotonic() - begun:.1f} s, {memory >> 20} MiB")
    assert time.monotonic() - begun < MOST_SECONDS and memory < MOST_MEMORY


VERIFIER = """
import resource, sys
from pathlib import Path
import typer
from orchestration.command.verify import verify
try:
    verify([Path(sys.argv[1])], None, None)
except typer.Exit as ended:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10, file=sys.stderr)
    sys.exit(ended.exit_code)
"""


def test_a_pipe_or_a_folder_of_too_much_is_no_certificate(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    with (tmp_path / "hole.bin").open("wb") as hole:
        hole.truncate(200_000_000)
    done = CliRunner().invoke(app, ["verify", str(tmp_path)])
    assert done.exit_code == ExitCode.HOME_DAMAGED
    assert "ふつうのファイル" in done.output and "全部で" in done.output


def merged_everywhere() -> bytes:
    """A form whose sheet is one merged cell: 17 thousand million cells, as the library takes it."""
    merged = b'<mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells></worksheet>'
    return with_part(SHEET, BEGIN + b"</sheetData>" + merged)


@pytest.mark.parametrize(
    ("name", "make", "told"),
    [
        ("a.xlsx", merged_everywhere, "時間又はメモリ"),
        ("a.xlsx", HOSTILE["entity.xlsx"][1], "DOCTYPE"),
        ("a.docx", HOSTILE["encrypted by office.xlsx"][1], "パスワード"),
        ("a.docx", HOSTILE["bomb.xlsx"][1], "展開すると"),
        ("a.docx", HOSTILE["cut.xlsx"][1], "壊れて"),
    ],
)
def test_a_hostile_form_is_refused_with_its_reason(
    name: str, make: Callable[[], bytes], told: str
) -> None:
    form, begun = make(), os.times()
    with pytest.raises(TemplateRefused, match=told):
        fill_form(name, form, PAPER)
    used = [after - before for before, after in zip(begun[:4], os.times()[:4], strict=True)]
    assert sum(used) < MOST_SECONDS, "of the processor, ours and that of what we started"
