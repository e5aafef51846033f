"""The key of the pseudonyms: one of the keyring's, never silently made anew, taken over from older homes."""

from __future__ import annotations

from pathlib import Path

import pytest

from compliance.errors import ComplianceError, KeyUnavailable
from compliance.ground import durable
from compliance.ground.home import Home
from compliance.keys.keyring import Keyring, settle
from compliance.keys.pseudonym_key import FILE_NAME, KEY_ID, load_or_create_pseudonym_key


def with_rows(home: Home) -> None:
    (home.landing / "cdr").mkdir()
    (home.landing / "cdr" / "0-0-1.parquet").write_bytes(b"rows")


def of_before(home: Home, key: bytes) -> Path:
    path = home.keys / FILE_NAME
    path.write_bytes(key)
    path.chmod(0o600)
    return path


def test_a_new_home_gets_one_key_and_keeps_it_wrapped(home: Home) -> None:
    key = load_or_create_pseudonym_key(home)
    assert len(key) == 32
    assert load_or_create_pseudonym_key(home) == key
    assert Keyring.open(home).ids == {KEY_ID}
    for folder in (home.root, home.keys):
        assert not [p for p in folder.rglob("*") if p.is_file() and key in p.read_bytes()]


def test_two_homes_have_two_keys(home: Home) -> None:
    other = Home.at(home.root.with_name("other"))
    other.create()
    assert load_or_create_pseudonym_key(home) != load_or_create_pseudonym_key(other)


def test_it_goes_on_into_the_next_epoch_unless_it_is_erased(home: Home) -> None:
    key = load_or_create_pseudonym_key(home)
    with_rows(home)
    Keyring.open(home).next_epoch(home)
    settle(home)
    assert load_or_create_pseudonym_key(home) == key
    Keyring.open(home).next_epoch(home, {KEY_ID})
    settle(home)
    with pytest.raises(KeyUnavailable, match="erased"):
        load_or_create_pseudonym_key(home)


@pytest.mark.parametrize("lost", ["keyring", "everything"])
def test_a_home_with_rows_refuses_to_begin_a_second_key(home: Home, lost: str) -> None:
    load_or_create_pseudonym_key(home)
    with_rows(home)
    for folder in (home.keyrings, *([home.keys] if lost == "everything" else [])):
        for path in folder.iterdir():
            path.unlink()
    before = sorted(home.keys.iterdir())
    with pytest.raises(KeyUnavailable, match="restore it"):
        load_or_create_pseudonym_key(home)
    assert sorted(home.keys.iterdir()) == before
    assert not list(home.keyrings.iterdir())


def test_the_key_of_an_older_home_is_taken_over_and_its_file_destroyed(home: Home) -> None:
    key = bytes(range(32))
    with_rows(home)
    path = of_before(home, key)
    assert load_or_create_pseudonym_key(home) == key
    assert not path.exists()
    assert load_or_create_pseudonym_key(home) == key
    of_before(home, b"k" * 32)
    with pytest.raises(KeyUnavailable, match="another home") as refused:
        load_or_create_pseudonym_key(home)
    assert "kkk" not in str(refused.value)


def test_a_fault_at_every_step_of_the_taking_over_loses_no_key(tmp_path: Path) -> None:
    key = bytes(range(32))
    for step in range(40):
        home = Home.at(tmp_path / str(step) / "home")
        home.create()
        with_rows(home)
        of_before(home, key)
        is_cut = False
        with durable.failing_at(step):
            try:
                load_or_create_pseudonym_key(home)
            except durable.InjectedFault:
                is_cut = True
        durable.sweep_temporaries(home.keys)
        assert load_or_create_pseudonym_key(home) == key, step
        assert sorted(p.name for p in home.keys.iterdir()) == ["epoch-0001.secret", "master.key"]
        if not is_cut:
            break
    assert 10 < step < 39


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_damaged_key_is_refused_and_not_shown(home: Home, size: int) -> None:
    of_before(home, b"k" * size)
    with pytest.raises(ComplianceError, match=f"{size} bytes") as refused:
        load_or_create_pseudonym_key(home)
    assert "kkk" not in str(refused.value)


def test_a_key_that_others_may_read_is_refused(home: Home) -> None:
    of_before(home, b"k" * 32).chmod(0o640)
    with pytest.raises(KeyUnavailable, match="chmod 600"):
        load_or_create_pseudonym_key(home)
