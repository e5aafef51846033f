"""What Asterisk writes about a call from the centre to a citizen."""

from __future__ import annotations

from simulation.exchange.lives import Dialled, EndedBy, OutboundCall
from simulation.exchange.pbx import OWN_NUMBER, STEP, CdrRow, Channel, Pbx


class Outbound:
    """A call from the centre to a citizen."""

    def __init__(self, pbx: Pbx, life: OutboundCall) -> None:
        self.pbx, self.life = pbx, life

    def tell(self) -> None:
        """Note the call from its first channel to its end."""
        pbx, life = self.pbx, self.life
        who, dialled = pbx.people[life.operator], f"9{life.number}"
        own = pbx.channel(life.operator, life.began)
        own.cid_name, own.cid_number = who.name, who.extension
        own.exten, own.account = dialled, life.operator
        pbx.event("CHAN_START", life.began, own)
        own.cid_name, own.cid_number = "", OWN_NUMBER
        own.ani, own.dnid = who.extension, dialled
        own.app, own.data = "Dial", f"PJSIP/{life.number}@trunk,15"
        pbx.event("APP_START", life.began + 0.001, own)
        far = pbx.channel("trunk", life.began + 0.0015, own)
        far.context = "from-trunk"
        pbx.event("CHAN_START", far.began, far)
        far.cid_number, far.exten = dialled, dialled
        far.app, far.data = "AppDial", "(Outgoing Line)"
        far.account = far.peer_account = life.operator
        if life.result is Dialled.REACHED and life.answered is not None:
            self._talk(own, far, life.answered)
        else:
            self._fail(own, far)

    def _talk(self, own: Channel, far: Channel, answered: float) -> None:
        pbx, life = self.pbx, self.life
        bridge = pbx.new_bridge()
        pbx.event("ANSWER", answered, far)
        pbx.event("ANSWER", answered + STEP, own)
        far.exten = ""
        pbx.bridge(True, answered + 2 * STEP, far, bridge, None)
        own.peer_account = life.operator
        pbx.bridge(True, answered + 3 * STEP, own, bridge, far)
        by_citizen = life.ended_by is EndedBy.CALLER
        order = (far, own) if by_citizen else (own, far)
        end = life.ended
        pbx.bridge(False, end, order[0], bridge, order[1])
        pbx.bridge(False, end + STEP, order[1], bridge, None)
        pbx.hang_up(end + 2 * STEP, far, 16, order[0])
        pbx.event("APP_END", end + 3 * STEP, own)
        self._record(own, far, answered, end, "ANSWERED")
        own.app = own.data = ""
        pbx.hang_up(end + 4 * STEP, own, 16, order[0], "ANSWER", is_last=True)

    def _fail(self, own: Channel, far: Channel) -> None:
        pbx, life, end = self.pbx, self.life, self.life.ended
        cause = {Dialled.BUSY: 17, Dialled.REJECTED: 21, Dialled.IGNORED: 127}[life.result]
        disposition = "BUSY" if life.result is Dialled.BUSY else "NO ANSWER"
        gives_up = life.result is Dialled.IGNORED
        pbx.hang_up(end, far, cause, "" if gives_up else far)
        pbx.event("APP_END", end + STEP, own)
        self._record(own, far, None, end, disposition)
        own.app = own.data = ""
        status = {
            Dialled.BUSY: "BUSY",
            Dialled.REJECTED: "NOANSWER",
            Dialled.IGNORED: "CANCEL",
        }[life.result]
        source: Channel | str = own if gives_up else "dialplan/builtin"
        pbx.hang_up(end + 2 * STEP, own, cause, source, status, is_last=True)
        if not gives_up:
            self._record(own, None, None, end + 2 * STEP, disposition, start=end)

    def _record(
        self,
        own: Channel,
        far: Channel | None,
        answer: float | None,
        end: float,
        disposition: str,
        start: float | None = None,
    ) -> None:
        self.pbx.record(
            CdrRow(
                made=self.life.began if start is None else start,
                written=self.life.ended + 0.003,
                start=self.life.began if start is None else start,
                answer=answer,
                end=end,
                source=OWN_NUMBER,
                source_name="",
                dst=own.exten,
                context="internal",
                channel=own,
                destination=far,
                app="Dial" if far else "Hangup",
                data=f"PJSIP/{self.life.number}@trunk,15" if far else "",
                disposition=disposition,
                account=self.life.operator,
                peer_account=self.life.operator if far else "",
            )
        )
