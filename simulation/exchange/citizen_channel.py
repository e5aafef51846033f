"""The channel of a citizen's call: its state while Asterisk leads it, and what is written of any stage of it.

Times are epoch seconds. Records are collected in `rows` and written when the channel ends.
"""

from __future__ import annotations

from simulation.exchange.lives import (
    EndedBy,
    InboundCall,
)
from simulation.exchange.pbx import OWN_NUMBER, STEP, CdrRow, Channel, Pbx


class CitizenChannel:
    """The caller's channel with its open record; the stages of the call are told by others."""

    def __init__(self, pbx: Pbx, life: InboundCall) -> None:
        self.pbx, self.life = pbx, life
        self.channel = pbx.channel("trunk", life.arrived)
        withheld = life.caller == "anonymous"
        self.channel.cid_name = "Anonymous" if withheld else ""
        self.channel.cid_number = life.caller
        self.channel.exten, self.channel.context = OWN_NUMBER, "from-trunk"
        self.began = life.arrived
        self.answered_at = life.arrived + 0.002
        self.open_record = life.arrived
        self.open_answer: float | None = self.answered_at
        self.end = life.ended
        self.rows: list[CdrRow] = []

    def play(self, app: str, sound: str, begins: float, ends: float, *, digit: str = "") -> bool:
        """Play a sound until it ends or the caller goes; whether the caller went."""
        pbx, caller = self.pbx, self.channel
        goes = self.life.ended < ends
        ends = min(ends, self.life.ended)
        caller.app, caller.data = app, sound
        pbx.event("APP_START", begins, caller)
        pbx.stream(True, begins, caller, sound)
        if digit:
            extra = f'{{"digit":"{digit}","duration_ms":160}}'
            pbx.event("DTMF", ends - STEP, caller, subtype="Received", extra=extra)
        pbx.stream(False, ends, caller, sound)
        pbx.event("APP_END", ends, caller)
        if not goes:
            caller.app = caller.data = ""
        return goes

    def ends_here(self, app: str, data: str) -> None:
        """The caller hangs up, or the PBX restarts, while a sound plays."""
        self.channel.app = self.channel.data = ""
        self.hang_up(0, "" if self.life.ended_by is EndedBy.RESTART else self.channel)
        self.record(app=app, data=data)

    def hang_up(self, cause: int, source: Channel | str) -> None:
        """The channel ends where the call does."""
        self.end = self.life.ended
        self.channel.app = self.channel.data = ""
        self.pbx.hang_up(self.end, self.channel, cause, source, is_last=True)

    def record(
        self,
        *,
        app: str,
        data: str,
        disposition: str = "ANSWERED",
        destination: Channel | None = None,
        peer_account: str = "",
        end: float | None = None,
        is_after: bool = False,
    ) -> None:
        """Note a record of the call; it is written when the channel has ended."""
        caller = self.channel
        self.rows.append(
            CdrRow(
                made=self.open_record,
                written=0.0,
                start=self.open_record,
                answer=self.open_answer,
                end=self.end + (0.0005 if is_after else 0.0) if end is None else end,
                source=caller.cid_number,
                source_name=caller.cid_name,
                dst=caller.exten,
                context=caller.context,
                channel=caller,
                destination=destination,
                app=app,
                data=data,
                disposition=disposition,
                peer_account=peer_account,
                userfield=self.life.choice if self.life.queued and self.life.choice else "",
                did=OWN_NUMBER,
            )
        )

    def end_in_queue(
        self,
        queue: str,
        source: Channel | str,
        cause: int,
        dial_status: str,
        *,
        has_record: bool,
        said: str = "",
    ) -> None:
        """The caller's channel ends in the queue's context; only that of the first queue has an extension h.

        There a record of its own follows an earlier one; without one, the only record becomes it.
        """
        caller = self.channel
        app, data = ("Hangup", "") if source == "dialplan/builtin" else (caller.app, caller.data)
        is_first = queue == self.pbx.queues[0]
        if is_first:
            caller.exten = "h"
            app, data = "NoOp", f"end of call {said}"
        caller.app = caller.data = ""
        self.pbx.hang_up(self.end, caller, cause, source, dial_status, is_last=True)
        if has_record and is_first:
            self.open_record = self.open_answer = self.end
            self.record(app=app, data=data, is_after=True)
        elif not has_record:
            self.record(app=app, data=data)
