"""Numbers become pseudonyms the same way in Python and inside DuckDB, and never come back."""

from __future__ import annotations

import hashlib
import hmac
import re

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telephony_ingest.landing.pseudonyms import Pseudonyms

PSEUDONYMS = Pseudonyms.from_key(bytes(range(32)))


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    PSEUDONYMS.install(connection)
    return connection


def in_sql(connection: duckdb.DuckDBPyConnection, text: str | None) -> str | None:
    row = connection.execute("select number_pseudonym(?::varchar)", [text]).fetchone()
    assert row is not None
    return row[0]


def test_hmac_by_two_hashes_is_hmac_sha256_as_published() -> None:
    # RFC 4231, test case 2
    with duckdb.connect() as connection:
        key = b"Jefe".ljust(64, b"\0")
        inner = bytes(b ^ 0x36 for b in key)
        outer = bytes(b ^ 0x5C for b in key)
        row = connection.execute(
            "select sha256(?::blob || unhex(sha256(?::blob || encode(?))))",
            [outer, inner, "what do ya want for nothing?"],
        ).fetchone()
    assert row is not None
    assert row[0] == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"


@pytest.mark.slow
@settings(deadline=None)
@given(st.one_of(st.text(max_size=30), st.from_regex(r"\A\+?(81)?[0-9]{1,15}\Z")))
def test_sql_and_python_agree_on_every_text(text: str) -> None:
    with duckdb.connect() as connection:
        PSEUDONYMS.install(connection)
        assert in_sql(connection, text) == PSEUDONYMS.number(text)


@pytest.mark.parametrize("spelling", ["0110000001", "+81110000001", "81110000001"])
def test_one_citizen_is_one_pseudonym_in_every_spelling(
    connection: duckdb.DuckDBPyConnection, spelling: str
) -> None:
    assert PSEUDONYMS.number(spelling) == PSEUDONYMS.number("0110000001")
    assert in_sql(connection, spelling) == PSEUDONYMS.number("0110000001")


@pytest.mark.parametrize("text", ["", "anonymous", "Anonymous", "s", "101", None, "unknown"])
def test_withheld_and_inner_numbers_have_no_pseudonym(text: str | None) -> None:
    assert PSEUDONYMS.number(text) is None


def test_a_pseudonym_is_keyed_and_shows_nothing_of_the_number() -> None:
    mine = PSEUDONYMS.number("0110000001")
    theirs = Pseudonyms.from_key(bytes(32)).number("0110000001")
    assert mine is not None
    assert re.fullmatch("[0-9a-f]{32}", mine)
    assert mine != theirs
    assert mine != hashlib.sha256(b"0110000001").hexdigest()[:32]
    assert mine != hmac.new(bytes(range(32)), b"0110000001", hashlib.sha256).hexdigest()[:32]
