"""An exchange of a few calls, told event by event, and the home that takes in what it wrote."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

TOKYO = ZoneInfo("Asia/Tokyo")

DAY = datetime(2023, 11, 20, 9, 0, tzinfo=TOKYO)

CITIZEN = "0110000077"

TRUNK, LOCAL = "PJSIP/trunk", "Local/101@from-queue"


@dataclass
class Exchange:
    """What an exchange wrote; `moments` of a call are seconds from its beginning."""

    queue_log: list[tuple[datetime, str]] = field(default_factory=list)
    cel: list[str] = field(default_factory=list)
    cdr: list[str] = field(default_factory=list)
    calls: dict[str, str] = field(default_factory=dict)
    began: datetime = DAY
    call: str = ""

    def begin(self, name: str) -> None:
        self.began = DAY + timedelta(minutes=15 * len(self.calls))
        self.call = self.calls[name] = self.unique(1)

    def unique(self, n: int) -> str:
        return f"{int(self.began.timestamp())}.{n}"

    def at(self, moment: float) -> datetime:
        return self.began + timedelta(seconds=moment)

    def queue(
        self, moment: float, verb: str, *data: object, agent: str = "NONE", **of: str
    ) -> None:
        """A line of queue_log; `queue` and `call` where they are not the usual ones."""
        texts = (
            int(self.at(moment).timestamp()),
            of.get("call", self.call),
            of.get("queue", "survey"),
        )
        line = "|".join(str(part) for part in (*texts, agent, verb, *data))
        self.queue_log.append((self.at(moment), line))

    def event(
        self, moment: float, kind: str, channel: str, n: int, *, app: str = "", context: str = "x",
        bridge: int = 0, linked: str = "", exten: str = "s", extra: str = "",
    ) -> None:  # fmt: skip
        """A row of CEL about channel `n` of the call."""
        stamp = self.at(moment).strftime("%Y-%m-%d %H:%M:%S.%f")
        if bridge:
            extra = (
                f'{{"bridge_id":"{int(self.began.timestamp()):08x}-0000-4000-8000-{bridge:012}"}}'
            )
        head = (kind, stamp, "", CITIZEN, CITIZEN, "", "", exten, context, f"{channel}-{n:08x}")
        if channel.startswith("Local/"):
            half = 1 if n % 2 else 2
            head = (*head[:-1], f"{channel}-0000000a;{half}")
        row = (*head, app, "", "", "", self.unique(n), linked or self.call, "", "", "", extra)
        self.cel.append(",".join('"' + cell.replace('"', '""') + '"' for cell in row))

    def stays(self, channel: str, n: int, since: float, until: float, bridge: int) -> None:
        self.event(since, "BRIDGE_ENTER", channel, n, bridge=bridge)
        self.event(until, "BRIDGE_EXIT", channel, n, bridge=bridge)

    def record(
        self, since: float, answered: float | None, until: float, app: str, channel: str, other: str,
        *, n: int = 1, context: str = "x", dst: str = "s", result: str = "ANSWERED",
    ) -> None:  # fmt: skip
        start, end = (self.at(m).strftime("%Y-%m-%d %H:%M:%S") for m in (since, until))
        answer = self.at(answered).strftime("%Y-%m-%d %H:%M:%S") if answered is not None else ""
        talk = until - answered if answered is not None else 0
        row = (
            *(start, answer, end, f'"" <{CITIZEN}>', CITIZEN, dst, context, channel, other, app, "survey"),
            *(f"{until - since:.6f}", f"{talk:.6f}", result, "", "", self.unique(n), self.call),
            *(str(len(self.cdr)), "", ""),
        )  # fmt: skip
        self.cdr.append(",".join('"' + cell.replace('"', '""') + '"' for cell in row))

    def write(self, pbx: Path) -> None:
        for folder in ("cel-custom", "cdr-custom"):
            (pbx / folder).mkdir(parents=True)
        lines = [line for _, line in sorted(self.queue_log, key=lambda timed: timed[0])]
        (pbx / "queue_log").write_text("\n".join([*lines, ""]), "utf-8")
        (pbx / "cel-custom" / "Keiro.csv").write_text("\n".join([*self.cel, ""]), "utf-8")
        (pbx / "cdr-custom" / "Keiro.csv").write_text("\n".join([*self.cdr, ""]), "utf-8")
