"""The master secret under a passphrase: a stolen folder opens nothing, a power cut closes it, no step loses it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from compliance.errors import EntryRefused, KeyringDamaged, KeyUnavailable
from compliance.ground import durable
from compliance.ground.home import Home
from compliance.keys import master
from compliance.keys.keyring import Keyring
from compliance.keys.master import MasterState, is_in_memory, lock, protect, state_of, unlock

PASSPHRASE = "a passphrase of the stage"


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory."""
    shm = Path("/dev/shm")
    if not shm.is_dir() or not is_in_memory(shm):
        pytest.skip("no tmpfs at /dev/shm")
    folder = shm / f"madoguchi-{tmp_path.parent.name}-{tmp_path.name}"
    folder.mkdir(mode=0o700)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Less memory than in earnest; one test asks for the real figures."""
    monkeypatch.setattr(master, "_MEMORY_KIB", 64)


def files(home: Home) -> bytes:
    return b"".join(
        p.read_bytes() for p in home.keys.rglob("*") if p.is_file() and "unlocked" not in p.parts
    )


def test_protected_the_folder_holds_no_secret_and_the_keyring_still_opens(
    home: Home, memory: Path
) -> None:
    keys = dict(Keyring.open(home).make(["a"]))
    secret = (home.keys / "master.key").read_bytes()
    protect(home, PASSPHRASE, memory)
    assert state_of(home) is MasterState.UNLOCKED
    assert secret not in files(home)
    assert Keyring.open(home).key("a") == keys["a"]
    with pytest.raises(EntryRefused, match="すでに保護されて"):
        protect(home, PASSPHRASE, memory)


def test_a_power_cut_closes_it_and_the_passphrase_opens_it(home: Home, memory: Path) -> None:
    keys = dict(Keyring.open(home).make(["a"]))
    protect(home, PASSPHRASE, memory)
    (memory / "master.key").unlink()
    assert state_of(home) is MasterState.LOCKED
    with pytest.raises(KeyUnavailable, match="keys unlock"):
        Keyring.open(home)
    with pytest.raises(KeyUnavailable, match="does not open") as refused:
        unlock(home, "another passphrase")
    assert "another" not in str(refused.value)
    unlock(home, PASSPHRASE)
    assert Keyring.open(home).key("a") == keys["a"]
    lock(home)
    lock(home)
    assert state_of(home) is MasterState.LOCKED


def test_a_folder_on_a_disk_and_a_short_passphrase_are_refused(
    home: Home, memory: Path, tmp_path: Path
) -> None:
    Keyring.open(home)
    if not is_in_memory(tmp_path):
        with pytest.raises(EntryRefused, match="メモリ上のフォルダ"):
            protect(home, PASSPHRASE, tmp_path)
    with pytest.raises(EntryRefused, match="12字以上"):
        protect(home, "short", memory)
    with pytest.raises(EntryRefused, match="開けるものがありません"):
        unlock(home, PASSPHRASE)
    assert state_of(home) is MasterState.PLAIN


@pytest.mark.parametrize("member", ["salt", "sealed", "iterations", "memory_kib"])
def test_one_changed_member_opens_nothing(home: Home, memory: Path, member: str) -> None:
    Keyring.open(home)
    protect(home, PASSPHRASE, memory)
    path = home.keys / "master.protected.json"
    members = json.loads(path.read_bytes())
    value = members[member]
    members[member] = value + 1 if isinstance(value, int) else ("B" if value[0] != "B" else "C") + value[1:]  # fmt: skip
    path.write_text(json.dumps(members))
    with pytest.raises(KeyUnavailable):
        unlock(home, PASSPHRASE)


def test_a_fault_at_every_step_of_protecting_loses_no_key(tmp_path: Path, memory: Path) -> None:
    for step in range(40):
        home = Home.at(tmp_path / str(step) / "home")
        home.create()
        keys = dict(Keyring.open(home).make(["a"]))
        is_cut = False
        with durable.failing_at(step):
            try:
                protect(home, PASSPHRASE, memory)
            except durable.InjectedFault:
                is_cut = True
        if state_of(home) is MasterState.PLAIN:
            protect(home, PASSPHRASE, memory)
        lock(home)
        unlock(home, PASSPHRASE)
        assert Keyring.open(home).key("a") == keys["a"], step
        assert not (home.keys / "master.key").exists(), step
        if not is_cut:
            break
    assert 8 <= step < 39


def test_the_cost_is_that_of_the_rfc_and_the_function_gives_its_vector() -> None:
    """RFC 9106, 4 (second choice) and 5.3."""
    import inspect

    source = inspect.getsource(master)
    assert "_MEMORY_KIB, _ITERATIONS, _LANES = 1 << 16, 3, 4" in source
    kdf = Argon2id(
        salt=b"\x02" * 16, length=32, iterations=3, lanes=4, memory_cost=32,
        ad=b"\x04" * 12, secret=b"\x03" * 8,
    )  # fmt: skip
    expected = "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659"
    assert kdf.derive(b"\x01" * 32).hex() == expected


def test_a_service_takes_the_locked_secret_from_its_credential_and_nobody_else_does(
    home: Home, memory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = dict(Keyring.open(home).make(["a"]))
    secret = (home.keys / "master.key").read_bytes()
    protect(home, PASSPHRASE, memory)
    lock(home)
    given = tmp_path / "credentials"
    given.mkdir()
    (given / master.CREDENTIAL).write_bytes(secret)
    with pytest.raises(KeyUnavailable, match="locked"):
        Keyring.open(home)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(given))
    assert Keyring.open(home).key("a") == keys["a"]
    assert state_of(home) is MasterState.LOCKED and secret not in files(home)
    (given / master.CREDENTIAL).write_bytes(bytes(len(secret)))
    with pytest.raises(KeyringDamaged):
        Keyring.open(home)
    (given / master.CREDENTIAL).write_bytes(secret[:-1])
    with pytest.raises(KeyUnavailable, match="no master secret"):
        Keyring.open(home)


def test_a_credential_takes_the_place_of_no_secret_that_is_there(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever sets a service's environment cannot give a home another secret than its own."""
    key = Keyring.open(home).make(["a"])["a"]
    (tmp_path / master.CREDENTIAL).write_bytes(bytes(32))
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert Keyring.open(home).key("a") == key
