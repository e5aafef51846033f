"""The simulated PBX's files, laid out like the recorded ones, with the truth beside them.

Everything is appended as a PBX appends; the queue log is rotated on Sundays. A note beside the files
says how far they go, so that a simulation that was killed within a day takes that day up again from its
beginning and ends in the same bytes as one that never stopped. Sound is short: one
second of a recording stands for `SOUND_SCALE` seconds of talk, so that a contract fits on a small disk.
"""

from __future__ import annotations

import csv
import json
import math
import os
import random
import struct
import wave
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from simulation.exchange.asterisk import tell
from simulation.exchange.centre import Centre, LivedDay, StaffAct
from simulation.exchange.day import live_day
from simulation.exchange.lives import (
    Departure,
    InboundCall,
    OutboundCall,
)
from simulation.exchange.pbx import Pbx, Written

SOUND_SCALE = 600.0
"""Seconds of talk for which one second of sound is written."""
TRUTH = "truth.csv"
NOTE = "simulated.json"
TRUTH_COLUMNS = (
    "call_id",
    "kind",
    "began_at",
    "outcome",
    "outcome_reason",
    "queue",
    "operator",
    "wait_seconds",
    "talk_seconds",
    "has_recording",
    "has_message",
)
_TOKYO = ZoneInfo("Asia/Tokyo")
_RATE_HZ = 8000
_SUNDAY = 6
_MENU_LOG_ON = {"log_on": "ADDMEMBER", "log_off": "REMOVEMEMBER"}


@dataclass(slots=True)
class SimulatedPbx:
    """A PBX in a folder of its own. `live(day)` appends one civil day; the same seed, the same bytes."""

    folder: Path
    seed: int = 20231120
    centre: Centre = field(default_factory=Centre)
    _pbx: Pbx = field(init=False)
    _messages: int = 0
    _callbacks: list[str] = field(default_factory=list)
    _last_day: date | None = None

    def __post_init__(self) -> None:
        self._pbx = Pbx(random.Random(self.seed), queue_seconds=self.centre.queue_seconds)
        self._pbx.queues, self._pbx.people = self.centre.queues, self.centre.people
        for name in (
            "cdr-csv",
            "cdr-custom",
            "cel-custom",
            "recordings",
            "voicemail/keiro/100/INBOX",
        ):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        self._take_up()

    @property
    def last_day(self) -> date | None:
        """The last day that was written whole."""
        return self._last_day

    def live(self, day: date, *, is_open: bool) -> Sequence[InboundCall | OutboundCall]:
        """Write what the PBX would have written on that day, and the truth; returns the lives.

        Raises:
            ValueError: the day is written already; a PBX's files only grow.
        """
        if self._last_day is not None and day <= self._last_day:
            raise ValueError(f"{day} is written already")
        self._pbx.rng = random.Random(f"{self.seed} bridges {day.isoformat()}")
        self._pbx.queues, self._pbx.people = self.centre.queues, self.centre.people
        lived = live_day(
            random.Random(f"{self.seed} {day.isoformat()}"),
            self.centre,
            day,
            is_open=is_open,
            callbacks=self._callbacks,
            restart_after=self._restart_after(day) if is_open else None,
        )
        began = datetime.combine(day, time(4), _TOKYO).timestamp()
        if day.weekday() == _SUNDAY:
            self._rotate(began)
        if day.day == 1:
            self._pbx.restart(began)
        for calls, acts in _parts(lived):
            if calls and lived.restarted_at is not None and _begun(calls[0]) > lived.restarted_at:
                self._pbx.restart(lived.restarted_at)
            self._write(calls, acts)
        self._callbacks = lived.callbacks
        self._remember(day)
        return lived.calls

    def _restart_after(self, day: date) -> float | None:
        """From when on the PBX starts again on that day, on few days; drawn apart, so that it moves nothing else."""
        rng = random.Random(f"{self.seed} restart {day.isoformat()}")
        hour = rng.uniform(10, 16)
        if rng.random() >= self.centre.restart_chance:
            return None
        return datetime.combine(day, time(), _TOKYO).timestamp() + 3600 * hour

    def _write(self, calls: Sequence[InboundCall | OutboundCall], acts: Sequence[StaffAct]) -> None:
        """What the PBX writes between two starts."""
        for act in acts:
            note_act(self._pbx, act)
        for life in calls:
            tell(self._pbx, life)
        written = self._pbx.close()
        self._append(written)
        for life, uniqueid, channel in zip(calls, written.uniqueids, written.channels, strict=True):
            self._sound(life, uniqueid, channel)
        self._tell_truth(calls, written.uniqueids)

    def _growing(self) -> list[Path]:
        """The files that are appended to, the queue log's parts from the oldest on."""
        parts = sorted(self.folder.glob("queue_log.*"), key=lambda p: -int(p.suffix[1:]))
        fixed = [
            self.folder / name
            for name in (
                "cel-custom/Keiro.csv",
                "cdr-custom/Keiro.csv",
                "cdr-csv/Master.csv",
                TRUTH,
            )
        ]
        return [p for p in (*fixed, *parts, self.folder / "queue_log") if p.exists()]

    def _remember(self, day: date) -> None:
        note = {
            "seed": self.seed,
            "last_day": day.isoformat(),
            "channels": self._pbx.channels_made,
            "records": self._pbx.records_made,
            "messages": self._messages,
            "callbacks": self._callbacks,
            "sizes": {str(p.relative_to(self.folder)): p.stat().st_size for p in self._growing()},
        }
        temporary = self.folder / f"{NOTE}.new"
        temporary.write_text(json.dumps(note, indent=1), encoding="utf-8")
        temporary.replace(self.folder / NOTE)
        self._last_day = day

    def _take_up(self) -> None:
        """Undo what a killed process began after the last whole day."""
        path = self.folder / NOTE
        if not path.exists():
            for begun in self._growing():
                begun.unlink()
            return
        note = json.loads(path.read_text(encoding="utf-8"))
        if note["seed"] != self.seed:
            raise ValueError("these files were simulated from another seed")
        self._last_day = date.fromisoformat(note["last_day"])
        self._pbx.channels_made, self._pbx.records_made = note["channels"], note["records"]
        self._messages = note["messages"]
        self._callbacks = note["callbacks"]
        sizes: dict[str, int] = note["sizes"]
        kept = [name for name in sizes if name.startswith("queue_log")]
        parts = [p for p in self._growing() if p.name.startswith("queue_log")]
        for begun in parts[len(kept) :]:
            begun.unlink()
        for found, name in reversed(list(zip(parts, kept, strict=False))):
            if found.name != name:
                found.rename(self.folder / name)
        for name, size in sizes.items():
            os.truncate(self.folder / name, size)

    def _rotate(self, at: float) -> None:
        """Set the queue log aside, as logger rotate does: the highest number is the oldest."""
        log = self.folder / "queue_log"
        if not log.exists():
            return
        aside = sorted(self.folder.glob("queue_log.*"), key=lambda p: -int(p.suffix[1:]))
        for path in aside:
            path.rename(log.with_suffix(f".{int(path.suffix[1:]) + 1}"))
        log.rename(log.with_suffix(".0"))
        self._pbx.note_queue(at, "NONE", "NONE", "CONFIGRELOAD", "")

    def _append(self, written: Written) -> None:
        with (self.folder / "queue_log").open("a", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in written.queue_log)
        _append_csv(self.folder / "cel-custom" / "Keiro.csv", written.cel)
        _append_csv(self.folder / "cdr-custom" / "Keiro.csv", written.cdr)
        with (self.folder / "cdr-csv" / "Master.csv").open("a", encoding="utf-8") as file:
            file.writelines(classic_line(row) for row in written.cdr)

    def _sound(self, life: InboundCall | OutboundCall, uniqueid: str, channel: str) -> None:
        seconds = talk_seconds(life)
        if seconds is not None:
            _write_wave(self.folder / "recordings" / f"{uniqueid}.wav", seconds / SOUND_SCALE)
        elif isinstance(life, OutboundCall):
            _write_wave(self.folder / "recordings" / f"{uniqueid}.wav", 0.0)
        elif life.left is Departure.MESSAGE and life.left_at is not None:
            self._message(life, life.left_at + 2.2, channel)

    def _message(self, life: InboundCall, began: float, channel: str) -> None:
        place = self.folder / "voicemail/keiro/100/INBOX" / f"msg{self._messages:04d}"
        said = datetime.fromtimestamp(int(began), UTC).strftime("%a %b %d %I:%M:%S %p UTC %Y")
        seconds = max(1, int(life.ended - began))
        place.with_suffix(".txt").write_text(
            ";\n; Message Information file\n;\n[message]\norigmailbox=100\ncontext=queue-exit\n"
            f"exten=1\nrdnis=unknown\npriority=2\ncallerchan={channel}\n"
            f"callerid={life.caller}\norigdate={said}\norigtime={int(began)}\ncategory=\n"
            f"msg_id={int(began)}-{self._messages:08d}\nflag=\nduration={seconds}\n",
            encoding="utf-8",
        )
        _write_wave(place.with_suffix(".wav"), seconds / SOUND_SCALE)
        self._messages += 1

    def _tell_truth(
        self, lives: Iterable[InboundCall | OutboundCall], uniqueids: Iterable[str]
    ) -> None:
        path = self.folder / TRUTH
        is_new = not path.exists()
        with path.open("a", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            if is_new:
                writer.writerow(TRUTH_COLUMNS)
            for life, uniqueid in zip(lives, uniqueids, strict=True):
                writer.writerow([uniqueid, *_truth(life)])


def note_act(pbx: Pbx, act: StaffAct) -> None:
    """Log-on and log-off once per queue; a pause once for all and once per queue."""
    member = f"PJSIP/{act.operator}"
    if verb := _MENU_LOG_ON.get(act.act):
        for queue in pbx.queues:
            pbx.note_queue(act.at, queue, act.operator, verb, "", who="MANAGER")
        return
    verb, reason = ("PAUSE", act.reason) if act.act == "pause" else ("UNPAUSE", "")
    pbx.note_queue(act.at, "NONE", member, f"{verb}ALL", reason)
    for queue in reversed(pbx.queues):
        pbx.note_queue(act.at, queue, member, verb, reason)


def _begun(life: InboundCall | OutboundCall) -> float:
    return life.arrived if isinstance(life, InboundCall) else life.began


def _parts(
    lived: LivedDay,
) -> list[tuple[list[InboundCall | OutboundCall], list[StaffAct]]]:
    """The day's calls and acts, before and after the PBX started again."""
    at = math.inf if lived.restarted_at is None else lived.restarted_at
    early = [life for life in lived.calls if _begun(life) < at]
    late = [life for life in lived.calls if _begun(life) >= at]
    acts = [act for act in lived.acts if act.at < at]
    parts = [(early, acts)]
    if late:
        parts.append((late, [act for act in lived.acts if act.at >= at]))
    elif len(acts) < len(lived.acts):
        parts[0] = (early, lived.acts)
    return parts


def talk_seconds(life: InboundCall | OutboundCall) -> float | None:
    """From the first operator's answer to the end of the whole conversation; null where none was."""
    if isinstance(life, OutboundCall):
        return None if life.answered is None else life.ended - life.answered
    return None if life.answer is None else life.ended - life.answer.ended


def wait_seconds(life: InboundCall | OutboundCall) -> float | None:
    """From entering the queue until an operator's answer or until leaving it."""
    if isinstance(life, OutboundCall) or life.queued is None:
        return None
    until = life.answer.ended if life.answer else life.left_at
    return None if until is None else until - life.queued


def _truth(life: InboundCall | OutboundCall) -> list[str]:
    outcome, reason = life.outcome
    wait, talk = wait_seconds(life), talk_seconds(life)
    if isinstance(life, OutboundCall):
        began, queue, operator, kind = life.began, "", life.operator, "outbound"
        has_message = False
    else:
        began, queue, kind = life.arrived, life.choice or "", "inbound"
        operator = life.answer.operator if life.answer else ""
        has_message = life.left is Departure.MESSAGE
    return [
        kind,
        datetime.fromtimestamp(began, _TOKYO).isoformat(timespec="milliseconds"),
        outcome,
        reason or "",
        queue,
        operator,
        "" if wait is None else f"{wait:.3f}",
        "" if talk is None else f"{talk:.3f}",
        str(talk is not None).lower(),
        str(has_message).lower(),
    ]


def _append_csv(path: Path, rows: Iterable[Sequence[str]]) -> None:
    with path.open("a", encoding="utf-8", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)


def classic_line(row: Sequence[str]) -> str:
    """A record of cdr_custom in the classic writer's columns: whole seconds, numbers unquoted."""
    (start, answer, end, clid, src, dst, context, channel, far, app, data, duration, billed,
     disposition, account, peer, uniqueid, linked, sequence, userfield, _) = row  # fmt: skip

    def quoted(*texts: str) -> str:
        return ",".join('"' + text.replace('"', '""') + '"' for text in texts)

    times = f"{quoted(start)},{quoted(answer) if answer else ''},{quoted(end)}"
    return (
        f"{quoted(account, src, dst, context, clid, channel, far, app, data)},{times},"
        f"{int(float(duration))},{int(float(billed))},"
        f"{quoted(disposition, 'DOCUMENTATION', uniqueid, userfield, peer, linked)},{sequence}\n"
    )


def _write_wave(path: Path, seconds: float) -> None:
    """A tone of that length; a header alone for nothing."""
    count = math.ceil(seconds * _RATE_HZ)
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(_RATE_HZ)
        sound.writeframes(_tone(math.ceil(seconds + 1))[: 2 * count])


@cache
def _tone(whole_seconds: int) -> bytes:
    """The samples of a tone of so many seconds; shorter sounds are its beginning."""
    count = whole_seconds * _RATE_HZ
    return struct.pack(f"<{count}h", *(int(6000 * math.sin(0.3 * n)) for n in range(count)))
