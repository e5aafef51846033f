"""What Asterisk writes into its logs, as SQL from raw fields to landing columns.

One `LogFormat` per writer: its fields, its landing columns in order, which expression is the row's own
time and when a line is bad. Only what is listed here is ever kept: a field that is not named does not
land. Numbers become pseudonyms, trunk channels and dial strings are reduced, caller names and pressed
digits are left out. Sources: Asterisk 22 `cdr_csv`, `cdr_custom`, `cel_custom`, `app_queue`'s log verbs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

MACROS = """
create or replace temp macro code(x) as case
  when regexp_full_match(x, '[A-Za-z0-9_.*#/@-]{1,64}') and not regexp_matches(x, '[0-9]{5}') then x end;
create or replace temp macro uid(x) as case
  when regexp_full_match(x, '[0-9]{9,11}\\.[0-9]{1,9}') then x
  when regexp_full_match(x, '[A-Za-z0-9_]{1,20}-[0-9]{9,11}\\.[0-9]{1,9}')
    and not regexp_matches(split_part(x, '-', 1), '[0-9]{5}') then x end;
create or replace temp macro reduced_channel(x) as case
  when regexp_full_match(x, '[A-Za-z0-9]{1,16}/[A-Za-z_.@]{1,32}[0-9]{0,4}-[0-9a-f]{8}(;[12])?') then x
  when regexp_full_match(x, '[A-Za-z0-9]{1,16}/.*-[0-9a-f]{8}(;[12])?') then
    case when regexp_matches(regexp_extract(x, '/(.*)-[0-9a-f]{8}', 1), '[0-9]{5}|[^A-Za-z0-9_.@-]')
      then regexp_replace(x, '/.*-([0-9a-f]{8})', '/#-\\1') else x end
  else code(x) end;
create or replace temp macro place(x) as case
  when regexp_full_match(x, '[*]?[0-9#]{1,4}|[a-zA-Z]{1,8}') then x end;
create or replace temp macro dialled(x, prefix) as case
  when is_number(x) then case when prefix <> '' and starts_with(x, prefix) and not starts_with(x, '0')
    then substr(x, length(prefix) + 1) else x end end;
create or replace temp macro whole(x) as try_cast(x as integer);
create or replace temp macro local_instant(x) as timezone(getvariable('time_zone'), try_cast(x as timestamp));
create or replace temp macro quoted(extra, name) as
  regexp_extract(extra, '"' || name || '":"?([^",}]*)', 1);
"""
"""Reductions shared by the formats; `is_number` and the pseudonyms come from `Pseudonyms.install`."""


@dataclass(frozen=True, slots=True)
class LogFormat:
    """How one writer's lines become landing rows. Expressions are DuckDB SQL over the raw fields.

    `row_key` tells when a row was delivered twice: the record's own identity where its writer gives
    one, else the keyed digest of the line. `columns` may take as given what `bad_when` demands, and
    `row_time` as computed.
    """

    fields: tuple[str, ...] | None
    columns: Mapping[str, str]
    row_time: str
    bad_when: tuple[tuple[str, str], ...]
    row_key: str = "line_key(line)"
    prepared: str = "lines"


_ENOUGH = {
    "ENTERQUEUE": 7,
    "CONNECT": 8,
    "COMPLETEAGENT": 8,
    "COMPLETECALLER": 8,
    "ABANDON": 8,
    "EXITWITHKEY": 8,
    "EXITWITHTIMEOUT": 8,
    "EXITEMPTY": 8,
    "RINGNOANSWER": 6,
    "RINGCANCELED": 6,
    "BLINDTRANSFER": 9,
    "ATTENDEDTRANSFER": 9,
}
"""Fields that a line of a known verb has at least, the five common ones included."""

QUEUE_LOG = LogFormat(
    fields=None,
    prepared=(
        "(select *, f[5] as verb, len(f) as n, f[6:] as d from "
        "(select *, string_split(rtrim(line, chr(10)), '|') as f from lines))"
    ),
    columns={
        "event_at": "row_time",
        "call_uniqueid": "uid(f[2])",
        "origin": "case when uid(f[2]) is not null then 'call' when f[2] = 'MANAGER' then 'manager' "
        "else 'none' end",
        "queue": "nullif(code(f[3]), 'NONE')",
        "agent": "nullif(code(f[4]), 'NONE')",
        "verb": "code(verb)",
        "caller_pseudonym": "case when verb = 'ENTERQUEUE' then number_pseudonym(d[2]) end",
        "wait_seconds": (
            "case when verb in ('CONNECT', 'COMPLETEAGENT', 'COMPLETECALLER') then whole(d[1]) "
            "when verb in ('ABANDON', 'EXITWITHTIMEOUT', 'EXITEMPTY') then whole(d[3]) "
            "when verb = 'EXITWITHKEY' then whole(d[4]) "
            "when verb in ('BLINDTRANSFER', 'ATTENDEDTRANSFER') then whole(d[-3]) end"
        ),
        "talk_seconds": (
            "case when verb in ('COMPLETEAGENT', 'COMPLETECALLER') then whole(d[2]) "
            "when verb in ('BLINDTRANSFER', 'ATTENDEDTRANSFER') then whole(d[-2]) end"
        ),
        "position": (
            "case when verb = 'ENTERQUEUE' then whole(d[3]) "
            "when verb in ('ABANDON', 'EXITWITHTIMEOUT', 'EXITEMPTY') then whole(d[1]) "
            "when verb = 'EXITWITHKEY' then whole(d[2]) end"
        ),
        "entry_position": (
            "case when verb in ('COMPLETEAGENT', 'COMPLETECALLER', 'EXITWITHKEY') then whole(d[3]) "
            "when verb in ('ABANDON', 'EXITWITHTIMEOUT', 'EXITEMPTY') then whole(d[2]) "
            "when verb in ('BLINDTRANSFER', 'ATTENDEDTRANSFER') then whole(d[-1]) end"
        ),
        "ring_ms": (
            "case when verb in ('RINGNOANSWER', 'RINGCANCELED') then whole(d[1]) "
            "when verb = 'CONNECT' then whole(d[3]) * 1000 end"
        ),
        "operator_uniqueid": "case when verb = 'CONNECT' then uid(d[2]) end",
        "exit_key": "case when verb = 'EXITWITHKEY' then code(d[1]) end",
        "transfer_target": "case when verb = 'BLINDTRANSFER' then place(d[1]) end",
        "transfer_target_pseudonym": (
            "case when verb = 'BLINDTRANSFER' then "
            "number_pseudonym(dialled(d[1], getvariable('outbound_prefix'))) end"
        ),
        "transfer_method": (
            "case verb when 'BLINDTRANSFER' then 'BLIND' when 'ATTENDEDTRANSFER' then code(d[1]) end"
        ),
        "bridge_id": (
            "case when verb = 'ATTENDEDTRANSFER' and regexp_full_match(d[2], '[0-9a-f-]{36}') "
            "then d[2] end"
        ),
        "pause_reason": (
            "case when verb in ('PAUSE', 'PAUSEALL', 'UNPAUSE', 'UNPAUSEALL') then code(d[1]) end"
        ),
    },
    row_time="to_timestamp(try_cast(f[1] as bigint))",
    bad_when=(
        (
            "wrong_field_count",
            "n < 5 or n < case verb "
            + " ".join(f"when '{verb}' then {n}" for verb, n in _ENOUGH.items())
            + " else 0 end",
        ),
        ("bad_time", "try_cast(f[1] as bigint) is null or try_cast(f[1] as bigint) > 9999999999"),
    ),
)

_CDR_COLUMNS = {
    "start_at": "local_instant(start)",
    "answer_at": "local_instant(nullif(answer, ''))",
    "end_at": "row_time",
    "caller_pseudonym": "number_pseudonym(src)",
    "src_extension": "place(src)",
    "dst": "place(dst)",
    "dst_pseudonym": "number_pseudonym(dialled(dst, getvariable('outbound_prefix')))",
    "dcontext": "code(dcontext)",
    "channel": "reduced_channel(channel)",
    "dstchannel": "reduced_channel(dstchannel)",
    "last_app": "code(lastapp)",
    "app_queue": "case when lastapp = 'Queue' then code(split_part(lastdata, ',', 1)) end",
    "hangup_cause": "case when lastapp = 'Hangup' then whole(lastdata) end",
    "duration_seconds": "try_cast(duration as double)",
    "billsec_seconds": "try_cast(billsec as double)",
    "disposition": (
        "case when disposition in ('ANSWERED', 'NO ANSWER', 'BUSY', 'FAILED', 'CONGESTION') "
        "then disposition end"
    ),
    "accountcode": "code(accountcode)",
    "peeraccount": "code(peeraccount)",
    "uniqueid": "uniqueid",
    "linkedid": "linkedid",
    "sequence": "try_cast(sequence as bigint)",
    "userfield": "code(userfield)",
}
_CDR_KEY = "uniqueid || '/' || sequence || '/{writer}'"
"""(unique id, sequence) is unique per record; both CSV writers write each record once."""
_CDR_BAD = (
    ("bad_time", 'try_cast(start as timestamp) is null or try_cast("end" as timestamp) is null'),
    ("bad_id", "uid(uniqueid) is null or uid(linkedid) is null"),
    ("bad_number", "try_cast(duration as double) is null or try_cast(sequence as bigint) is null"),
)

CDR_CUSTOM = LogFormat(
    fields=(
        "start",
        "answer",
        "end",
        "clid",
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
        "did",
    ),
    columns={"writer": "'custom'", **_CDR_COLUMNS},
    row_time='local_instant("end")',
    bad_when=_CDR_BAD,
    row_key=_CDR_KEY.format(writer="custom"),
)

CDR_CLASSIC = LogFormat(
    fields=(
        "accountcode",
        "src",
        "dst",
        "dcontext",
        "clid",
        "channel",
        "dstchannel",
        "lastapp",
        "lastdata",
        "start",
        "answer",
        "end",
        "duration",
        "billsec",
        "disposition",
        "amaflags",
        "uniqueid",
        "userfield",
        "peeraccount",
        "linkedid",
        "sequence",
    ),
    columns={"writer": "'classic'", **_CDR_COLUMNS},
    row_time='local_instant("end")',
    bad_when=_CDR_BAD,
    row_key=_CDR_KEY.format(writer="classic"),
)

CEL = LogFormat(
    fields=(
        "eventtype",
        "eventtime",
        "cid_name",
        "cid_num",
        "cid_ani",
        "cid_rdnis",
        "cid_dnid",
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
        "userfield",
        "userdeftype",
        "extra",
    ),
    columns={
        "event_at": "row_time",
        "event_type": "code(eventtype)",
        "uniqueid": "uniqueid",
        "linkedid": "linkedid",
        "context": "code(context)",
        "exten": "place(exten)",
        "exten_pseudonym": "number_pseudonym(dialled(exten, getvariable('outbound_prefix')))",
        "channel": "reduced_channel(channame)",
        "peer_channel": "reduced_channel(split_part(peer, ',', 1))",
        "app": "code(appname)",
        "app_queue": "case when appname = 'Queue' then code(split_part(appdata, ',', 1)) end",
        "accountcode": "code(accountcode)",
        "peeraccount": "code(peeraccount)",
        "caller_pseudonym": "number_pseudonym(cid_num)",
        "bridge_id": "nullif(regexp_extract(extra, '\"bridge_id\":\"([0-9a-f-]{36})\"', 1), '')",
        "hangup_cause": "whole(nullif(quoted(extra, 'hangupcause'), ''))",
        "hangup_source": "reduced_channel(nullif(quoted(extra, 'hangupsource'), ''))",
        "dial_status": "code(nullif(quoted(extra, 'dialstatus'), ''))",
        "transfer_target": (
            "case when eventtype = 'BLINDTRANSFER' then place(quoted(extra, 'extension')) end"
        ),
        "transfer_target_pseudonym": (
            "case when eventtype = 'BLINDTRANSFER' then number_pseudonym(dialled("
            "quoted(extra, 'extension'), getvariable('outbound_prefix'))) end"
        ),
        "transfer_target_channel": (
            "case when eventtype = 'ATTENDEDTRANSFER' then "
            "reduced_channel(nullif(quoted(extra, 'transfer_target_channel_name'), '')) end"
        ),
        "transferee_uniqueid": "uid(nullif(quoted(extra, 'transferee_channel_uniqueid'), ''))",
    },
    row_time="local_instant(eventtime)",
    bad_when=(
        ("bad_time", "try_cast(eventtime as timestamp) is null"),
        ("bad_id", "uid(uniqueid) is null or uid(linkedid) is null"),
    ),
)
