"""The key of the pseudonyms: made once, kept private, never silently made anew."""

from __future__ import annotations

import stat

import pytest

from compliance.errors import KeyUnavailable
from compliance.ground.home import Home
from compliance.keys.pseudonym_key import FILE_NAME, load_or_create_pseudonym_key


def test_a_new_home_gets_one_key_outside_of_it_and_keeps_it(home: Home) -> None:
    key = load_or_create_pseudonym_key(home)
    path = home.keys / FILE_NAME
    assert len(key) == 32
    assert load_or_create_pseudonym_key(home) == key
    assert home.root not in path.parents
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_two_homes_have_two_keys(home: Home) -> None:
    other = Home.at(home.root.with_name("other"))
    other.create()
    assert load_or_create_pseudonym_key(home) != load_or_create_pseudonym_key(other)


def test_a_home_with_rows_refuses_to_begin_a_second_key(home: Home) -> None:
    load_or_create_pseudonym_key(home)
    (home.landing / "cdr").mkdir()
    (home.landing / "cdr" / "0-0-1.parquet").write_bytes(b"rows")
    (home.keys / FILE_NAME).unlink()
    with pytest.raises(KeyUnavailable, match="restore the key"):
        load_or_create_pseudonym_key(home)
    assert not (home.keys / FILE_NAME).exists()


def test_a_key_that_others_may_read_is_refused(home: Home) -> None:
    load_or_create_pseudonym_key(home)
    (home.keys / FILE_NAME).chmod(0o640)
    with pytest.raises(KeyUnavailable, match="chmod 600"):
        load_or_create_pseudonym_key(home)


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_damaged_key_is_refused_and_not_shown(home: Home, size: int) -> None:
    load_or_create_pseudonym_key(home)
    (home.keys / FILE_NAME).write_bytes(b"k" * size)
    with pytest.raises(KeyUnavailable, match=f"{size} bytes") as refused:
        load_or_create_pseudonym_key(home)
    assert "kkk" not in str(refused.value)
