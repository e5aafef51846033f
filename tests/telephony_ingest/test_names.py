"""Names that a person chose: kept where harmless, else a code, never blank and never in clear."""

from __future__ import annotations

import re
from collections.abc import Iterator

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telephony_ingest.asterisk import formats
from telephony_ingest.asterisk.uniqueids import kept_uniqueid, tail_in
from telephony_ingest.landing.names import Names, is_harmless
from telephony_ingest.landing.pseudonyms import Pseudonyms, normalise
from telephony_ingest.landing.session import database
from tests.telephony_ingest.desks import KEY

NAMES = Names(Pseudonyms.from_key(KEY).name_key)
CODE = re.compile("k[0-9a-f]{16}")


@pytest.mark.parametrize(
    "text",
    ["op1", "sv1", "q-survey", "from-trunk", "ext-queues", "10001", "400", "*78", "Lunch", "ivr-1"],
)
def test_words_of_the_trade_and_extensions_stay(text: str) -> None:
    assert NAMES.name(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "Jiro Tanaka",
        "tanaka",
        "tanaka.jiro",
        "田中 次郎",
        "調査 窓口",
        "011-000-0051",
        "(011) 000-0051",
        "+81110000051",
        "０１１０００００５１",
        "0110000051",
        "op-0110-00-51",
        "100052",
    ],
)
def test_what_could_be_a_number_or_a_person_becomes_a_code(text: str) -> None:
    kept = NAMES.name(text)
    assert kept is not None
    assert CODE.fullmatch(kept)
    assert kept == NAMES.name(f" {text} ")


@pytest.mark.parametrize(
    ("channel", "shape"),
    [
        ("PJSIP/trunk-0000002a", "PJSIP/trunk-0000002a"),
        ("DAHDI/1-1", "DAHDI/1-1"),
        ("DAHDI/i1/0110000052-5", "DAHDI/i1/C-5"),
        ("IAX2/trunk-12345", "IAX2/trunk-12345"),
        ("Local/op1@from-queue-00000003;1", "Local/op1@from-queue-00000003;1"),
        ("PJSIP/0110000052-0000002a", "PJSIP/C-0000002a"),
        ("SIP/acme-2-0000002a", "SIP/C-2-0000002a"),
        ("PJSIP/trunk-0000002a<ZOMBIE>", "PJSIP/trunk-0000002a"),
        ("no channel at all", "C"),
    ],
)
def test_a_channel_keeps_its_technology_and_number(channel: str, shape: str) -> None:
    assert CODE.sub("C", NAMES.channel(channel) or "") == shape


@pytest.mark.parametrize(
    ("prefix", "channel"),
    [
        ("PJSIP/trunk", "PJSIP/trunk2-0000002a"),
        ("PJSIP/tr", "PJSIP/trunk-0000002a"),
        ("DAHDI/", "DAHDI/i1/0110000052-5"),
        ("PJSIP/0119990000", "PJSIP/0119990000-0000002a"),
        ("SIP/acme", "SIP/acme-2-0000002a"),
        ("SIP/acme_", "SIP/acme_out-0000002a"),
    ],
)
def test_a_trunk_of_the_settings_finds_its_channels_whenever_it_was_configured(
    prefix: str, channel: str
) -> None:
    landed = NAMES.channel(channel) or ""
    assert any(landed.startswith(begin) for begin in NAMES.prefixes(prefix))
    assert not any("PJSIP/op1-0000002b".startswith(begin) for begin in NAMES.prefixes(prefix))


def test_an_outside_phone_is_one_agent_with_and_without_its_options() -> None:
    assert NAMES.spelling("Local/0110000053@from-queue/n") == NAMES.spelling(
        "Local/0110000053@from-queue"
    )


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("1700438494.7", "1700438494.7"),
        ("pbx-osaka-2.example-1700438494.7", "pbx-osaka-2.example-1700438494.7"),
        ("mikopbx-1700438494.7", "mikopbx-1700438494.7"),
        ("NONE", None),
        ("1700438494", None),
        ("", None),
        ("1700438494.", None),
        ("MANAGER", None),
        ("7d3f1c52-0a7e-4f0e-9a53-6c1b2f0e9d11", "7d3f1c52-0a7e-4f0e-9a53-6c1b2f0e9d11"),
        ("callback-17", "callback-17"),
        ("line\x00feed", None),
        ("a" * 151, None),
    ],
)
def test_unique_ids_are_kept_with_their_system_name(text: str, kept: str | None) -> None:
    assert kept_uniqueid(text, NAMES) == kept


@pytest.mark.parametrize(
    "text",
    [
        "MySecondId",
        "ring-0110000042",
        "00000000-0000-0000-0000-000110000042",
        "山田",
        "a b",
        "op1-0110000042.x",
    ],
)
def test_an_id_that_an_application_chose_and_that_could_be_a_name_or_number_is_a_code(
    text: str,
) -> None:
    kept = kept_uniqueid(text, NAMES)
    assert kept is not None
    assert CODE.fullmatch(kept)
    assert kept == kept_uniqueid(text, NAMES)


def test_a_system_name_that_could_be_a_number_is_a_code() -> None:
    kept = kept_uniqueid("011-000-0051-1700438494.7", NAMES)
    assert kept is not None
    assert CODE.sub("C", kept) == "C-1700438494.7"


@pytest.mark.parametrize(
    "stem",
    [
        "1700438494.7",
        "1700438494.7-in",
        "q-400-0110000051-20231120-093000-1700438494.7",
        "mikopbx-1700438494.7_x9",
    ],
)
def test_a_recording_names_its_call_wherever_the_id_stands(stem: str) -> None:
    assert tail_in(stem) == "1700438494.7"


@pytest.mark.parametrize(
    "written",
    [
        "011-000-0051",
        "(011) 000 0051",
        "+81 11 000 0051",
        "+81 (0)11-000-0051",
        "81110000051",
        "０１１－０００－００５１",
    ],
)
def test_one_number_in_any_writing_is_one_caller(written: str) -> None:
    assert normalise(written) == "0110000051"


_PIECES = st.one_of(
    st.sampled_from(
        [
            "op1",
            "trunk",
            "PJSIP",
            "SIP",
            "/",
            "-",
            "_",
            "@",
            ";1",
            "0000002a",
            "1700438494.7",
            "7d3f1c52-0a7e-4f0e-9a53-6c1b2f0e9d11",
            "NONE",
            "\x01",
            "0110000051",
            "/n",
            " ",
        ]
    ),
    st.text(alphabet="abk019-_./@# 山", max_size=4),
)


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with database(Pseudonyms.from_key(KEY)) as opened:
        opened.execute(formats.MACROS)
        yield opened


@settings(deadline=None)
@given(text=st.lists(_PIECES, max_size=7).map("".join))
def test_bulk_and_single_reductions_agree(connection: duckdb.DuckDBPyConnection, text: str) -> None:
    found = connection.execute(
        "select kept_name($1), kept_spelling($1), kept_channel($1), kept_uniqueid($1)", [text]
    ).fetchone()
    single = (
        NAMES.name(text),
        NAMES.spelling(text),
        NAMES.channel(text),
        kept_uniqueid(text, NAMES),
    )
    assert found == single


@given(st.text(alphabet="0123456789-() ", min_size=6, max_size=14))
def test_nothing_with_six_digits_passes_as_it_is(text: str) -> None:
    if sum(letter.isdigit() for letter in text) >= 6:
        assert not is_harmless(text)
