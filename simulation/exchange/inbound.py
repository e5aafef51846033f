"""What Asterisk writes about a citizen's call, stage by stage, as the dialplan leads it."""

from __future__ import annotations

from dataclasses import replace

from simulation.exchange.lives import (
    Attempt,
    AttendedTransfer,
    BlindTransfer,
    Departure,
    EndedBy,
    InboundCall,
    Ring,
)
from simulation.exchange.pbx import OWN_NUMBER, PEOPLE, STEP, CdrRow, Channel, Pbx

ANNOUNCED_EVERY_SECONDS = 6.0
ANNOUNCEMENT_SECONDS = 3.537
GREETING_SECONDS = 2.0


class Inbound:
    """One citizen's call, stage by stage, as the dialplan leads it."""

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

    def tell(self) -> None:
        """Note the call from its first channel to its end."""
        life, channel = self.life, self.channel
        self.pbx.event("CHAN_START", life.arrived, channel)
        channel.ani, channel.dnid = life.caller, OWN_NUMBER
        if life.is_lines_busy:
            channel.context = "overflow"
            self.open_answer = None
            self._hang_up(17, "dialplan/builtin")
            self._record(app="Hangup", data="17", disposition="BUSY")
        else:
            self._through_the_announcement()
        for row in self.rows:
            self.pbx.record(replace(row, written=self.end + 0.001))

    def _through_the_announcement(self) -> None:
        life, channel = self.life, self.channel
        channel.app = "Answer"
        self.pbx.event("ANSWER", self.answered_at, channel)
        notice = life.arrived + 0.21
        over = notice + life.notice_seconds
        if self._play("Playback", "keiro/rec-notice", notice, over):
            self._ends_here("Playback", "keiro/rec-notice")
        elif life.is_closed:
            channel.exten, channel.context = "s", "closed"
            if self._play("Playback", "keiro/closed", over + STEP, life.ended - STEP):
                self._ends_here("Playback", "keiro/closed")
            else:
                self._hang_up(16, "dialplan/builtin")
                self._record(app="Hangup", data="")
        else:
            channel.exten, channel.context = "s", "ivr"
            self._through_the_menu(over + STEP)

    def _through_the_menu(self, begins: float) -> None:
        life = self.life
        for _ in range(life.menu_rounds - 1):
            over = begins + life.menu_seconds
            if self._play("BackGround", "keiro/menu", begins, over):
                return self._ends_here("BackGround", "keiro/menu")
            begins = over + 2.0
        if life.queued is None or life.choice is None:
            self._play("BackGround", "keiro/menu", begins, life.ended + 1.0)
            return self._ends_here("BackGround", "keiro/menu")
        digit = "1" if life.choice == "survey" else "2"
        is_silent = life.queued - begins > life.menu_seconds + 1.9
        over = begins + life.menu_seconds if is_silent else life.queued - STEP
        self._play("BackGround", "keiro/menu", begins, over, digit="" if is_silent else digit)
        self._wait(life.queued, life.choice)
        return None

    def _wait(self, queued: float, queue: str) -> None:
        life, channel, pbx = self.life, self.channel, self.pbx
        channel.exten, channel.context = "s", f"q-{queue}"
        channel.app, channel.data = "Queue", f"{queue},t,,,{pbx.queue_seconds}"
        pbx.event("APP_START", queued, channel)
        if life.left is Departure.NO_STAFF:
            pbx.event("APP_END", queued + STEP, channel)
            return self._crowded(queued + 2 * STEP, "JOINEMPTY")
        pbx.queue(queued, channel, queue, "NONE", "ENTERQUEUE", "", life.caller, str(life.position))
        until = life.answer.ended if life.answer else life.left_at
        if until is None:
            raise ValueError("a call that waited was answered or left the queue")
        self._music(queued + STEP, until)
        for attempt in life.attempts:
            telephone = self._ring(attempt, queue)
            if attempt.result is Ring.ANSWERED:
                return self._talk(attempt, telephone, queue, queued)
        return self._leave(until, queue, queued)

    def _music(self, begins: float, ends: float) -> None:
        """Music until the end, broken by the announcement that all are busy."""
        pbx, channel = self.pbx, self.channel
        pbx.stream(True, begins, channel, None)
        at = begins + ANNOUNCED_EVERY_SECONDS
        while at + ANNOUNCEMENT_SECONDS < ends:
            pbx.stream(False, at, channel, None)
            pbx.stream(True, at + STEP, channel, "keiro/congestion")
            pbx.stream(False, at + ANNOUNCEMENT_SECONDS, channel, "keiro/congestion")
            pbx.stream(True, at + ANNOUNCEMENT_SECONDS + STEP, channel, None)
            at += ANNOUNCED_EVERY_SECONDS + ANNOUNCEMENT_SECONDS

    def _ring(self, attempt: Attempt, queue: str) -> Channel:
        pbx, who = self.pbx, PEOPLE[attempt.operator]
        telephone = pbx.channel(attempt.operator, attempt.began + STEP, self.channel)
        telephone.cid_name, telephone.cid_number = who.name, who.extension
        telephone.account = attempt.operator
        pbx.event("CHAN_START", telephone.began, telephone)
        telephone.ani = who.extension
        telephone.app, telephone.data = "AppQueue", "(Outgoing Line)"
        at, rang = attempt.ended, attempt.ended - attempt.began
        match attempt.result:
            case Ring.ANSWERED:
                return telephone
            case Ring.CALLER_LEFT:
                pbx.stream(False, at, self.channel, None)
                pbx.hang_up(at + STEP, telephone, 0, "")
                pbx.queue(
                    at, self.channel, queue, attempt.operator, "RINGCANCELED", str(int(rang * 1000))
                )
            case Ring.IGNORED:
                pbx.hang_up(at, telephone, 0, "")
            case Ring.REJECTED:
                pbx.hang_up(at, telephone, 17, telephone)
        if attempt.result is not Ring.CALLER_LEFT:
            rang_ms = str(int(rang) * 1000)
            pbx.queue(at, self.channel, queue, attempt.operator, "RINGNOANSWER", rang_ms)
        self._record(
            app="Queue",
            data=self.channel.data,
            disposition="NO ANSWER",
            destination=telephone,
            peer_account=attempt.operator,
            end=at,
        )
        self.open_record = at
        return telephone

    def _talk(self, answer: Attempt, telephone: Channel, queue: str, queued: float) -> None:
        life, pbx, caller = self.life, self.pbx, self.channel
        at, operator = answer.ended, answer.operator
        pbx.event("ANSWER", at, telephone)
        pbx.stream(False, at + STEP, caller, None)
        if self.rows:  # the record of an earlier ring is closed; this one begins with its own ring
            self.open_record = self.open_answer = answer.began
        waited, rang = int(at) - int(queued), int(at) - int(answer.began)
        pbx.queue(at, caller, queue, operator, "CONNECT", str(waited), telephone, str(rang))
        bridge = pbx.new_bridge()
        pbx.bridge(True, at + 2 * STEP, telephone, bridge, None)
        caller.peer_account = operator
        pbx.bridge(True, at + 3 * STEP, caller, bridge, telephone)
        if life.consultation:
            return self._consult(life.consultation, telephone, bridge, (queue, queued, at))
        if life.transfer:
            return self._hand_on(life.transfer, telephone, bridge, (queue, queued, at))
        end, talked = life.ended, str(int(life.ended) - int(at))
        verb = "COMPLETEAGENT" if life.ended_by is EndedBy.OPERATOR else "COMPLETECALLER"
        pbx.queue(end, caller, queue, operator, verb, str(waited), talked, str(life.position))
        source: Channel | str = telephone if life.ended_by is EndedBy.OPERATOR else caller
        if life.ended_by is EndedBy.RESTART:
            source = ""
        caller_first = life.ended_by is EndedBy.CALLER
        order = (caller, telephone) if caller_first else (telephone, caller)
        pbx.bridge(False, end, order[0], bridge, order[1])
        pbx.bridge(False, end + STEP, order[1], bridge, None)
        pbx.hang_up(end + 2 * STEP, telephone, 16, source)
        pbx.event("APP_END", end + 3 * STEP, caller)
        self._record(
            app="Queue", data=caller.data, destination=telephone, peer_account=operator, end=end
        )
        self.end = end + 4 * STEP
        self._end_in_queue(queue, source, 16, "ANSWER", has_record=True)
        return None

    def _hand_on(
        self,
        transfer: BlindTransfer,
        telephone: Channel,
        bridge: str,
        talk: tuple[str, float, float],
    ) -> None:
        """The operator hands the caller on: `talk` is the queue, its beginning, and the answer."""
        life, pbx, caller = self.life, self.pbx, self.channel
        queue, queued, answered = talk
        at, to = transfer.at, PEOPLE[transfer.to]
        operator = telephone.endpoint
        waited, talked = int(answered) - int(queued), int(at) - int(answered)
        pbx.queue(
            at, caller, queue, operator, "BLINDTRANSFER", to.extension, "internal",
            str(waited), str(talked), str(life.position),
        )  # fmt: skip
        extra = (
            f'{{"extension":"{to.extension}","context":"internal","bridge_id":"{bridge}",'
            '"transferee_channel_name":"%0","transferee_channel_uniqueid":"%u0"}'
        )
        pbx.event("BLINDTRANSFER", at, telephone, extra=extra, names=(caller,))
        caller.exten, caller.context = to.extension, "internal"
        pbx.bridge(False, at + STEP, caller, bridge, telephone)
        pbx.event("APP_END", at + 2 * STEP, caller)
        self._record(
            app="Queue", data=caller.data, destination=telephone, peer_account=operator, end=at
        )
        self.open_record = self.open_answer = at
        caller.app, caller.data = "Dial", f"PJSIP/{transfer.to},15,t"
        pbx.event("APP_START", at + 2 * STEP, caller)
        pbx.bridge(False, at + 3 * STEP, telephone, bridge, None)
        pbx.hang_up(at + 4 * STEP, telephone, 16, "")
        target = pbx.channel(transfer.to, at + 4 * STEP, caller)
        target.cid_name, target.cid_number, target.account = (
            to.name,
            to.extension,
            transfer.to,
        )
        pbx.event("CHAN_START", target.began, target)
        target.ani, target.exten, target.account = to.extension, to.extension, operator
        target.app, target.data = "AppDial", "(Outgoing Line)"
        second = pbx.new_bridge()
        taken, end = transfer.answered, life.ended
        pbx.event("ANSWER", taken, target)
        target.exten = ""
        pbx.bridge(True, taken + STEP, target, second, None)
        pbx.bridge(True, taken + 2 * STEP, caller, second, target)
        by_caller = life.ended_by is EndedBy.CALLER
        source = caller if by_caller else target
        pbx.bridge(
            False, end, caller if by_caller else target, second, target if by_caller else caller
        )
        pbx.bridge(False, end + STEP, target if by_caller else caller, second, None)
        pbx.hang_up(end + 2 * STEP, target, 16, source)
        pbx.event("APP_END", end + 3 * STEP, caller)
        self._record(
            app="Dial", data=caller.data, destination=target, peer_account=operator, end=end
        )
        self.end = end + 4 * STEP
        caller.app = caller.data = ""
        pbx.hang_up(self.end, caller, 16, source, "ANSWER", is_last=True)

    def _consult(
        self,
        consultation: AttendedTransfer,
        telephone: Channel,
        bridge: str,
        talk: tuple[str, float, float],
    ) -> None:
        """The operator calls somebody, then puts the caller through: `talk` is as for a blind transfer."""
        life, pbx, caller = self.life, self.pbx, self.channel
        queue, queued, answered = talk
        operator, to, at = telephone.endpoint, PEOPLE[consultation.to], consultation.joined
        pbx.stream(True, consultation.consulted_at, caller, None)
        own, target, second = self._second_call(consultation, operator)
        pbx.stream(False, at, caller, None)
        pbx.bridge(False, at + STEP, target, second, own)
        pbx.bridge(False, at + 2 * STEP, telephone, bridge, caller)
        target.linked = caller
        pbx.bridge(True, at + 3 * STEP, target, bridge, caller)
        waited, talked = int(answered) - int(queued), int(at) - int(answered)
        pbx.queue(
            at, caller, queue, operator, "ATTENDEDTRANSFER", "BRIDGE", bridge,
            str(waited), str(talked), str(life.position),
        )  # fmt: skip
        extra = (
            f'{{"bridge1_id":"{bridge}","channel2_name":"%0","channel2_uniqueid":"%u0",'
            f'"bridge2_id":"{second}","transferee_channel_name":"%1","transferee_channel_uniqueid":"%u1",'
            '"transfer_target_channel_name":"%2","transfer_target_channel_uniqueid":"%u2"}'
        )
        names = (own, caller, target)
        pbx.event("ATTENDEDTRANSFER", at + 4 * STEP, telephone, extra=extra, names=names)
        pbx.hang_up(at + 5 * STEP, telephone, 16, "")
        pbx.bridge(False, at + 6 * STEP, own, second, None)
        pbx.event("APP_END", at + 7 * STEP, own)
        own.app = own.data = ""
        pbx.hang_up(at + 8 * STEP, own, 16, "", "ANSWER", is_last=True)
        self._record(
            app="Queue", data=caller.data, destination=telephone, peer_account=operator, end=at
        )
        self.open_record = self.open_answer = at
        caller.account = caller.peer_account = operator
        self._end_with(target, bridge, queue, operator)
        self.rows = [replace(row, account=operator) for row in self.rows]
        its_own = CdrRow(
            made=at, written=0.0, start=at, answer=at, end=at + 5 * STEP,
            source=to.extension, source_name=to.name, dst="", context="internal",
            channel=target, destination=telephone, app="AppDial", data="(Outgoing Line)",
            disposition="ANSWERED", account=operator, peer_account=operator,
        )  # fmt: skip
        # whoever's channel ends first has its records written first
        by_caller = life.ended_by is EndedBy.CALLER
        self.rows = [*self.rows, its_own] if by_caller else [its_own, *self.rows]

    def _second_call(
        self, consultation: AttendedTransfer, operator: str
    ) -> tuple[Channel, Channel, str]:
        """The operator's own call to the target, up to their talk; a call of its own to the PBX."""
        pbx, to, began = self.pbx, PEOPLE[consultation.to], consultation.consulted_at + 0.0025
        who = PEOPLE[operator]
        own = pbx.channel_beside(operator, began)
        own.cid_name, own.cid_number, own.account = who.name, who.extension, operator
        own.exten = own.dnid = to.extension
        pbx.event("CHAN_START", began, own)
        own.ani = who.extension
        own.app, own.data = "Dial", f"PJSIP/{consultation.to},15,t"
        pbx.event("APP_START", began + 0.001, own)
        target = pbx.channel(consultation.to, began + 0.0025, own)
        target.cid_name, target.cid_number, target.account = to.name, to.extension, consultation.to
        pbx.event("CHAN_START", target.began, target)
        target.ani = target.exten = to.extension
        target.app, target.data = "AppDial", "(Outgoing Line)"
        target.account = target.peer_account = operator
        taken, second = consultation.answered, pbx.new_bridge()
        pbx.event("ANSWER", taken, target)
        pbx.event("ANSWER", taken + STEP, own)
        target.exten = ""
        pbx.bridge(True, taken + 2 * STEP, target, second, None)
        own.peer_account = operator
        pbx.bridge(True, taken + 3 * STEP, own, second, target)
        pbx.record(
            CdrRow(
                made=began, written=self.life.ended, start=began, answer=taken,
                end=consultation.joined, source=who.extension, source_name=who.name,
                dst=to.extension, context="internal", channel=own, destination=target, app="Dial",
                data=own.data, disposition="ANSWERED", account=operator, peer_account=operator,
            )
        )  # fmt: skip
        return own, target, second

    def _end_with(self, target: Channel, bridge: str, queue: str, operator: str) -> None:
        """Caller and target talk, and one of them ends it."""
        life, pbx, caller, end = self.life, self.pbx, self.channel, self.life.ended
        by_caller = life.ended_by is EndedBy.CALLER
        source = caller if by_caller else target
        first, other = (caller, target) if by_caller else (target, caller)
        pbx.bridge(False, end, first, bridge, other)
        pbx.bridge(False, end + STEP, other, bridge, None)
        pbx.hang_up(end + 2 * STEP, target, 16, source)
        pbx.event("APP_END", end + 3 * STEP, caller)
        self._record(
            app="Queue", data=caller.data, destination=target, peer_account=operator, end=end
        )
        self.end = end + 4 * STEP
        self._end_in_queue(queue, source, 16, "ANSWER", has_record=True)

    def _leave(self, at: float, queue: str, queued: float) -> None:
        life, pbx, caller = self.life, self.pbx, self.channel
        waited = str(int(at) - int(queued))
        place = str(life.position)
        match life.left:
            case Departure.ABANDONED:
                pbx.queue(at, caller, queue, "NONE", "ABANDON", "1", place, waited)
                is_ringing = bool(life.attempts) and life.attempts[-1].result is Ring.CALLER_LEFT
                if not is_ringing:
                    pbx.stream(False, at, caller, None)
                pbx.event("APP_END", at + STEP, caller)
                self.end = at + 2 * STEP
                status = "CANCEL" if is_ringing else ""
                self._end_in_queue(queue, caller, 0, status, has_record=is_ringing)
            case Departure.MESSAGE:
                pbx.queue(at, caller, queue, "NONE", "EXITWITHKEY", "1", "1", place, waited)
                digit = '{"digit":"1","duration_ms":160}'
                pbx.event("DTMF", at, caller, subtype="Received", extra=digit)
                caller.exten, caller.context = "1", "queue-exit"
                pbx.stream(False, at + STEP, caller, None)
                pbx.event("APP_END", at + 2 * STEP, caller)
                self._voicemail(at + 3 * STEP)
            case Departure.TIMEOUT:
                pbx.queue(at, caller, queue, "NONE", "EXITWITHTIMEOUT", "1", place, waited)
                pbx.stream(False, at, caller, None)
                pbx.event("APP_END", at + STEP, caller)
                self._crowded(at + 2 * STEP, "TIMEOUT")

    def _voicemail(self, begins: float) -> None:
        life, pbx, caller = self.life, self.pbx, self.channel
        caller.app, caller.data = "VoiceMail", "100@keiro,us"
        pbx.event("APP_START", begins, caller)
        over = min(begins + GREETING_SECONDS, life.ended - 0.3)
        greeting = "/srv/pbx/spool/voicemail/keiro/100/unavail"
        for sound, starts, stops in (
            (greeting, begins, over),
            ("beep", over, over + 0.2),
        ):
            pbx.stream(True, starts + STEP, caller, sound)
            pbx.stream(False, stops, caller, sound)
        pbx.event("APP_END", life.ended, caller)
        self._record(app=caller.app, data=caller.data, end=life.ended)
        caller.app = caller.data = ""
        self._hang_up(0, caller)

    def _crowded(self, begins: float, status: str) -> None:
        """The apology of the centre that could not take the call; then the PBX ends it."""
        self._play("Playback", "keiro/crowded", begins, self.life.ended - 2 * STEP)
        self.end = self.life.ended
        queue = self.life.choice or ""
        self._end_in_queue(queue, "dialplan/builtin", 16, "", has_record=False, said=status)

    def _end_in_queue(
        self,
        queue: str,
        source: Channel | str,
        cause: int,
        dial_status: str,
        *,
        has_record: bool,
        said: str = "",
    ) -> None:
        """The caller's channel ends in the queue's context; only that of `survey` has an extension h.

        There a record of its own follows an earlier one; without one, the only record becomes it.
        """
        caller = self.channel
        app, data = ("Hangup", "") if source == "dialplan/builtin" else (caller.app, caller.data)
        is_survey = queue == "survey"
        if is_survey:
            caller.exten = "h"
            app, data = "NoOp", f"end of call {said}"
        caller.app = caller.data = ""
        self.pbx.hang_up(self.end, caller, cause, source, dial_status, is_last=True)
        if has_record and is_survey:
            self.open_record = self.open_answer = self.end
            self._record(app=app, data=data, is_after=True)
        elif not has_record:
            self._record(app=app, data=data)

    def _play(self, app: str, sound: str, begins: float, ends: float, *, digit: str = "") -> bool:
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

    def _ends_here(self, app: str, data: str) -> None:
        """The caller hangs up, or the PBX restarts, while a sound plays."""
        self.channel.app = self.channel.data = ""
        self._hang_up(0, "" if self.life.ended_by is EndedBy.RESTART else self.channel)
        self._record(app=app, data=data)

    def _hang_up(self, cause: int, source: Channel | str) -> None:
        self.end = self.life.ended
        self.channel.app = self.channel.data = ""
        self.pbx.hang_up(self.end, self.channel, cause, source, is_last=True)

    def _record(
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
