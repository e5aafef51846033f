"""What Asterisk writes when an operator hands a caller on: at once (blind), or after a call of their own (attended).

Times are epoch seconds.
"""

from __future__ import annotations

from dataclasses import replace

from simulation.exchange.citizen_channel import CitizenChannel
from simulation.exchange.lives import (
    AttendedTransfer,
    BlindTransfer,
    EndedBy,
)
from simulation.exchange.pbx import STEP, CdrRow, Channel


def hand_on(
    call: CitizenChannel,
    transfer: BlindTransfer,
    telephone: Channel,
    bridge: str,
    talk: tuple[str, float, float],
) -> None:
    """The operator hands the caller on: `talk` is the queue, its beginning, and the answer."""
    life, pbx, caller = call.life, call.pbx, call.channel
    queue, queued, answered = talk
    at, to = transfer.at, pbx.people[transfer.to]
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
    call.record(app="Queue", data=caller.data, destination=telephone, peer_account=operator, end=at)
    call.open_record = call.open_answer = at
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
    pbx.bridge(False, end, caller if by_caller else target, second, target if by_caller else caller)
    pbx.bridge(False, end + STEP, target if by_caller else caller, second, None)
    pbx.hang_up(end + 2 * STEP, target, 16, source)
    pbx.event("APP_END", end + 3 * STEP, caller)
    call.record(app="Dial", data=caller.data, destination=target, peer_account=operator, end=end)
    call.end = end + 4 * STEP
    caller.app = caller.data = ""
    pbx.hang_up(call.end, caller, 16, source, "ANSWER", is_last=True)


def consult(
    call: CitizenChannel,
    consultation: AttendedTransfer,
    telephone: Channel,
    bridge: str,
    talk: tuple[str, float, float],
) -> None:
    """The operator calls somebody, then puts the caller through: `talk` is as for a blind transfer."""
    life, pbx, caller = call.life, call.pbx, call.channel
    queue, queued, answered = talk
    operator, to, at = telephone.endpoint, pbx.people[consultation.to], consultation.joined
    pbx.stream(True, consultation.consulted_at, caller, None)
    own, target, second = _second_call(call, consultation, operator)
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
    call.record(app="Queue", data=caller.data, destination=telephone, peer_account=operator, end=at)
    call.open_record = call.open_answer = at
    caller.account = caller.peer_account = operator
    _end_with(call, target, bridge, queue, operator)
    call.rows = [replace(row, account=operator) for row in call.rows]
    its_own = CdrRow(
        made=at, written=0.0, start=at, answer=at, end=at + 5 * STEP,
        source=to.extension, source_name=to.name, dst="", context="internal",
        channel=target, destination=telephone, app="AppDial", data="(Outgoing Line)",
        disposition="ANSWERED", account=operator, peer_account=operator,
    )  # fmt: skip
    # whoever's channel ends first has its records written first
    by_caller = life.ended_by is EndedBy.CALLER
    call.rows = [*call.rows, its_own] if by_caller else [its_own, *call.rows]


def _second_call(
    call: CitizenChannel, consultation: AttendedTransfer, operator: str
) -> tuple[Channel, Channel, str]:
    """The operator's own call to the target, up to their talk; a call of its own to the PBX."""
    pbx, to, began = call.pbx, call.pbx.people[consultation.to], consultation.consulted_at + 0.0025
    who = pbx.people[operator]
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
            made=began, written=call.life.ended, start=began, answer=taken,
            end=consultation.joined, source=who.extension, source_name=who.name,
            dst=to.extension, context="internal", channel=own, destination=target, app="Dial",
            data=own.data, disposition="ANSWERED", account=operator, peer_account=operator,
        )
    )  # fmt: skip
    return own, target, second


def _end_with(
    call: CitizenChannel, target: Channel, bridge: str, queue: str, operator: str
) -> None:
    """Caller and target talk, and one of them ends it."""
    life, pbx, caller, end = call.life, call.pbx, call.channel, call.life.ended
    by_caller = life.ended_by is EndedBy.CALLER
    source = caller if by_caller else target
    first, other = (caller, target) if by_caller else (target, caller)
    pbx.bridge(False, end, first, bridge, other)
    pbx.bridge(False, end + STEP, other, bridge, None)
    pbx.hang_up(end + 2 * STEP, target, 16, source)
    pbx.event("APP_END", end + 3 * STEP, caller)
    call.record(app="Queue", data=caller.data, destination=target, peer_account=operator, end=end)
    call.end = end + 4 * STEP
    call.end_in_queue(queue, source, 16, "ANSWER", has_record=True)
