"""The keyring: keys are durable before they are used, and a copy opens nothing without today's secrets."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from compliance.errors import EpochLeft, KeyringDamaged, KeyUnavailable
from compliance.ground import durable
from compliance.ground.home import Home
from compliance.keys.chain import KeyChain
from compliance.keys.keyring import Keyring, epoch_at, epochs, leave_epoch, settle
from compliance.keys.names import load_or_create_name_key
from tests.homes import ROOT

IDS = [f"r{n}" for n in range(20)]


def test_keys_are_made_once_and_open_again_from_disk(home: Home) -> None:
    ring = Keyring.open(home)
    made = ring.make(IDS)
    assert len(set(made.values())) == len(IDS)
    assert all(len(key) == 32 for key in made.values())
    assert ring.make(IDS[:3]) == {i: made[i] for i in IDS[:3]}
    again = Keyring.open(home)
    assert again.ids == set(IDS)
    assert {i: again.key(i) for i in IDS} == made
    with pytest.raises(KeyUnavailable, match="never made, or was erased"):
        again.key("r99")
    assert not any(key in epoch_at(home, 1).keyring.read_bytes() for key in made.values())


def test_of_many_that_open_a_new_home_at_once_one_makes_its_secrets(tmp_path: Path) -> None:
    for attempt in range(20):
        home = Home.at(tmp_path / f"home{attempt}")
        log_keys = KeyChain(home.audit / "keys", home.keys / "log.key", "a log")
        start = threading.Barrier(6)

        def first_touch(
            number: int,
            home: Home = home,
            start: threading.Barrier = start,
            log_keys: KeyChain = log_keys,
        ) -> tuple[bytes, str, bytes]:
            start.wait()
            made = Keyring.open(home).make([f"r{number}"])[f"r{number}"]
            names = load_or_create_name_key(home, holds_names=False)
            return made, log_keys.signing_key().public.as_pem().decode(), names.seal("x", "p")

        with ThreadPoolExecutor(6) as pool:
            found = list(pool.map(first_touch, range(6)))
        ring, names = Keyring.open(home), load_or_create_name_key(home, holds_names=True)
        assert [ring.key(f"r{n}") for n in range(6)] == [key for key, _, _ in found]
        assert {pem for _, pem, _ in found} == {log_keys.signing_key().public.as_pem().decode()}
        assert {names.open(sealed, "p") for _, _, sealed in found} == {"x"}


@pytest.mark.parametrize("name", ["master.key", "epoch-0001.secret"])
def test_a_secret_that_is_missing_wrong_or_loose_stops_everything(home: Home, name: str) -> None:
    Keyring.open(home).make(IDS)
    whole = epoch_at(home, 1).keyring.read_bytes()
    path = home.keys / name
    secret = path.read_bytes()
    path.chmod(0o640)
    with pytest.raises(KeyUnavailable, match="chmod"):
        Keyring.open(home)
    path.chmod(0o600)
    path.write_bytes(secret[:-1])
    with pytest.raises(KeyUnavailable, match="31 bytes"):
        Keyring.open(home)
    path.write_bytes(bytes([secret[0] ^ 1]) + secret[1:])
    with pytest.raises(KeyringDamaged, match="MADOGUCHI_KEYS"):
        Keyring.open(home)
    path.unlink()
    with pytest.raises(KeyUnavailable, match="mounted"):
        Keyring.open(home)
    assert epoch_at(home, 1).keyring.read_bytes() == whole
    assert sorted(p.name for p in home.keyrings.iterdir()) == ["epoch-0001.keyring"]


def test_a_wrapped_key_opens_in_its_place_only(home: Home) -> None:
    Keyring.open(home).make(["a", "b"])
    path = epoch_at(home, 1).keyring
    a, b = (line.split(b" ")[1] for line in path.read_bytes().splitlines())
    path.write_bytes(b"a " + b + b"\nb " + a + b"\n")
    with pytest.raises(KeyringDamaged):
        Keyring.open(home)
    path.write_bytes(b"a !!!\n")
    with pytest.raises(KeyringDamaged, match="a line that is none"):
        Keyring.open(home)


def test_a_line_that_a_crash_left_half_written_is_no_key(home: Home) -> None:
    Keyring.open(home).make(["a"])
    with epoch_at(home, 1).keyring.open("ab") as file:
        file.write(b"b AAAA")
    ring = Keyring.open(home)
    assert ring.ids == {"a"}
    ring.make(["c"])
    assert Keyring.open(home).ids == {"a", "c"}


def test_the_next_epoch_opens_survivors_and_the_old_files_open_nothing(
    home: Home, tmp_path: Path
) -> None:
    made = Keyring.open(home).make(IDS)
    shutil.copytree(home.root, tmp_path / "before")
    ring = Keyring.open(home).next_epoch(home, set(IDS[:5]))
    leave_epoch(epoch_at(home, 1))
    assert [e.number for e in epochs(home)] == [2]
    assert not (home.keys / "epoch-0001.secret").exists()
    again = Keyring.open(home)
    assert again.epoch == ring.epoch
    assert {i: again.key(i) for i in IDS[5:]} == {i: made[i] for i in IDS[5:]}
    thief = Home.at(tmp_path / "before", home.keys)
    with pytest.raises(KeyUnavailable):
        Keyring.open(thief)
    old_lines = (thief.keyrings / "epoch-0001.keyring").read_bytes().splitlines()
    for path in [p for root in (home.root, home.keys) for p in root.rglob("*") if p.is_file()]:
        content = path.read_bytes()
        assert not any(line.split(b" ")[1] in content for line in old_lines), path
    # the old secret's place taken by today's does not help the thief either
    shutil.copy(home.keys / "epoch-0002.secret", home.keys / "epoch-0001.secret")
    with pytest.raises(KeyringDamaged):
        Keyring.open(thief)


def test_an_erased_key_that_is_not_there_stops_the_next_epoch(home: Home) -> None:
    Keyring.open(home).make(IDS)
    with pytest.raises(KeyUnavailable):
        Keyring.open(home).next_epoch(home, {"nobody"})
    assert Keyring.open(home).ids == set(IDS)


def test_a_fault_at_every_durable_step_of_an_epoch_loses_no_key(tmp_path: Path) -> None:
    for step in range(60):
        home = Home.at(tmp_path / f"home{step}")
        home.create()
        made = Keyring.open(home).make(IDS)
        is_cut = False
        with durable.failing_at(step):
            try:
                Keyring.open(home).next_epoch(home)
                settle(home)
            except durable.InjectedFault:
                is_cut = True
        durable.sweep_temporaries(home.keyrings)
        settle(home)
        ring = Keyring.open(home)
        assert {i: ring.key(i) for i in IDS} == made, step
        ring.make(["later"])
        ring.next_epoch(home)
        settle(home)
        assert {i: Keyring.open(home).key(i) for i in IDS} == made, step
        assert len(epochs(home)) == 1
        if not is_cut:
            break
    assert 14 <= step < 59


_KILLED = """
    import os, signal, sys
    from pathlib import Path
    from compliance.ground import durable
    from compliance.ground.home import Home
    from compliance.keys.keyring import Keyring, settle

    home = Home.at(Path(sys.argv[1]))
    with durable.failing_at(int(sys.argv[2]), lambda: os.kill(os.getpid(), signal.SIGKILL)):
        ring = Keyring.open(home)
        ring.make(["more"])
        ring.next_epoch(home)
        settle(home)
"""


@pytest.mark.slow
@pytest.mark.parametrize("step", range(24))
def test_killed_at_a_durable_step_of_an_epoch(home: Home, step: int) -> None:
    made = Keyring.open(home).make(IDS)
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(_KILLED), str(home.root), str(step)],
        cwd=ROOT,
        env={**os.environ},
        timeout=60,
        check=False,
    )
    assert done.returncode in {0, -signal.SIGKILL}
    durable.sweep_temporaries(home.keyrings)
    settle(home)
    ring = Keyring.open(home)
    assert {i: ring.key(i) for i in IDS} == made


def test_an_epoch_is_not_left_while_the_present_one_cannot_be_opened(home: Home) -> None:
    ring = Keyring.open(home)
    ring.make(IDS)
    ring.next_epoch(home)
    (home.keys / "epoch-0002.secret").rename(home.keys / "elsewhere")
    with pytest.raises(KeyUnavailable):
        settle(home)
    assert (home.keys / "epoch-0001.secret").exists()


def test_keys_that_another_process_made_are_known_before_any_is_made(home: Home) -> None:
    one, other = Keyring.open(home), Keyring.open(home)
    made = one.make(IDS)
    assert other.make(IDS) == made
    assert other.make([*IDS, "later"])["later"] == one.make(["later"])["later"]
    lines = epoch_at(home, 1).keyring.read_bytes().splitlines()
    assert len(lines) == len({line.split()[0] for line in lines}) == len(IDS) + 1


def test_a_key_made_while_an_epoch_is_about_to_begin_goes_on_with_it(home: Home) -> None:
    erasing = Keyring.open(home)
    erasing.make(IDS)
    late = Keyring.open(home).make(["late"])["late"]
    following = erasing.next_epoch(home, IDS[:5])
    assert following.key("late") == late
    assert following.ids == {*IDS[5:], "late"}


def test_nobody_makes_a_key_in_an_epoch_that_was_left(home: Home) -> None:
    desk = Keyring.open(home)
    desk.make(IDS)
    old = epoch_at(home, 1)
    Keyring.open(home).next_epoch(home, IDS[:5])
    before = old.keyring.read_bytes()
    for _ in range(2):
        with pytest.raises(EpochLeft):
            desk.make(["new"])
        with pytest.raises(EpochLeft):
            desk.next_epoch(home)
        assert not old.keyring.exists() or old.keyring.read_bytes() == before
        leave_epoch(old)
    assert [epoch.number for epoch in epochs(home)] == [2]
    assert Keyring.open(home).make(["new"])


def test_many_processes_make_the_same_keys_once(home: Home) -> None:
    Keyring.open(home)
    script = textwrap.dedent(f"""
        from pathlib import Path
        from compliance.ground.home import Home
        from compliance.keys.keyring import Keyring
        ring = Keyring.open(Home.at(Path({str(home.root)!r}), Path({str(home.keys)!r})))
        for n in range(40):
            print(ring.make([f"k{{n}}"])[f"k{{n}}"].hex())
    """)
    started = [
        subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE)
        for _ in range(4)
    ]
    said = [process.communicate(timeout=60)[0] for process in started]
    assert len(said[0].split()) == 40
    assert set(said) == {said[0]}
