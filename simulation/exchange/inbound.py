"""What Asterisk writes about a citizen's call, stage by stage, as the dialplan leads it."""

from __future__ import annotations

from dataclasses import replace

from simulation.exchange.citizen_channel import CitizenChannel
from simulation.exchange.lives import (
    Attempt,
    Departure,
    EndedBy,
    Ring,
)
from simulation.exchange.pbx import OWN_NUMBER, STEP, Channel
from simulation.exchange.transfers import consult, hand_on

ANNOUNCED_EVERY_SECONDS = 6.0
ANNOUNCEMENT_SECONDS = 3.537
GREETING_SECONDS = 2.0


class Inbound(CitizenChannel):
    """One citizen's call, stage by stage, as the dialplan leads it."""

    def tell(self) -> None:
        """Note the call from its first channel to its end."""
        life, channel = self.life, self.channel
        self.pbx.event("CHAN_START", life.arrived, channel)
        channel.ani, channel.dnid = life.caller, OWN_NUMBER
        if life.is_lines_busy:
            channel.context = "overflow"
            self.open_answer = None
            self.hang_up(17, "dialplan/builtin")
            self.record(app="Hangup", data="17", disposition="BUSY")
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
        if self.play("Playback", "keiro/rec-notice", notice, over):
            self.ends_here("Playback", "keiro/rec-notice")
        elif life.is_closed:
            channel.exten, channel.context = "s", "closed"
            if self.play("Playback", "keiro/closed", over + STEP, life.ended - STEP):
                self.ends_here("Playback", "keiro/closed")
            else:
                self.hang_up(16, "dialplan/builtin")
                self.record(app="Hangup", data="")
        else:
            channel.exten, channel.context = "s", "ivr"
            self._through_the_menu(over + STEP)

    def _through_the_menu(self, begins: float) -> None:
        life = self.life
        for _ in range(life.menu_rounds - 1):
            over = begins + life.menu_seconds
            if self.play("BackGround", "keiro/menu", begins, over):
                return self.ends_here("BackGround", "keiro/menu")
            begins = over + 2.0
        if life.queued is None or life.choice is None:
            self.play("BackGround", "keiro/menu", begins, life.ended + 1.0)
            return self.ends_here("BackGround", "keiro/menu")
        digit = str(self.pbx.queues.index(life.choice) + 1)
        is_silent = life.queued - begins > life.menu_seconds + 1.9
        over = begins + life.menu_seconds if is_silent else life.queued - STEP
        self.play("BackGround", "keiro/menu", begins, over, digit="" if is_silent else digit)
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
        pbx, who = self.pbx, self.pbx.people[attempt.operator]
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
        self.record(
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
            return consult(self, life.consultation, telephone, bridge, (queue, queued, at))
        if life.transfer:
            return hand_on(self, life.transfer, telephone, bridge, (queue, queued, at))
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
        self.record(
            app="Queue", data=caller.data, destination=telephone, peer_account=operator, end=end
        )
        self.end = end + 4 * STEP
        self.end_in_queue(queue, source, 16, "ANSWER", has_record=True)
        return None

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
                self.end_in_queue(queue, caller, 0, status, has_record=is_ringing)
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
        self.record(app=caller.app, data=caller.data, end=life.ended)
        caller.app = caller.data = ""
        self.hang_up(0, caller)

    def _crowded(self, begins: float, status: str) -> None:
        """The apology of the centre that could not take the call; then the PBX ends it."""
        self.play("Playback", "keiro/crowded", begins, self.life.ended - 2 * STEP)
        self.end = self.life.ended
        queue = self.life.choice or ""
        self.end_in_queue(queue, "dialplan/builtin", 16, "", has_record=False, said=status)
