"""The log that cannot be rewritten: what is changed is found and named, what was promised is kept."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select

from compliance.audit import tree
from compliance.audit.checkpoint import Checkpoint, read_note, read_shown
from compliance.audit.line import line_of, read_line
from compliance.audit.log import AuditFolder, AuditLog, entries
from compliance.audit.verify import verify
from compliance.errors import KeyUnavailable, LogDamaged
from compliance.ground import durable
from compliance.ground.acts import SYSTEM, Action, Entry, ObjectKind, audit_outbox, note
from compliance.ground.home import Home
from compliance.ground.operations import open_operations
from compliance.keys.signing import PublicKey, new_key
from tests.homes import ROOT

AT = datetime(2023, 11, 20, 0, 0, tzinfo=UTC)


def entry(number: int) -> Entry:
    return Entry(AT, SYSTEM, Action.RECORDING_REGISTERED, ObjectKind.RECORDING, f"r{number}")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home.at(tmp_path / "home")
    made.create()
    return made


@pytest.fixture
def engine(home: Home) -> Engine:
    return open_operations(home.operations_url)


def note_many(engine: Engine, first: int, count: int) -> None:
    with engine.begin() as connection:
        for number in range(first, first + count):
            note(connection, entry(number))


def logged(home: Home, engine: Engine, *counts: int) -> AuditLog:
    """A log that was drained and checkpointed after each of these many entries."""
    log, first = AuditLog(home), 0
    for count in counts:
        note_many(engine, first, count)
        first += count
        log.drain(engine)
        log.checkpoint()
    return log


def waiting(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(audit_outbox)).scalar_one()


# ---- the tree

CT_LEAVES = [
    bytes.fromhex(text)
    for text in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
"""The leaves by which implementations of RFC 6962 are compared, and the root over all eight."""
CT_ROOT = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


def test_the_known_tree_has_the_known_root() -> None:
    leaves = tree.leaf_hashes(CT_LEAVES)
    assert tree.root_of(leaves).hex() == CT_ROOT
    assert tree.leaf_hash(b"").hex() == (
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    )
    assert tree.root_of([]) == hashlib.sha256().digest()


@given(st.lists(st.binary(max_size=8), min_size=1, max_size=70), st.data())
def test_every_leaf_is_included_and_every_beginning_consistent(
    datas: list[bytes], data: st.DataObject
) -> None:
    leaves = tree.leaf_hashes(datas)
    root, size = tree.root_of(leaves), len(leaves)
    index = data.draw(st.integers(0, size - 1))
    proof = tree.inclusion_proof(leaves, index)
    assert tree.is_included(index, size, leaves[index], proof, root)
    assert not tree.is_included(index, size, tree.leaf_hash(b"another one"), proof, root)
    assert not tree.is_included(index, size, leaves[index], [*proof, root], root)
    earlier = data.draw(st.integers(1, size))
    steps = tree.consistency_proof(leaves, earlier)
    old = tree.root_of(leaves[:earlier])
    assert tree.is_consistent(earlier, size, old, root, steps)
    assert not tree.is_consistent(earlier, size, tree.leaf_hash(b"x"), root, steps)
    grown = tree.Frontier()
    cut = data.draw(st.integers(0, size))
    grown.extend(leaves[:cut])
    grown.extend(leaves[cut:])
    assert (grown.size, grown.root()) == (size, root)


# ---- entries and checkpoints


def test_an_entry_has_one_form_only() -> None:
    line = line_of("0" * 32, entry(1))
    assert read_line(line)["object_id"] == "r1"
    for other in (
        line.replace(b'":"', b'": "', 1),
        line.replace(b"system", b"\\u0073ystem"),
        b"[]",
        b"\xff",
        json.dumps({**json.loads(line), "name": "x"}).encode(),
        line.replace(b"2023-11-20", b"2023-13-20"),
    ):
        with pytest.raises(LogDamaged):
            read_line(other)


def test_a_checkpoint_is_accepted_in_its_one_form_by_its_key_alone() -> None:
    key, other = new_key(), new_key()
    made = Checkpoint(3, tree.leaf_hash(b"a"))
    signed = made.signed(key)
    assert read_note(signed, [other.public, key.public]) == (made, key.public)
    assert read_shown(made.shown) == made
    with pytest.raises(LogDamaged, match="no key of the log"):
        read_note(signed, [other.public])
    for place in range(len(signed)):
        touched = bytearray(signed)
        touched[place] ^= 1
        with pytest.raises(LogDamaged):
            read_note(bytes(touched), [key.public])


# ---- what is changed is found and named


def test_a_log_as_written_is_right(home: Home, engine: Engine) -> None:
    log = logged(home, engine, 5, 3)
    verdict = verify(log.folder)
    assert verdict.is_right
    assert (verdict.size, verdict.checkpoints, verdict.unanchored) == (8, 2, 0)
    assert waiting(engine) == 0
    assert [e["object_id"] for e in entries(log.folder)] == [f"r{n}" for n in range(8)]


def test_every_changed_byte_of_the_log_is_found(home: Home, engine: Engine) -> None:
    log = logged(home, engine, 2, 1)
    whole = log.folder.log.read_bytes()
    for place in range(len(whole)):
        touched = bytearray(whole)
        touched[place] ^= 1
        log.folder.log.write_bytes(touched)
        verdict = verify(log.folder)
        assert not verdict.is_right, place
        assert any(problem.artefact == "log.jsonl" for problem in verdict.problems)
    log.folder.log.write_bytes(whole)
    assert verify(log.folder).is_right


def test_every_changed_byte_beside_the_log_is_found(home: Home, engine: Engine) -> None:
    log = logged(home, engine, 2)
    log.keys.rotate()
    note_many(engine, 2, 1)
    log.drain(engine)
    log.checkpoint()
    assert verify(log.folder).is_right
    beside = [p for p in log.folder.root.rglob("*") if p.is_file() and p != log.folder.log]
    assert len(beside) == 5
    for path in beside:
        whole = path.read_bytes()
        for place in range(len(whole)):
            touched = bytearray(whole)
            touched[place] ^= 1
            path.write_bytes(touched)
            assert not verify(log.folder).is_right, (path.name, place)
        path.write_bytes(whole)


def _without(lines: list[bytes]) -> list[bytes]:
    return lines[:-2]


def _swapped(lines: list[bytes]) -> list[bytes]:
    return [lines[1], lines[0], *lines[2:]]


def _edited(lines: list[bytes]) -> list[bytes]:
    return [lines[0].replace(b"r0", b"r9"), *lines[1:]]


def _stamped_anew(lines: list[bytes]) -> list[bytes]:
    return [*lines[:-1], lines[-1].replace(b"2023-11-20", b"2023-11-21")]


def _one_more(lines: list[bytes]) -> list[bytes]:
    return [*lines[:2], lines[0], *lines[2:]]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_without, "entries were cut off"),
        (_swapped, "entries 0 to 3"),
        (_edited, "entries 0 to 3"),
        (_stamped_anew, "entries 4 to 5"),
        (_one_more, "entries 0 to 3"),
    ],
)
def test_a_rewritten_log_is_named_by_its_entries(
    home: Home, engine: Engine, change: Callable[[list[bytes]], list[bytes]], said: str
) -> None:
    log = logged(home, engine, 4, 2)
    lines = log.folder.log.read_bytes().splitlines()
    log.folder.log.write_bytes(b"".join(line + b"\n" for line in change(lines)))
    assert any(said in problem.what for problem in verify(log.folder).problems)
    with pytest.raises(LogDamaged):
        log.checkpoint()


def test_an_older_copy_is_found_by_a_checkpoint_that_somebody_holds(
    home: Home, engine: Engine, tmp_path: Path
) -> None:
    log = logged(home, engine, 3)
    shutil.copytree(home.audit, tmp_path / "older")
    note_many(engine, 3, 2)
    log.drain(engine)
    printed = log.checkpoint()
    shutil.rmtree(home.audit)
    shutil.copytree(tmp_path / "older", home.audit)
    assert verify(log.folder).is_right, "nothing within the folder tells"
    verdict = verify(log.folder, {"weekly 2023-11-20": read_shown(printed.shown)})
    assert [p.artefact for p in verdict.problems] == ["log.jsonl"]
    assert "weekly 2023-11-20" in verdict.problems[0].what


def test_another_key_s_log_is_not_the_one_whose_fingerprint_was_handed_over(
    home: Home, engine: Engine
) -> None:
    log = logged(home, engine, 3)
    handed_over = verify(log.folder).fingerprints[0]
    assert verify(log.folder, trusted=handed_over).is_right
    shutil.rmtree(log.folder.root / "keys")
    shutil.rmtree(log.folder.root / "checkpoints")
    (home.keys / "audit_log.pem").unlink()
    log.checkpoint()
    assert verify(log.folder).is_right
    verdict = verify(log.folder, trusted=handed_over)
    assert [p.artefact for p in verdict.problems] == ["keys/0001.pem"]


def test_entries_after_the_last_checkpoint_are_counted_and_must_be_entries(
    home: Home, engine: Engine
) -> None:
    log = logged(home, engine, 2)
    note_many(engine, 2, 3)
    log.drain(engine)
    assert verify(log.folder).unanchored == 3
    with log.folder.log.open("ab") as file:
        file.write(b'{"action":"x"}\n')
    assert "entry 5" in verify(log.folder).problems[0].what


# ---- nothing acknowledged is lost, nothing doubled


@pytest.mark.slow
def test_a_fault_at_every_durable_step_loses_and_doubles_nothing(tmp_path: Path) -> None:
    for step in range(40):
        home = Home.at(tmp_path / f"home{step}")
        home.create()
        engine = open_operations(home.operations_url)
        note_many(engine, 0, 3)
        log, is_cut = AuditLog(home), False
        with durable.failing_at(step) as seen:
            try:
                log.drain(engine)
                log.checkpoint()
            except durable.InjectedFault:
                is_cut = True
        note_many(engine, 3, 2)
        log.drain(engine)
        log.checkpoint()
        assert [e["object_id"] for e in entries(log.folder)] == [f"r{n}" for n in range(5)], seen
        assert verify(log.folder).is_right, seen
        if not is_cut:
            break
    assert 12 <= step < 39


_KILLED = """
    import os, signal, sys
    from pathlib import Path
    from compliance.audit.log import AuditLog
    from compliance.ground import durable
    from compliance.ground.home import Home
    from compliance.ground.operations import open_operations

    home = Home.at(Path(sys.argv[1]))
    log = AuditLog(home)
    with durable.failing_at(int(sys.argv[2]), lambda: os.kill(os.getpid(), signal.SIGKILL)) as seen:
        log.drain(open_operations(home.operations_url))
        log.checkpoint()
"""


@pytest.mark.slow
@pytest.mark.parametrize("step", range(18))
def test_killed_at_a_durable_step(home: Home, engine: Engine, step: int) -> None:
    note_many(engine, 0, 3)
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(_KILLED), str(home.root), str(step)],
        cwd=ROOT,
        timeout=60,
        check=False,
    )
    assert done.returncode in {0, -signal.SIGKILL}
    log = AuditLog(home)
    log.drain(engine)
    log.checkpoint()
    assert [e["object_id"] for e in entries(log.folder)] == ["r0", "r1", "r2"]
    assert verify(log.folder).is_right


def test_a_torn_last_line_was_never_promised(home: Home, engine: Engine) -> None:
    log = logged(home, engine, 2)
    with log.folder.log.open("ab") as file:
        file.write(b'{"action":"recording_reg')
    assert verify(log.folder).is_right
    note_many(engine, 2, 1)
    log.drain(engine)
    log.checkpoint()
    assert [e["object_id"] for e in entries(log.folder)] == ["r0", "r1", "r2"]


_APPENDING = """
    import sys
    from pathlib import Path
    from compliance.ground.durable import AppendedFile

    with AppendedFile(Path(sys.argv[1])) as file:
        for number in range(400):
            file.append(f"{sys.argv[2]} {number}\\n".encode() * 3)
"""


def test_two_processes_append_at_once(tmp_path: Path) -> None:
    path = tmp_path / "log"
    words = [sys.executable, "-c", textwrap.dedent(_APPENDING), str(path)]
    both = [subprocess.Popen([*words, name], cwd=ROOT) for name in ("a", "b")]
    assert [process.wait(timeout=120) for process in both] == [0, 0]
    lines = path.read_text().splitlines()
    for name in ("a", "b"):
        own = [line for line in lines if line.startswith(name)]
        assert own == [f"{name} {n}" for n in range(400) for _ in range(3)]


def test_a_full_disk_keeps_the_entries_waiting(
    home: Home, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = logged(home, engine, 2)
    note_many(engine, 2, 2)
    real, written = os.write, []

    def write(file: int, data: bytes) -> int:
        if written:
            raise OSError(28, "No space left on device")
        written.append(1)
        return real(file, bytes(data)[:10])

    monkeypatch.setattr(os, "write", write)
    with pytest.raises(OSError, match="No space"):
        log.drain(engine)
    monkeypatch.undo()
    assert verify(log.folder).is_right
    log.drain(engine)
    assert [e["object_id"] for e in entries(log.folder)] == [f"r{n}" for n in range(4)]


# ---- keys


def test_a_missing_key_stops_signing_and_says_what_to_do(home: Home, engine: Engine) -> None:
    log = logged(home, engine, 2)
    (home.keys / "audit_log.pem").unlink()
    note_many(engine, 2, 1)
    log.drain(engine)
    with pytest.raises(KeyUnavailable, match="restore it from its backup"):
        log.checkpoint()
    assert verify(log.folder).unanchored == 1


@pytest.mark.slow
def test_a_rotation_that_was_cut_off_is_finished(tmp_path: Path) -> None:
    for step in range(20):
        home = Home.at(tmp_path / f"home{step}")
        home.create()
        engine = open_operations(home.operations_url)
        log = logged(home, engine, 2)
        try:
            with durable.failing_at(step):
                log.keys.rotate()
        except durable.InjectedFault:
            pass
        note_many(engine, 2, 1)
        log.drain(engine)
        log.checkpoint()
        assert verify(log.folder).is_right, step


# ---- a reader of docs/formats.md alone: hashlib and cryptography only


def third_reader(folder: Path) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    def root(leaves: list[bytes]) -> bytes:
        if len(leaves) == 1:
            return leaves[0]
        k = 1
        while k * 2 < len(leaves):
            k *= 2
        return hashlib.sha256(b"\x01" + root(leaves[:k]) + root(leaves[k:])).digest()

    lines = (folder / "log.jsonl").read_bytes().split(b"\n")[:-1]
    leaves = [hashlib.sha256(b"\x00" + line).digest() for line in lines]
    keys = [load_pem_public_key(p.read_bytes()) for p in sorted((folder / "keys").glob("*.pem"))]
    for note_file in sorted((folder / "checkpoints").glob("*.txt")):
        text, _, signature_line = note_file.read_bytes().partition(b"\n\n")
        _, size, said = text.decode().split("\n")
        signature = base64.b64decode(signature_line.split(b" ")[2])[4:]
        if int(size) > len(leaves) or base64.b64decode(said) != root(leaves[: int(size)]):
            return False
        for key in keys:
            try:
                key.verify(signature, text + b"\n", ECDSA(hashes.SHA256()))  # type: ignore[union-attr,call-arg,arg-type]
                break
            except InvalidSignature:
                continue
        else:
            return False
    return True


def test_a_third_reader_accepts_the_log_and_refuses_a_changed_one(
    home: Home, engine: Engine
) -> None:
    log = logged(home, engine, 3, 4)
    assert third_reader(log.folder.root)
    whole = log.folder.log.read_bytes()
    log.folder.log.write_bytes(whole.replace(b"r4", b"r5"))
    assert not third_reader(log.folder.root)
    log.folder.log.write_bytes(whole)
    path = log.folder.checkpoints()[0]
    path.write_bytes(path.read_bytes().replace(b"\n3\n", b"\n4\n"))
    assert not third_reader(log.folder.root)


def test_a_public_key_is_read_in_its_one_form_only() -> None:
    pem = new_key().public.as_pem()
    assert PublicKey.from_pem(pem).as_pem() == pem
    with pytest.raises(LogDamaged):
        PublicKey.from_pem(pem + b"\n")


def test_a_large_log_is_hashed_beside_and_comes_out_the_same(
    home: Home, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = logged(home, engine, 40, 7)
    note_many(engine, 47, 3)
    log.drain(engine)
    with log.folder.log.open("ab") as file:
        file.write(b"half a line")
    small = verify(log.folder)
    monkeypatch.setattr("compliance.audit.log._LARGE", 0)
    assert verify(log.folder) == small
    assert (small.size, small.unanchored, small.is_right) == (50, 3, True)
    log.folder.log.write_bytes(log.folder.log.read_bytes().replace(b"r41", b"r14"))
    assert "entries 40 to 46" in verify(log.folder).problems[0].what


def test_the_places_of_a_log(tmp_path: Path) -> None:
    assert list(AuditFolder(tmp_path).lines()) == []
    assert verify(AuditFolder(tmp_path)).size == 0
