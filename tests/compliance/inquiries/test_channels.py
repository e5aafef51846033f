"""By what an inquiry came: codes of the form, asked for only where it names them; what has a call came by telephone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from compliance.contract.folder import FORM
from compliance.errors import ContractInvalid, EntryRefused
from compliance.ground.acts import Actor
from compliance.ground.home import Home
from compliance.ground.operations import open_operations
from compliance.inquiries import sheet
from compliance.inquiries.entering import Entered, enter
from compliance.inquiries.extract import path_of, write_extract
from compliance.inquiries.form import DEFAULT, load_form
from compliance.inquiries.kept import KeptInquiry
from compliance.inquiries.record import Inquiry, problems_by_field
from compliance.inquiries.register import latest
from compliance.keys.keyring import Keyring
from tests.homes import ROOT

SHIPPED = load_form()
WITH = load_form(ROOT / "contracts/general-centre" / FORM)
AT = datetime(2024, 4, 8, 1, tzinfo=UTC)
WRITTEN = Inquiry("", 1, AT, "op1", "procedure", "tax", handling="faq", channel="web")
CALLED = replace(WRITTEN, call_id="1712538000.1", channel="telephone")


def test_the_shipped_form_asks_for_none() -> None:
    assert SHIPPED.channels == {} and sheet.headings(SHIPPED) == sheet.HEADINGS
    assert sheet.CHANNEL not in sheet.choices(SHIPPED)
    assert SHIPPED.channel_of("1712538000.1", "") == ""
    assert WITH.channel_of("1712538000.1", "web") == "telephone"
    assert WITH.channel_of("", "web") == "web"


@pytest.mark.parametrize(
    ("record", "wrong"),
    [
        (WRITTEN, False),
        (CALLED, False),
        (replace(WRITTEN, channel="telephone"), False),  # a call whose number nobody knows
        (replace(WRITTEN, channel=""), True),
        (replace(WRITTEN, channel="pigeon"), True),
        (replace(CALLED, channel="web"), True),
        (replace(CALLED, channel=""), True),
    ],
)
def test_a_record_has_a_channel_of_the_form(record: Inquiry, wrong: bool) -> None:
    assert [name for name, _ in problems_by_field(record, WITH)] == ["channel"] * wrong


def test_where_the_form_names_none_a_record_has_none() -> None:
    bare = Inquiry("", 1, AT, "op1", "survey", "how", handling="guided")
    assert not list(problems_by_field(bare, SHIPPED))
    told = list(problems_by_field(replace(bare, channel="web"), SHIPPED))
    assert [name for name, _ in told] == ["channel"]


def test_a_form_with_channels_names_the_telephone(tmp_path: Path) -> None:
    path = tmp_path / FORM
    path.write_text(DEFAULT.read_text("utf-8") + '\n[channels]\nweb = "フォーム"\n', "utf-8")
    with pytest.raises(ContractInvalid, match=r"channels\.telephone is missing"):
        load_form(path)


def test_a_sheet_holds_the_channel_and_brings_it_back() -> None:
    assert sheet.CHANNEL in sheet.headings(WITH)
    (row, called) = sheet.rows_out([_kept(WRITTEN), _kept(CALLED)], WITH)
    assert (row[sheet.CHANNEL], called[sheet.CHANNEL]) == ("問い合わせフォーム", "電話")
    assert sheet.read_row(row, WITH).channel == "web"
    assert sheet.read_row({**called, sheet.CHANNEL: ""}, WITH).channel == "telephone"
    with pytest.raises(EntryRefused, match="受付方法"):
        sheet.read_row({**row, sheet.CHANNEL: ""}, WITH)
    with pytest.raises(EntryRefused, match="受付方法"):
        sheet.read_row({**called, sheet.CHANNEL: "窓口"}, WITH)


def _kept(record: Inquiry) -> KeptInquiry:
    return KeptInquiry("Q-1", 1, record, AT, "op1", False, False, False)


def test_it_is_kept_corrected_and_told_to_the_models(tmp_path: Path) -> None:
    import duckdb

    home = Home.at(tmp_path / "home")
    home.create()
    engine, ring = open_operations(home.operations_url), Keyring.open(home)
    actor = Actor("op1", AT)
    assert enter(engine, ring, WITH, actor, [WRITTEN]) == [Entered.NEW]
    assert enter(engine, ring, WITH, actor, [WRITTEN]) == [Entered.KNOWN]
    moved = replace(WRITTEN, channel="fax")
    assert enter(engine, ring, WITH, actor, [moved]) == [Entered.CORRECTED]
    assert [one.inquiry.channel for one in latest(engine)] == ["fax"]
    assert write_extract(home, engine) and not write_extract(home, engine)
    with duckdb.connect() as connection:
        place = path_of(home)
        assert connection.execute(f"select channel from read_parquet('{place}')").fetchall() == [("fax",)]  # fmt: skip
        told = "kv_metadata {madoguchi_register_rows: '2'}"
        connection.execute(f"copy (select * exclude (channel) from read_parquet('{place}')) to '{place}.old' (format parquet, {told})")  # fmt: skip
    Path(f"{place}.old").replace(place)
    assert write_extract(home, engine), "a table of an earlier version is written anew"
    engine.dispose()


def test_a_form_that_was_edited_is_read_again(tmp_path: Path) -> None:
    """A process that lives on, or was forked from one that read it before, knows the form as it is now."""
    path = tmp_path / "form.toml"
    text = DEFAULT.read_text("utf-8")
    path.write_text(text, "utf-8")
    before = load_form(path)
    title = next(iter(before.categories.values())).title
    path.write_text(text.replace(f'"{title}"', '"改めた題"', 1), "utf-8")
    assert next(iter(load_form(path).categories.values())).title == "改めた題" != title
    assert load_form(path) is load_form(path), "one that is the same is read once"
