"""What Asterisk writes into its logs, as SQL from raw fields to landing columns.

One `LogFormat` per kind of log: its fields, its landing columns in order, which expression is the row's own
time and when a line is bad. Only what is listed here is ever kept: a field that is not named does not
land. Numbers become pseudonyms; names that a person chose pass as `landing.names` allows; what identifies
a call is kept or the line is set aside, never blank. Sources: Asterisk 22 `cdr_csv`, `cdr_custom`,
`cel_custom`, `app_queue`'s log verbs.
"""

from __future__ import annotations

from dataclasses import replace

from telephony_ingest.asterisk import layouts, moments, uniqueids
from telephony_ingest.asterisk.settings import QUEUE_LOG_WORDS, PbxSettings
from telephony_ingest.asterisk.strangers import stranger_to_csv, stranger_to_queue_log
from telephony_ingest.landing.log_format import Divided, LogFormat

_APPS = (
    "AGI Answer AppDial AppDial2 AppQueue AttendedTransfer BackGround Background BlindTransfer Bridge Busy "
    "ChanSpy ConfBridge Congestion ControlPlayback Dial Directory DISA DumpChan Echo EAGI ExecIf ExtenSpy "
    "FollowMe ForkCDR Gosub GosubIf Goto GotoIf GotoIfTime Hangup Macro MeetMe MixMonitor Monitor "
    "MusicOnHold NoOp Originate Page Park ParkedCall Pickup PickupChan Playback Playtones PlayTones "
    "Progress Queue Read ReadDigits ReceiveFAX Record ResetCDR Return Ringing SayDigits SayUnixTime "
    "SendDTMF SendFAX Set Stasis System Transfer UserEvent Verbose VoiceMail VoiceMailMain Voicemail "
    "Wait WaitExten WaitForSilence While"
)
_VERBS = (
    "ABANDON ADDMEMBER AGENTCALLBACKLOGIN AGENTCALLBACKLOGOFF AGENTDUMP AGENTLOGIN AGENTLOGOFF "
    "ATTENDEDTRANSFER BLINDTRANSFER CALLSTATUS COMPLETEAGENT COMPLETECALLER CONFIGRELOAD CONNECT DID "
    "ENTERQUEUE EXITEMPTY EXITWITHKEY EXITWITHTIMEOUT INFO PAUSE PAUSEALL PENALTY QUEUESTART QUEUESTOP "
    "REMOVEMEMBER RINGCANCELED RINGINUSE RINGNOANSWER SYSCOMPAT TRANSFER UNPAUSE UNPAUSEALL"
)
QUEUE_VERBS = (*_VERBS.split(), *QUEUE_LOG_WORDS)
"""What app_queue and chan_agent of Asterisk 1.4 to 22 can write, and words that dialplans write by `QueueLog()`."""
EVENTS = (
    "CHAN_START CHAN_END ANSWER HANGUP APP_START APP_END PARK_START PARK_END BRIDGE_START BRIDGE_END "
    "BRIDGE_UPDATE BRIDGE_ENTER BRIDGE_EXIT CONF_START CONF_END CONF_ENTER CONF_EXIT BLINDTRANSFER "
    "ATTENDEDTRANSFER TRANSFER PICKUP FORWARD HOOKFLASH LINKEDID_END LOCAL_OPTIMIZE LOCAL_OPTIMIZE_BEGIN "
    "LOCAL_OPTIMIZE_END STREAM_BEGIN STREAM_END DTMF USER_DEFINED"
)
"""What CEL of Asterisk 1.8 to 22 can write."""
_STATUSES = "ANSWER BUSY NOANSWER CANCEL CONGESTION CHANUNAVAIL DONTCALL TORTURE INVALIDARGS"
_METHODS = "BRIDGE APP LINK THREEWAY FAIL"


def _among(words: str) -> str:
    return ", ".join(f"'{word}'" for word in words.split())


MACROS = (
    uniqueids.MACROS
    + moments.MACROS
    + f"""
create or replace temp macro known(x, words) as case
  when list_contains(words, x) then x when x <> '' then name_code(x) end;
create or replace temp macro known_app(x) as known(x, [{_among(_APPS)}]);
create or replace temp macro known_verb(x) as case
  when list_contains([{_among(_VERBS)}], x) then x else kept_name(x) end;
create or replace temp macro known_event(x) as known(x, [{_among(EVENTS)}]);
create or replace temp macro kept_queue(data) as kept_name(split_part(data, ',', 1));
create or replace temp macro is_feature(x) as left(x, 1) in ('*', '#');
create or replace temp macro kept_place(x) as case when not is_number(x) then kept_name(x)
  when is_feature(x) then regexp_extract(x, '^[*#][*#0-9]{{0,2}}') end;
create or replace temp macro dialled(x, prefix) as case when is_number(x) then case
  when prefix <> '' and starts_with(x, prefix) and (substr(x, length(prefix) + 1)[1] in ('0', '+')
    or (not starts_with(x, '0') and not starts_with(x, '+')))
  then substr(x, length(prefix) + 1) else x end end;
create or replace temp macro dialled_pseudonym(x) as
  case when not is_feature(x) then number_pseudonym(dialled(x, getvariable('outbound_prefix'))) end;
create or replace temp macro kept_peer(x) as kept_channel(split_part(x, ',', 1));
create or replace temp macro known_disposition(x) as case
  when x in ('ANSWERED', 'NO ANSWER', 'BUSY', 'FAILED', 'CONGESTION') then x end;
create or replace temp macro whole(x) as try_cast(x as integer);
create or replace temp macro whole_long(x) as try_cast(x as bigint);
create or replace temp macro quoted(extra, name) as
  regexp_extract(extra, '"' || name || '":"?([^",}}]*)', 1);
"""
)
"""Reductions shared by the formats, beside those of pseudonymisation."""


_ENOUGH = {
    "ENTERQUEUE": 7,
    "CONNECT": 7,
    "COMPLETEAGENT": 7,
    "COMPLETECALLER": 7,
    "ABANDON": 8,
    "EXITWITHKEY": 7,
    "EXITWITHTIMEOUT": 6,
    "EXITEMPTY": 8,
    "RINGNOANSWER": 6,
    "RINGCANCELED": 6,
    "BLINDTRANSFER": 9,
    "ATTENDEDTRANSFER": 9,
    "TRANSFER": 9,
}
"""Fields that a line of a known verb has at least, the five common ones included."""


def _rare(field: str) -> str:
    """A field as a call's argument where few lines come to that call: it is asked of those, not of every distinct value
    (`landing.distinct`)."""
    return f"{field} || ''"


_QUEUE_FIRST = ("epoch", "callid", "queuename", "agentname", "verb", "d1", "d2", "d3", "d4", "d5")
_QUEUE_LAST = ("last_but_two", "last_but_one", "last_one")
QUEUE_LOG = LogFormat(
    fields=(*_QUEUE_FIRST, *_QUEUE_LAST),
    divided=Divided("|", _QUEUE_FIRST, _QUEUE_LAST, "n"),
    stranger=stranger_to_queue_log,
    columns={
        "event_at": "row_time",
        "call_uniqueid": "kept_uniqueid(callid)",
        "origin": "case when kept_uniqueid(callid) is not null then 'call' when callid = 'MANAGER' then 'manager' "
        "else 'none' end",
        "queue": "nullif(kept_name(queuename), 'NONE')",
        "agent": "nullif(kept_spelling(agentname), 'NONE')",
        "verb": "known_verb(verb)",
        "caller_pseudonym": "case when verb = 'ENTERQUEUE' then number_pseudonym(d2) end",
        "caller_extension": "case when verb = 'ENTERQUEUE' and strlen(d2) <= 5 "
        f"then kept_place({_rare('d2')}) end",
        "wait_seconds": (
            "case when verb in ('CONNECT', 'COMPLETEAGENT', 'COMPLETECALLER') then whole(d1) "
            "when verb in ('ABANDON', 'EXITWITHTIMEOUT', 'EXITEMPTY') then whole(d3) "
            "when verb = 'EXITWITHKEY' then whole(d4) "
            "when verb in ('BLINDTRANSFER', 'TRANSFER') then whole(d3) "
            "when verb = 'ATTENDEDTRANSFER' then whole(last_but_two) end"
        ),
        "talk_seconds": (
            "case when verb in ('COMPLETEAGENT', 'COMPLETECALLER') then whole(d2) "
            "when verb in ('BLINDTRANSFER', 'TRANSFER') then whole(d4) "
            "when verb = 'ATTENDEDTRANSFER' then whole(last_but_one) end"
        ),
        "position": (
            "case when verb = 'ENTERQUEUE' then whole(d3) "
            "when verb in ('ABANDON', 'EXITWITHTIMEOUT', 'EXITEMPTY') then whole(d1) "
            "when verb = 'EXITWITHKEY' then whole(d2) end"
        ),
        "entry_position": (
            "case when verb in ('COMPLETEAGENT', 'COMPLETECALLER', 'EXITWITHKEY') then whole(d3) "
            "when verb in ('ABANDON', 'EXITWITHTIMEOUT', 'EXITEMPTY') then whole(d2) "
            "when verb in ('BLINDTRANSFER', 'TRANSFER') then whole(d5) "
            "when verb = 'ATTENDEDTRANSFER' then whole(last_one) end"
        ),
        "ring_ms": (
            "case when verb in ('RINGNOANSWER', 'RINGCANCELED') then whole(d1) "
            "when verb = 'CONNECT' then try_cast(cast(whole(d3) as bigint) * 1000 as integer) end"
        ),
        "operator_uniqueid": "case when verb = 'CONNECT' then kept_uniqueid(d2) end",
        "exit_key": "case when verb = 'EXITWITHKEY' then kept_place(d1) end",
        "transfer_target": "case when verb in ('BLINDTRANSFER', 'TRANSFER') then kept_place(d1) end",
        "transfer_target_pseudonym": (
            "case when verb in ('BLINDTRANSFER', 'TRANSFER') then dialled_pseudonym(d1) end"
        ),
        "transfer_method": (
            "case when verb in ('BLINDTRANSFER', 'TRANSFER') then 'BLIND' "
            f"when verb = 'ATTENDEDTRANSFER' then known(d1, [{_among(_METHODS)}]) end"
        ),
        "bridge_id": (
            "case when verb = 'ATTENDEDTRANSFER' and regexp_full_match(d2, '[0-9a-f-]{36}') "
            "then d2 end"
        ),
        "logged_on_seconds": "case when verb in ('AGENTLOGOFF', 'AGENTCALLBACKLOGOFF') then whole(d2) end",
        "pause_reason": (
            "case when verb in ('PAUSE', 'PAUSEALL', 'UNPAUSE', 'UNPAUSEALL') then kept_name(d1) end"
        ),
        "starts_paused": "coalesce(verb = 'ADDMEMBER' and d1 = 'PAUSED', false)",
    },
    given={"second": "try_cast(epoch as bigint)"},
    row_time="second_of(second)",
    bad_when=(
        (
            "wrong_field_count",
            "n < 5 or n < case verb "
            + " ".join(f"when '{verb}' then {n}" for verb, n in _ENOUGH.items())
            + " else 0 end",
        ),
        ("implausible_time", "row_time is null and regexp_full_match(epoch, '-?[0-9]+')"),
        ("bad_time", "row_time is null"),
        (
            "bad_id",
            f"(kept_uniqueid(callid) is null and callid not in ('', {_among(' '.join(uniqueids.NO_CALLS))})) "
            f"or (bad_key is not null and callid <> '' and not is_uniqueid({_rare('callid')}))",
        ),
    ),
)

_LINKED = "case when linkedid <> '' then kept_uniqueid(linkedid) else kept_uniqueid(uniqueid) end"
_BAD_ID = (
    f"kept_uniqueid(uniqueid) is null or {_LINKED} is null or (bad_key is not null and not "
    f"(is_uniqueid({_rare('uniqueid')}) and (linkedid = '' or is_uniqueid({_rare('linkedid')}))))"
)
"""An id that an application chose may be anything; of a line in another encoding only the exchange's own ones count."""
_CDR_COLUMNS = {
    "start_at": "instant(start)",
    "answer_at": "instant(answer)",
    "end_at": "row_time",
    "caller_pseudonym": "number_pseudonym(src)",
    "src_extension": "kept_place(src)",
    "dst": "kept_place(dst)",
    "dst_pseudonym": "dialled_pseudonym(dst)",
    "dcontext": "kept_name(dcontext)",
    "channel": "kept_channel(channel)",
    "dstchannel": "kept_channel(dstchannel)",
    "last_app": "known_app(lastapp)",
    "app_queue": "case when lastapp = 'Queue' then kept_queue(lastdata) end",
    "hangup_cause": "case when lastapp = 'Hangup' then whole(lastdata) end",
    "duration_seconds": "length_of(duration)",
    "billsec_seconds": "length_of(billsec)",
    "disposition": "known_disposition(disposition)",
    "accountcode": "kept_name(accountcode)",
    "peeraccount": "kept_name(peeraccount)",
    "uniqueid": "kept_uniqueid(uniqueid)",
    "linkedid": _LINKED,
    "sequence": "whole_long(sequence)",
    "userfield": "kept_name(userfield)",
}
_END = _rare('"end"')
_CDR_BAD = (
    (
        "implausible_time",
        f"(began is null and is_elsewhen({_rare('start')})) or (ended is null and is_elsewhen({_END})) "
        "or is_beyond(row_time)",
    ),
    (
        "bad_number",
        "length_of(duration) is null or (sequence <> '' and whole_long(sequence) is null)",
    ),
    ("bad_time", "began is null or row_time is null"),
    ("bad_id", _BAD_ID),
)


def _cdr(writer: str) -> LogFormat:
    """CDR as one of the two CSV writers leaves it, or a database's table. (unique id, sequence) is unique per record, and each
    writes each record once; where a site writes no sequence, the line itself is the record's identity.
    Without a linked id (`newcdrcolumns` off) the channel's own id stands for it."""
    return LogFormat(
        fields=(
            "start",
            "answer",
            "end",
            "src",
            "dst",
            "dcontext",
            "channel",
            "dstchannel",
            "lastapp",
            "lastdata",
            "duration",
            "billsec",
            "disposition",
            "accountcode",
            "peeraccount",
            "uniqueid",
            "linkedid",
            "sequence",
            "userfield",
        ),
        columns={"writer": f"'{writer}'", **_CDR_COLUMNS},
        given={"began": "instant(start)", "ended": 'instant("end")'},
        row_time="coalesce(ended, began + to_seconds(length_of(duration)))",
        bad_when=_CDR_BAD,
        row_key=f"kept_uniqueid(uniqueid) || '/' || coalesce(nullif(sequence, ''), line_key(line)) || '/{writer}'",
        header_when="lower(uniqueid) in ('uniqueid', 'unique_id')",
        recognise=layouts.recogniser(
            layouts.CDR_ORDERS, layouts.CDR_USUAL[writer], ("start", "uniqueid", "disposition")
        ),
        stranger=stranger_to_csv,
        seconds_off=layouts.seconds_off,
        columns_setting=f"[pbx.columns] cdr_{writer}",
        zone_setting=f"[pbx.time_zones] cdr_{writer}",
    )


CDR_CUSTOM = _cdr("custom")
CDR_CLASSIC = _cdr("classic")
CDR_TABLE = _cdr("table")

_TOO_OLD = "bridge_of_asterisk_11"
CEL = LogFormat(
    fields=(
        "eventtype",
        "eventtime",
        "cid_num",
        "exten",
        "context",
        "channame",
        "appname",
        "appdata",
        "accountcode",
        "peeraccount",
        "uniqueid",
        "linkedid",
        "peer",
        "extra",
    ),
    columns={
        "event_at": "row_time",
        "event_type": "known_event(eventtype)",
        "uniqueid": "kept_uniqueid(uniqueid)",
        "linkedid": _LINKED,
        "context": "kept_name(context)",
        "exten": "kept_place(exten)",
        "exten_pseudonym": "dialled_pseudonym(exten)",
        "channel": "kept_channel(channame)",
        "peer_channel": "kept_peer(peer)",
        "app": "known_app(appname)",
        "app_queue": "case when appname = 'Queue' then kept_queue(appdata) end",
        "accountcode": "kept_name(accountcode)",
        "peeraccount": "kept_name(peeraccount)",
        "caller_pseudonym": "number_pseudonym(cid_num)",
        "bridge_id": "nullif(regexp_extract(extra, '\"bridge_id\":\"([0-9a-f-]{36})\"', 1), '')",
        "hangup_cause": "whole(nullif(quoted(extra, 'hangupcause'), ''))",
        "hangup_source": "kept_channel(nullif(quoted(extra, 'hangupsource'), ''))",
        "dial_status": f"known(nullif(quoted(extra, 'dialstatus'), ''), [{_among(_STATUSES)}])",
        "transfer_target": (
            "case when eventtype = 'BLINDTRANSFER' then kept_place(quoted(extra, 'extension')) end"
        ),
        "transfer_target_pseudonym": (
            "case when eventtype = 'BLINDTRANSFER' then number_pseudonym(dialled("
            "quoted(extra, 'extension'), getvariable('outbound_prefix'))) end"
        ),
        "transfer_target_channel": (
            "case when eventtype = 'ATTENDEDTRANSFER' then "
            "kept_channel(nullif(quoted(extra, 'transfer_target_channel_name'), '')) end"
        ),
        "transferee_uniqueid": "kept_uniqueid(nullif(quoted(extra, 'transferee_channel_uniqueid'), ''))",
    },
    row_time="instant(eventtime)",
    bad_when=(
        (_TOO_OLD, "eventtype in ('BRIDGE_START', 'BRIDGE_END', 'BRIDGE_UPDATE')"),
        ("implausible_time", f"row_time is null and is_elsewhen({_rare('eventtime')})"),
        ("bad_time", "row_time is null"),
        ("bad_id", _BAD_ID),
    ),
    header_when="lower(uniqueid) in ('uniqueid', 'unique_id')",
    recognise=layouts.recogniser(
        layouts.CEL_ORDERS, layouts.CEL_REFERENCE, ("eventtype", "eventtime", "uniqueid")
    ),
    stranger=stranger_to_csv,
    seconds_off=layouts.seconds_off,
    told={
        _TOO_OLD: "its bridges are written as Asterisk 11 and older wrote them (BRIDGE_START, BRIDGE_END): who talked to "
        "whom is not read from it, and those lines are set aside; calls are judged by queue_log and CDR, or write CEL "
        "with Asterisk 12 or newer"
    },
    columns_setting="[pbx.columns] cel",
    zone_setting="[pbx.time_zones] cel",
)


def log_formats(settings: PbxSettings, kind: str) -> list[tuple[str, LogFormat]]:
    """(pattern, format) for each writer of a kind of log; none for what is no log."""
    if kind == "queue_log":
        return [(settings.sources.queue_log, QUEUE_LOG)]
    by_source = {
        "cdr": (("cdr_custom", CDR_CUSTOM), ("cdr_classic", CDR_CLASSIC)),
        "cel": (("cel", CEL),),
    }
    return [
        (getattr(settings.sources, source), _at_site(log_format, settings, source))
        for source, log_format in by_source.get(kind, ())
    ]


def _at_site(log_format: LogFormat, settings: PbxSettings, source: str) -> LogFormat:
    columns: tuple[str, ...] = getattr(settings.columns, source)
    return replace(
        log_format,
        recognise=layouts.fixed(columns) if columns else log_format.recognise,
        time_zone=getattr(settings.time_zones, source) or settings.time_zone,
    )
