"""A backup can be lived from; whoever has it alone opens nothing, changes nothing unseen, and brings back nothing erased."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from application.backup import backed_up, drilled
from application.backup_duties import backup_duties
from application.home.session import Outlook, read_settings
from application.restore import Restored, RestoreOrder, restored
from application.stores import STORES
from compliance.audit.line import line_of
from compliance.audit.log import BATCH, AuditFolder, AuditLog, entries
from compliance.audit.verify import verify_copy
from compliance.backup.manifest import FILES, NAME, SIGNATURE, _parsed, backups_in, sign
from compliance.backup.register import BackupDeed, last_event
from compliance.backup.taking import copied, take
from compliance.contract.business_calendar import BusinessCalendar
from compliance.errors import (
    BackupTouched,
    ComplianceError,
    EntryRefused,
    HomeBusy,
    KeyUnavailable,
    RestoreRefused,
)
from compliance.ground import durable
from compliance.ground.acts import SYSTEM, Action, Actor, ObjectKind, note_all
from compliance.ground.clock import ClockKind, claim_clock
from compliance.ground.home import Home
from compliance.ground.japan import civil_date
from compliance.ground.operations import open_operations
from compliance.ground.run_lock import run_lock
from compliance.inquiries.entering import enter
from compliance.inquiries.form import load_form
from compliance.inquiries.record import Inquiry
from compliance.inquiries.register import latest
from compliance.inquiries.sealed_texts import sealed_texts
from compliance.keys.keyring import Keyring
from compliance.keys.signing import new_key
from compliance.vault.catalogue import counts
from compliance.vault.custody import online_path, verify_vault
from compliance.vault.media import registered_media
from compliance.vault.preservation import holds
from compliance.vault.rotation import due_for_rotation, held_at_hand, rotate
from compliance.vault.rotation import restore as bring_back
from compliance.vault.sealed import associated_data, unseal
from tests.compliance.erasure.stage import (
    COUNT,
    FLOOR,
    NOW,
    OLD,
    RECORDED,
    TODAY,
    Stage,
    recording_id,
    set_up,
    sound,
)
from tests.homes import ROOT

LATER = NOW + timedelta(days=3)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    stage = set_up(tmp_path)
    for name in ("landing/cdr/a-0-1.parquet", "outbox/weekly/2023-11-20/paper.pdf"):
        path = stage.home.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"rows of " + name.encode())
    (stage.home.root / "warehouse.duckdb").write_bytes(b"derived")
    (tmp_path / "medium").mkdir()
    return stage


def back_up(stage: Stage) -> Path:
    return take(stage.engine, stage.home, STORES, stage.folder / "medium", stage.now)[0]


def restore(stage: Stage, backup: Path, name: str = "again", **more: object) -> Restored:
    home = Home(stage.folder / name, stage.home.keys)
    return restored(RestoreOrder(backup, home, **more), LATER)  # type: ignore[arg-type]


def place_of(stage: Stage) -> Outlook:
    settings = read_settings(
        ROOT / "contracts/sapporo-2023/contract.toml", stage.home.root, environment={}
    )
    return Outlook(
        settings, stage.home, stage.engine, BusinessCalendar(settings.contract), stage.now
    )


def opened(home: Home, number: int) -> bytes:
    ring = Keyring.open(home)
    with online_path(home, recording_id(number)).open("rb") as file:
        key, bound = ring.key(recording_id(number)), associated_data(recording_id(number))
        return b"".join(unseal(file, key, bound))


def erase(stage: Stage) -> None:
    """The old recordings leave the vault for their media, as every night, and are erased."""
    held = held_at_hand(stage.engine)
    due = due_for_rotation(held, FLOOR, holds(stage.engine), TODAY)
    rotate(stage.engine, stage.home, registered_media(stage.engine), due, stage.now)
    stage.execute(stage.authorised())
    stage.checkpoint()


def everything(folder: Path) -> bytes:
    return b"\0".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def leftovers(stage: Stage) -> list[Path]:
    return [path for path in stage.folder.rglob(".tmp-*") if path.is_dir()]


def test_a_restored_home_holds_what_the_home_held_and_its_log_goes_on(stage: Stage) -> None:
    backup = back_up(stage)
    found = restore(stage, backup)
    home = Home(stage.folder / "again", stage.home.keys)
    assert (found.problems, found.opened, found.without_key) == ((), COUNT - OLD, 0)
    assert found.age == LATER - NOW and found.later is None
    for number in range(OLD, COUNT):
        assert opened(home, number) == sound(number)
    for name in ("landing/cdr/a-0-1.parquet", "outbox/weekly/2023-11-20/paper.pdf"):
        assert (home.root / name).read_bytes() == (stage.home.root / name).read_bytes()
    assert not home.warehouse.exists(), "the next run derives it"
    before, after = AuditFolder(stage.home.audit), AuditFolder(home.audit)
    assert after.log.read_bytes().startswith(before.log.read_bytes())
    assert [one["action"] for one in entries(after, last=1)] == ["home_restored"]
    assert verify_copy(after).is_right
    engine = open_operations(home.operations_url)
    assert counts(engine) == counts(stage.engine)
    engine.dispose()
    assert not leftovers(stage)


def test_no_secret_is_in_a_backup_and_nobody_opens_it_alone(stage: Stage, tmp_path: Path) -> None:
    backup = back_up(stage)
    content = everything(backup)
    for path in stage.home.keys.rglob("*"):
        if path.is_file() and path.stat().st_size >= 32:
            assert path.read_bytes() not in content, path.name
    thief = tmp_path / "thief-keys"
    thief.mkdir()
    with pytest.raises(KeyUnavailable):
        restored(RestoreOrder(backup, Home(tmp_path / "stolen", thief)), LATER)
    with pytest.raises(ComplianceError):
        Keyring.open(Home(backup / FILES, thief))


def test_what_was_erased_after_the_backup_stays_erased_and_is_told(stage: Stage) -> None:
    """The medium still holds ciphertexts and wrapped keys of the old epoch; the restored home opens none of them."""
    put_back_at_hand(stage)
    backup = back_up(stage)
    wrapped = next((backup / FILES / "keys").glob("*.keyring")).read_bytes()
    assert recording_id(0).encode() in wrapped
    erase(stage)
    found = restore(stage, backup, known_log=stage.home.audit)
    home = Home(stage.folder / "again", stage.home.keys)
    assert found.later is not None and found.later.counts["recording_erased"] == OLD
    assert (found.erased, found.without_key, found.problems) == (OLD, 0, ())
    engine = open_operations(home.operations_url)
    assert counts(engine)["erased"][0] == OLD
    ring = Keyring.open(home)
    assert verify_vault(engine, home, ring) == (COUNT - OLD, [])
    engine.dispose()
    for number in range(OLD):
        assert recording_id(number) not in ring.ids
        assert not online_path(home, recording_id(number)).exists()
    for number in range(OLD, COUNT):
        assert opened(home, number) == sound(number)
    known = AuditFolder(stage.home.audit).log.read_bytes()
    assert AuditFolder(home.audit).log.read_bytes().startswith(known), "the log never goes back"
    with pytest.raises(ComplianceError):
        Keyring.open(Home(backup / FILES, stage.home.keys)).key(recording_id(0))


def erase_words(stage: Stage) -> None:
    """The words of the old record are erased, the young one's go on."""
    stage.execute(stage.authorised(kind="inquiry"))
    stage.checkpoint()


@pytest.fixture
def spoken(stage: Stage) -> Stage:
    """An old record of an inquiry and a young one, each with words."""
    old = Inquiry(
        "1.1", 1, RECORDED, "op1", "policy", "other", handling="listened", summary="言葉。"
    )
    told = [old, replace(old, call_id="1.2", at=NOW)]
    enter(
        stage.engine, Keyring.open(stage.home), load_form(), stage.actor("sv1"), told, oversees=True
    )
    return stage


def test_the_words_that_were_erased_after_the_backup_are_gone_from_the_restored_home(
    spoken: Stage,
) -> None:
    """The backup's database still holds them sealed; the restored one says that there were some, and reads the others."""
    backup = back_up(spoken)
    held = {one.key_id for one in sealed_texts(spoken.engine)}
    erase_words(spoken)
    found = restore(spoken, backup, known_log=spoken.home.audit)
    assert found.later is not None and found.later.counts["inquiry_erased"] == 1
    assert (found.forgotten, found.erased, found.without_key, found.problems) == (1, 0, 0, ())
    home = Home(spoken.folder / "again", spoken.home.keys)
    engine = open_operations(home.operations_url)
    (kept,) = sealed_texts(engine)
    assert len(held) == 2 and kept.key_id in held and kept.size > 0
    told = latest(engine, Keyring.open(home))
    assert [one.has_summary for one in told] == [False, True]
    assert told == latest(spoken.engine, Keyring.open(spoken.home))
    engine.dispose()


def test_without_the_other_log_words_that_lost_their_key_are_counted(spoken: Stage) -> None:
    backup = back_up(spoken)
    erase_words(spoken)
    found = restore(spoken, backup, keyrings=spoken.home.keyrings)
    assert (found.forgotten, found.without_key) == (0, 0)
    assert any("1 records of inquiries" in one for one in found.problems)


def test_without_the_other_log_what_lost_its_key_is_counted_and_nothing_is_called_erased(
    stage: Stage,
) -> None:
    put_back_at_hand(stage)
    backup = back_up(stage)
    erase(stage)
    with pytest.raises(RestoreRefused, match="an erasure took place"):
        restore(stage, backup)
    assert not (stage.folder / "again").exists()
    found = restore(stage, backup, keyrings=stage.home.keyrings)
    assert (found.erased, found.without_key) == (0, OLD)
    assert any(f"{OLD} recordings" in one for one in found.problems)
    engine = open_operations(Home(stage.folder / "again", stage.home.keys).operations_url)
    assert counts(engine)["sealed"][0] == COUNT
    engine.dispose()


def put_back_at_hand(stage: Stage) -> None:
    """The old recordings lie in the vault again, beside their two media."""
    for number in range(OLD):
        bring_back(stage.engine, stage.home, stage.actor("mg1"), recording_id(number))


def changed(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.unlink()  # a medium's own file, not the home's
    path.write_bytes(bytes(content))


def swapped(backup: Path) -> None:
    first, second = sorted((backup / FILES / "vault").rglob("*.sealed"))[:2]
    kept = first.read_bytes()
    for path, content in ((first, second.read_bytes()), (second, kept)):
        path.unlink()
        path.write_bytes(content)


def resigned(backup: Path) -> None:
    """A manifest of the thief's own, signed by a key of the thief's own that stands in the chain's place."""
    key = new_key()
    content, signature = sign(_parsed((backup / NAME).read_bytes()), key)
    for path in (backup / FILES / "audit" / "keys").glob("*"):
        path.unlink()
    (backup / FILES / "audit" / "keys" / "0001.pem").write_bytes(key.public.as_pem())
    (backup / NAME).write_bytes(content)
    (backup / SIGNATURE).write_bytes(signature)


def redated(backup: Path) -> None:
    said = json.loads((backup / NAME).read_bytes())
    said["made_at"] = LATER.isoformat()
    (backup / NAME).write_bytes(json.dumps(said, sort_keys=True, separators=(",", ":")).encode())


def linked_out(backup: Path) -> None:
    path = next((backup / FILES / "landing").rglob("*.parquet"))
    path.unlink()
    path.symlink_to("/etc/hostname")


MISCHIEF: dict[str, Callable[[Path], object]] = {
    "a sealed recording is changed": lambda b: changed(next((b / FILES / "vault").rglob("*.sealed"))),
    "two sealed recordings are swapped": swapped,
    "the database is changed": lambda b: changed(b / FILES / "operations.db"),
    "the log is changed": lambda b: changed(b / FILES / "audit" / "log.jsonl"),
    "a keyring is changed": lambda b: changed(next((b / FILES / "keys").glob("*.keyring"))),
    "a paper is dropped": lambda b: next((b / FILES / "outbox").rglob("*.pdf")).unlink(),
    "a file is put in": lambda b: (b / FILES / "outbox" / "more.pdf").write_bytes(b"%PDF"),
    "a file is a link to elsewhere": linked_out,
    "the manifest's instant is another": redated,
    "the manifest is dropped": lambda b: (b / NAME).unlink(),
    "the signature is dropped": lambda b: (b / SIGNATURE).unlink(),
    "everything is signed anew by another key": resigned,
}  # fmt: skip


@pytest.mark.parametrize("what", MISCHIEF)
def test_whoever_has_the_medium_alone_changes_nothing_unseen(stage: Stage, what: str) -> None:
    backup = back_up(stage)
    MISCHIEF[what](backup)
    with pytest.raises(BackupTouched):
        restore(stage, backup)
    assert not (stage.folder / "again").exists() and not leftovers(stage)


def test_an_older_backup_in_the_place_of_the_newest_is_told_by_age_and_by_the_log(
    stage: Stage,
) -> None:
    older = back_up(stage)
    stage.actor("mg1")
    case = stage.apply()
    stage.checkpoint()
    stage.now = LATER - timedelta(hours=1)
    newest = back_up(stage)
    assert backups_in(stage.folder / "medium") == [older, newest]
    shutil.rmtree(newest)
    shutil.copytree(older, newest)  # the old one under the new one's name
    found = restore(stage, newest, known_log=stage.home.audit)
    assert found.age == timedelta(days=3) and found.manifest.made_at == NOW
    assert found.later is not None and found.later.counts["erasure_applied"] == 1
    assert found.later.total >= 1 and case.case_id


def test_a_log_that_parts_from_the_backups_is_refused(stage: Stage, tmp_path: Path) -> None:
    backup = back_up(stage)
    other = shutil.copytree(stage.home.audit, tmp_path / "other")
    lines = (other / "log.jsonl").read_bytes().splitlines(keepends=True)
    (other / "log.jsonl").write_bytes(b"".join(lines[:-1]))
    with pytest.raises(RestoreRefused, match="cannot be set beside"):
        restore(stage, backup, known_log=other)
    assert not (stage.folder / "again").exists()


def test_a_known_log_that_somebody_wrote_on_erases_nothing(stage: Stage, tmp_path: Path) -> None:
    """Who gives the log could say that a recording was erased: unsigned it is not believed, signed by a stranger refused."""
    backup = back_up(stage)
    victim = recording_id(OLD)
    forged = Home(tmp_path / "forged", tmp_path / "forged-keys")
    shutil.copytree(stage.home.audit, forged.audit)
    entry = Actor(SYSTEM, NOW).entry(Action.RECORDING_ERASED, ObjectKind.RECORDING, victim)
    with AuditFolder(forged.audit).log.open("ab") as log:
        log.write(line_of("0" * 32, entry) + b"\n")
    found = restore(stage, backup, known_log=forged.audit)
    assert found.erased == 0 and any("not believed" in one for one in found.problems)
    assert opened(Home(stage.folder / "again", stage.home.keys), OLD) == sound(OLD)
    for path in (forged.audit / "keys", forged.audit / "checkpoints"):
        shutil.rmtree(path)
    forged.keys.mkdir()
    AuditLog(forged).checkpoint()
    with pytest.raises(RestoreRefused, match="not signed last by the key"):
        restore(stage, backup, "third", known_log=forged.audit)


def test_a_home_is_put_over_none_and_not_beside_one_that_lives(stage: Stage) -> None:
    backup = back_up(stage)
    with pytest.raises(RestoreRefused, match="not empty"):
        restored(RestoreOrder(backup, stage.home), LATER)
    with run_lock(stage.home), pytest.raises(HomeBusy, match="lives"):
        restore(stage, backup, known_log=stage.home.audit)
    assert not (stage.folder / "again").exists()


def test_a_backup_lies_neither_in_the_home_nor_beside_its_keys(stage: Stage) -> None:
    for folder in (stage.home.outbox, stage.home.keys, stage.folder / "nowhere"):
        with pytest.raises(EntryRefused):
            take(stage.engine, stage.home, STORES, folder, NOW)


def test_what_grows_is_copied_and_never_a_second_name(stage: Stage) -> None:
    backup = back_up(stage)
    for name in ("audit/log.jsonl", "operations.db", "keys/epoch-0001.keyring"):
        own, copy = stage.home.root / name, backup / FILES / name
        assert own.stat().st_ino != copy.stat().st_ino
    Keyring.open(stage.home).make(["new"])
    stage.apply()
    stage.checkpoint()
    restore(stage, backup)


@pytest.mark.parametrize("knows_the_log", [False, True])
def test_an_act_that_waited_when_the_backup_was_made_is_logged_once(
    stage: Stage, knows_the_log: bool
) -> None:
    """The copy's outbox still holds it, the log that went on elsewhere holds it more than a drain's batch ago."""
    actor = stage.actor("mg1")

    def act(name: str, times: int) -> None:
        entry = actor.entry(Action.RIGHT_USED, ObjectKind.RIGHT, name)
        with stage.engine.begin() as connection:
            note_all(connection, [entry] * times)

    act("waiting", 3)
    backup = back_up(stage)
    act("later", BATCH + 50)
    stage.checkpoint()
    restore(stage, backup, known_log=stage.home.audit if knows_the_log else None)
    said = entries(AuditFolder(stage.folder / "again" / "audit"))
    assert len({one["id"] for one in said}) == len(said)
    assert sum(one["object_id"] == "waiting" for one in said) == 3
    assert sum(one["object_id"] == "later" for one in said) == (BATCH + 50) * knows_the_log


def test_the_manifest_says_whether_the_database_is_in_it(
    engine: Engine, home: Home, tmp_path: Path
) -> None:
    """PostgreSQL is dumped by its own means; a restore says that it is still to be put back."""
    (tmp_path / "medium").mkdir()
    AuditLog(home).keys.signing_key()
    folder, manifest, _ = take(engine, home, STORES, tmp_path / "medium", NOW)
    is_in = engine.dialect.name == "sqlite"
    assert (folder / FILES / "operations.db").exists() is is_in
    assert any("pg_dump" in one for one in manifest.left_out) is not is_in
    found = restored(RestoreOrder(folder, Home(tmp_path / "again", home.keys)), LATER)
    assert any("pg_restore" in one for one in found.problems) is not is_in


def test_media_are_named_anew_and_what_is_away_is_told(stage: Stage) -> None:
    backup = back_up(stage)
    moved = (stage.folder / "media-a").rename(stage.folder / "elsewhere")
    found = restore(stage, backup)
    assert any(one.startswith("medium m-a") for one in found.away)
    found = restore(stage, backup, "third", media={"m-a": moved})
    assert found.away == ()
    with pytest.raises(EntryRefused, match="にありません"):
        restore(stage, backup, "fourth", media={"m-a": stage.folder / "media-b"})


def test_whoever_was_logged_in_then_logs_in_again(stage: Stage) -> None:
    with stage.engine.begin() as connection:
        columns = connection.execute(text("pragma table_info(sessions)")).fetchall()
        values = {c[1]: ("2024-01-25 00:00:00" if c[1].endswith("_at") else "x") for c in columns}
        names = ", ".join(values)
        places = ", ".join(f":{name}" for name in values)
        connection.execute(text(f"insert into sessions ({names}) values ({places})"), values)
    restore(stage, back_up(stage))
    engine = open_operations(Home(stage.folder / "again", stage.home.keys).operations_url)
    with engine.connect() as connection:
        assert connection.execute(text("select count(*) from sessions")).scalar_one() == 0
    engine.dispose()


def test_a_rotated_signing_key_needs_the_log_or_the_paper(stage: Stage) -> None:
    backup = back_up(stage)
    log = AuditLog(stage.home)
    first = verify_copy(log.folder).fingerprints[0]
    log.keys.rotate()
    stage.apply()
    stage.checkpoint()
    with pytest.raises(BackupTouched, match="no key that is known"):
        restore(stage, backup)
    assert restore(stage, backup, known_log=stage.home.audit).problems == ()
    with pytest.raises(BackupTouched, match="no key that is known"):
        restore(stage, backup, "third", fingerprint="0" * 64)
    with pytest.raises(KeyUnavailable):
        restore(stage, backup, "third", fingerprint=first)


def test_a_fault_at_every_step_of_a_backup_leaves_it_whole_or_absent(stage: Stage) -> None:
    medium = stage.folder / "medium"
    shutil.rmtree(back_up(stage))  # the log is signed already, as in each attempt below
    with durable.failing_at(10**9) as steps:
        shutil.rmtree(back_up(stage))
    for nth in range(len(steps)):
        with pytest.raises(durable.InjectedFault), durable.failing_at(nth):
            back_up(stage)
        for whole in backups_in(medium):
            restore(stage, whole, f"after-{nth}")
            shutil.rmtree(whole)
        assert not leftovers(stage), "a full medium is not left full"
    restore(stage, back_up(stage))


@pytest.mark.slow
def test_a_fault_at_every_step_of_a_restore_leaves_it_whole_or_absent(stage: Stage) -> None:
    backup = back_up(stage)
    with durable.failing_at(10**9) as steps:
        restore(stage, backup, "counted")
    for nth in range(len(steps)):
        name = f"try-{nth}"
        with pytest.raises(durable.InjectedFault), durable.failing_at(nth):
            restore(stage, backup, name)
        home = Home(stage.folder / name, stage.home.keys)
        if not home.root.exists():
            restore(stage, backup, name)
        assert opened(home, OLD) == sound(OLD)
        assert verify_copy(AuditFolder(home.audit)).is_right
        assert not leftovers(stage)
        shutil.rmtree(home.root)


def test_a_killed_restore_is_absent_and_the_next_one_is_whole(stage: Stage) -> None:
    """SIGKILL runs no clean-up: what it leaves is no home, and the next restore takes it away."""
    backup = back_up(stage)
    root = stage.folder / "again"
    script = textwrap.dedent(
        f"""
        import os, signal
        from datetime import UTC, datetime
        from pathlib import Path
        from application.restore import RestoreOrder, restored
        from compliance.ground import durable
        from compliance.ground.home import Home
        home = Home(Path({str(root)!r}), Path({str(stage.home.keys)!r}))
        die = lambda: os.kill(os.getpid(), signal.SIGKILL)
        with durable.failing_at(int(os.environ["STEP"]), die):
            restored(RestoreOrder(Path({str(backup)!r}), home), datetime.now(UTC))
        """
    )
    for step in (3, 40):
        ended = subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "STEP": str(step)},
            cwd=ROOT,
            timeout=60,
            check=False,
        )
        assert ended.returncode == -signal.SIGKILL
        assert not root.exists() and leftovers(stage)
    restore(stage, backup)
    assert not leftovers(stage)


def test_a_killed_backup_is_absent_and_the_next_one_sweeps(stage: Stage) -> None:
    medium = stage.folder / "medium"
    script = textwrap.dedent(
        f"""
        import os, signal
        from datetime import UTC, datetime
        from pathlib import Path
        from application.stores import STORES
        from compliance.backup.taking import take
        from compliance.ground import durable
        from compliance.ground.home import Home
        from compliance.ground.operations import open_operations
        home = Home(Path({str(stage.home.root)!r}), Path({str(stage.home.keys)!r}))
        die = lambda: os.kill(os.getpid(), signal.SIGKILL)
        with durable.failing_at(int(os.environ["STEP"]), die):
            engine = open_operations(home.operations_url)
            take(engine, home, STORES, Path({str(medium)!r}), datetime.now(UTC))
        """
    )
    for step in (1, 12):
        ended = subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "STEP": str(step)},
            cwd=ROOT,
            timeout=60,
            check=False,
        )
        assert ended.returncode == -signal.SIGKILL
        assert backups_in(medium) == [] and len(leftovers(stage)) == 1
    assert restore(stage, back_up(stage)).problems == ()
    assert not leftovers(stage)


def test_a_drill_tries_the_newest_and_leaves_nothing(stage: Stage) -> None:
    medium = stage.folder / "medium"
    made = backed_up(place_of(stage), medium)
    before = AuditFolder(made.folder / FILES / "audit").log.read_bytes()
    found = drilled(place_of(stage), medium)
    assert found.is_right and found.name == made.folder.name
    event = last_event(stage.engine, BackupDeed.DRILLED)
    assert event is not None and event.is_right and event.files == len(made.manifest.files)
    assert sorted(medium.iterdir()) == [made.folder]
    assert AuditFolder(made.folder / FILES / "audit").log.read_bytes() == before
    assert restore(stage, made.folder).problems == ()


def test_a_drill_after_an_erasure_still_goes_well_by_the_living_log(stage: Stage) -> None:
    put_back_at_hand(stage)
    backed_up(place_of(stage), stage.folder / "medium")
    erase(stage)
    found = drilled(place_of(stage), stage.folder / "medium")
    assert found.is_right and found.restored is not None and found.restored.erased == OLD


def test_a_drill_fails_where_the_newest_is_gone_or_touched_or_none_is_there(stage: Stage) -> None:
    medium, place = stage.folder / "medium", place_of(stage)
    assert not drilled(place, medium).is_right
    first = backed_up(place, medium).folder
    stage.now = LATER
    second = backed_up(place_of(stage), medium).folder
    away = second.rename(stage.folder / "away")
    assert any(second.name in one for one in drilled(place_of(stage), medium).problems)
    away.rename(second)
    changed(next((second / FILES / "vault").rglob("*.sealed")))
    assert not drilled(place_of(stage), medium).is_right
    event = last_event(stage.engine, BackupDeed.DRILLED)
    assert event is not None and not event.is_right and first.exists()


def test_the_morning_asks_for_a_drill_and_for_a_backup_after_an_erasure(stage: Stage) -> None:
    def duties(days: int) -> list[tuple[str, str]]:
        place = place_of(stage)
        today = civil_date(stage.now + timedelta(days=days))
        return [(one.title[:12], one.urgency.value) for one in backup_duties(place, today)]

    assert duties(400) == [], "a home without a real clock has no medium"
    claim_clock(stage.engine, ClockKind.REAL, NOW)
    assert duties(27) == []
    assert duties(28) == [("バックアップの復元訓練", "soon")] or len(duties(28)) == 1
    assert [urgency for _, urgency in duties(36)] == ["overdue"]
    (due,) = backup_duties(place_of(stage), civil_date(stage.now + timedelta(days=36)))
    assert due.title == "バックアップの復元訓練（35日以内に1回）"
    backed_up(place_of(stage), stage.folder / "medium")
    drilled(place_of(stage), stage.folder / "medium")
    assert duties(1) == [] and len(duties(36)) == 1
    erase(stage)
    assert [urgency for _, urgency in duties(1)] == ["today"]
    shutil.rmtree(next(iter(backups_in(stage.folder / "medium"))))
    drilled(place_of(stage), stage.folder / "medium")
    assert "overdue" in [urgency for _, urgency in duties(1)]


def test_a_copy_of_a_growing_file_ends_where_it_was_asked_to(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(b"one\ntwo\nthr")
    found = copied(tmp_path / "log", tmp_path / "copy", "log", 8)
    assert (tmp_path / "copy").read_bytes() == b"one\ntwo\n" and found.size_bytes == 8
