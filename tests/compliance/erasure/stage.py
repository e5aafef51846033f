"""A small centre that is ready for an erasure: recordings on two media, five people with keys, a key medium."""

from __future__ import annotations

import atexit
import hashlib
import shutil
import sqlite3
import tempfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text

from application.home.settings import load_settings
from compliance.audit.checkpoint import Checkpoint
from compliance.audit.log import AuditLog, entries
from compliance.erasure.case_file import Case, EvidenceKind
from compliance.erasure.certificate import (
    certificate_keys,
    collect,
    list_of,
    sign,
)
from compliance.erasure.certificate_register import register_certificate
from compliance.erasure.conditions import Situation, obstacles
from compliance.erasure.examination import Examination, result_lines, verify
from compliance.erasure.execution import Executed, begin, carry_out, work_off_tasks
from compliance.erasure.register import authorisation_of, case_of
from compliance.erasure.selection import Selection
from compliance.erasure.situation import situation_of
from compliance.erasure.workflow import (
    Consented,
    apply,
    authorise,
    designate,
    record_consent,
    record_document,
    refuse,
)
from compliance.ground.acts import SYSTEM, Action, Actor, Result
from compliance.ground.home import Home
from compliance.ground.operations import open_operations
from compliance.keys.backups import back_up
from compliance.keys.keyring import Keyring
from compliance.people.acting import signer
from compliance.people.fingerprint_pages import record_page, record_page_receipt
from compliance.people.orders import Order, Ordered, give
from compliance.people.person_keys import enrolled_keys
from compliance.people.present import persons
from compliance.vault.catalogue import SpooledRecording, register_recordings
from compliance.vault.custody import seal_spooled
from compliance.vault.media import register_medium, registered_media
from compliance.vault.preservation import holds
from compliance.vault.rotation import due_for_rotation, held_at_hand, rotate
from tests.homes import ROOT
from tests.support.people import PASSPHRASE, found_home

FIRST_DAY = date(2023, 11, 20)
RECORDED = datetime(2023, 11, 20, 9, 0, tzinfo=UTC)
TODAY = date(2024, 1, 25)
NOW = datetime(2024, 1, 25, 1, 0, tzinfo=UTC)
FLOOR = 60
STORE = "operations.db"
COUNT = 5
OLD = 3
"""So many of them are old enough; the others were recorded thirty days later."""
CONTRACT = load_settings(ROOT / "contracts/sapporo-2023/contract.toml", {}).contract
EVIDENCE = hashlib.sha256(b"the city's letter").hexdigest()


def sound(number: int) -> bytes:
    return b"RIFF" + bytes(4) + b"WAVE" + hashlib.sha256(bytes([number])).digest() * 40


def recording_id(number: int) -> str:
    return hashlib.sha256(f"id {number}".encode()).hexdigest()


@dataclass(slots=True)
class Stage:
    """The centre; everything is done at `now`, which is also the home's last moment unless a test says otherwise."""

    engine: Engine
    home: Home
    folder: Path
    now: datetime = NOW
    last_seen: datetime = NOW
    removes: bool = False
    """Whether an execution removes what the exchange keeps."""
    executor: str = "ad1"

    @property
    def key_medium(self) -> Path:
        return self.folder / "key-medium"

    def actor(self, staff_id: str) -> Actor:
        return signer(self.engine, self.home, staff_id, PASSPHRASE, self.now)[0]

    def apply(self, **facts: Any) -> Case:
        wants_witness = facts.pop("wants_witness", False)
        case = apply(
            self.engine,
            Keyring.open(self.home),
            self.actor("mg1"),
            Selection(**facts),
            FLOOR,
            date(2024, 1, 31),
            wants_witness=wants_witness,
        )
        record_document(self.engine, case.case_id, hashlib.sha256(b"application").hexdigest())
        return self.case(case)

    def consent(self, case: Case, **facts: Any) -> None:
        given: dict[str, Any] = {
            "dated_on": self.now.date(),
            "consented_by": "高齢福祉課長",
            "items_count": case.items_count,
            "evidence_kind": EvidenceKind.DOCUMENT,
            "evidence_sha256": EVIDENCE,
        }
        record_consent(
            self.engine, self.actor("mg1"), case.case_id, Consented(**{**given, **facts})
        )

    def authorise(self, case: Case, *staff: str, executor: str = "ad1") -> None:
        for staff_id in staff or ("pm1", "mg1"):
            actor, key = signer(self.engine, self.home, staff_id, PASSPHRASE, self.now)
            authorise(
                self.engine, Keyring.open(self.home), actor, key, case.case_id, executor=executor
            )

    def authorised(self, **facts: Any) -> Case:
        case = self.apply(**facts)
        self.consent(case)
        self.authorise(case)
        return case

    def situation(self, case: Case, executor: str = "ad1", witness: str = "") -> Situation:
        return situation_of(
            self.engine,
            Keyring.open(self.home),
            case.case_id,
            executor,
            witness,
            FLOOR,
            persons(self.engine, FIRST_DAY),
            persons(self.engine, FIRST_DAY, case.applied_at),
            self.last_seen,
            self.now,
            order=self.order(case, executor, witness),
            may_remove=self.removes,
        )

    def order(self, case: Case, executor: str = "ad1", witness: str = "") -> Order:
        """The executor's signature under the start, over the case as it is."""
        given = authorisation_of(self.engine, case.case_id)
        over = {
            "authorisation": "" if given is None else given.nonce,
            "epoch": Keyring.open(self.home).epoch.number,
            "items_root": case.items_root,
            "remove_sources": self.removes,
            "witness": witness,
        }
        by = signer(self.engine, self.home, executor, PASSPHRASE, self.now)
        return give(self.engine, *by, Ordered.ERASURE_EXECUTE, case.case_id, over)

    def exchange(self, kinds: Collection[str]) -> Sequence[Path] | None:
        """What the exchange keeps: the stage's spool, unless it is away."""
        spool = self.folder / "spool"
        return sorted(spool.rglob("*")) if spool.is_dir() else None

    def begin(self, case: Case, executor: str = "ad1", witness: str = "") -> None:
        actor = self.actor(executor)
        found = self.situation(case, executor, witness)
        refuse(self.engine, actor, case.case_id, obstacles(found))
        begin(self.engine, actor, found, self.checkpoint().size)

    def checkpoint(self) -> Checkpoint:
        log = AuditLog(self.home)
        log.drain(self.engine)
        return log.checkpoint()

    def noted(self, action: Action, result: Result = Result.DONE) -> int:
        """How many entries of the log say that."""
        self.checkpoint()
        found = entries(AuditLog(self.home).folder)
        return sum(e["action"] == action.value and e["result"] == result.value for e in found)

    def execute(self, case: Case, executor: str = "ad1", witness: str = "") -> Executed:
        self.begin(case, executor, witness)
        by = self.actor(executor)
        return carry_out(self.engine, self.home, by, case.case_id, self.exchange)

    def work_off(self, by: str = "ad1") -> int:
        """Destroy what is owed and reachable now, by an order."""
        actor, key = signer(self.engine, self.home, by, PASSPHRASE, self.now)
        order = give(self.engine, actor, key, Ordered.ERASURE_TASKS, "tasks", {})
        return work_off_tasks(
            self.engine, self.home, actor, self.exchange, order, may_remove=self.removes
        )

    def verify(self, case: Case, by: str = "sv1") -> Examination:
        """Another person's look."""
        actor, key = signer(self.engine, self.home, by, PASSPHRASE, self.now)
        then = persons(self.engine, FIRST_DAY, case.applied_at)
        return verify(self.engine, self.home, actor, key, case.case_id, self.exchange, then)

    def case(self, case: Case) -> Case:
        return case_of(self.engine, case.case_id)


def set_up(folder: Path, engine: Engine | None = None, home: Home | None = None) -> Stage:
    """The centre, made in a folder; recordings 0, 1, 2 are old and on two media, 3 and 4 young and at hand."""
    if home is None:
        home = Home.at(folder / "home")
        home.create()
        shutil.copyfile(_template() / "home" / STORE, home.root / STORE)
        (home.root / STORE).chmod(0o600)
    engine = engine or open_operations(home.operations_url)
    stage = Stage(engine, home, folder)
    if engine.dialect.name == "sqlite" and folder == home.root.parent:
        _copied(stage)
    else:
        _made(stage)
    return stage


def _made(stage: Stage) -> None:
    exchange = stage.home.root.with_name(
        f"{stage.home.root.name}-pbx"
    )  # where a command looks for what is kept
    for sounds in ("recordings", "voicemail"):
        (exchange / sounds).mkdir(parents=True, exist_ok=True)
    _people(stage)
    _recordings(stage)
    stage.key_medium.mkdir()
    back_up(stage.engine, stage.home, stage.actor("pm1"), stage.key_medium)
    designate(stage.engine, stage.actor("mg1"), FIRST_DAY, EvidenceKind.DOCUMENT, EVIDENCE)


@cache
def _template() -> Path:
    """A folder of this process in which the centre was made once; a copy is ten times faster than making it."""
    folder = Path(tempfile.mkdtemp(prefix="stage-"))
    atexit.register(shutil.rmtree, folder)
    home = Home.at(folder / "home")
    home.create()
    stage = Stage(open_operations(home.operations_url), home, folder)
    _made(stage)
    with stage.engine.connect() as connection:
        connection.exec_driver_sql("pragma wal_checkpoint(truncate)")
    stage.engine.dispose()
    return folder


def _copied(stage: Stage) -> None:
    template = _template()
    leaves_out = shutil.ignore_patterns(f"{STORE}*")
    shutil.copytree(template, stage.folder, dirs_exist_ok=True, ignore=leaves_out)
    source = sqlite3.connect(template / "home" / STORE)
    raw = stage.engine.raw_connection()
    try:
        source.backup(raw.driver_connection)
        raw.driver_connection.commit()
    finally:
        raw.close()
        source.close()
    with stage.engine.begin() as connection:
        for table in ("media", "key_backups"):
            connection.execute(
                text(f"update {table} set path = replace(path, :made, :here)"),
                {"made": str(template), "here": str(stage.folder)},
            )


def _people(stage: Stage) -> None:
    found_home(stage.engine, stage.home, datetime(2023, 11, 13, tzinfo=UTC), FIRST_DAY)
    keys = {one: key.fingerprint for one, key in enrolled_keys(stage.engine).items()}
    officer = signer(stage.engine, stage.home, "pm1", PASSPHRASE, RECORDED)[0]
    page = record_page(stage.engine, officer, "0" * 64, keys)
    record_page_receipt(stage.engine, officer, page, FIRST_DAY, "高齢福祉係", EVIDENCE)


def _recordings(stage: Stage) -> None:
    spool = stage.folder / "spool"
    spool.mkdir()
    files, seen = {}, []
    for number in range(COUNT):
        path = spool / f"{number}.wav"
        path.write_bytes(sound(number))
        files[recording_id(number)] = path
        at = RECORDED if number < OLD else RECORDED + timedelta(days=30)
        size = len(sound(number))
        seen.append(
            SpooledRecording(
                recording_id(number), f"1700438494.{number}", size, 1.0, "ok", True, at
            )
        )
    register_recordings(stage.engine, seen, RECORDED)
    ring = Keyring.open(stage.home)
    seal_spooled(stage.engine, stage.home, ring, files, RECORDED, remove_after_seal=True)
    actor = Actor(SYSTEM, RECORDED)
    for name in ("a", "b"):
        path = stage.folder / f"media-{name}"
        path.mkdir()
        register_medium(stage.engine, actor, f"m-{name}", f"S-{name}", "金庫", path)
    due = due_for_rotation(held_at_hand(stage.engine), FLOOR, holds(stage.engine), TODAY)
    rotate(stage.engine, stage.home, registered_media(stage.engine), due, NOW)


def certified(stage: Stage, case: Case) -> dict[str, bytes]:
    """Verify an executed case by sv1 and make its certificate; the files that the city gets, by name."""
    pdf = f"%PDF-1.7 the paper of {case.case_id}".encode()
    actor = stage.actor("sv1")
    stage.verify(stage.case(case))
    stage.checkpoint()
    signing = certificate_keys(stage.home).signing_key()
    members = collect(stage.engine, stage.home, CONTRACT, case.case_id, stage.now)
    lines = result_lines(stage.engine, case.case_id)
    made = sign(members, pdf, lines, signing)
    register_certificate(stage.engine, actor, case.case_id, made.sha256, pdf, stage.now)
    number = members["number"]
    return {
        f"{number}.json": made.content,
        f"{number}.json.sig": made.signature,
        f"{number}.jsonl": list_of(lines),
        f"{number}.pdf": pdf,
    }
