"""What the manager interface told of channels, as whoever listens writes it down and as it lands.

A line is `connection|sequence|microseconds since 1970|event|uniqueid|linkedid|other uniqueid|dial status`: ids as
`uniqueids.kept_uniqueid` leaves them, words of a closed list, and no number or name. The sequence counts the lines of one
connection from 1; a connection misses nothing between its first line and its last, whatever it is cut off by. Source:
Asterisk's own description of each event (`manager show event Hold`).
"""

from __future__ import annotations

from telephony_ingest.asterisk import uniqueids
from telephony_ingest.landing.log_format import Divided, LogFormat

PATTERN = "*.log"
"""The files of connections, in the folder of what was heard."""
EVENTS = {
    "Newchannel": "began",
    "Hangup": "ended",
    "BridgeEnter": "joined",
    "BridgeLeave": "left",
    "Hold": "held",
    "Unhold": "resumed",
    "DialBegin": "dial_began",
    "DialEnd": "dial_ended",
}
"""The events that are written down, and what they are called once they are."""
DIAL_STATUSES = [
    "ABORT",
    "ANSWER",
    "BUSY",
    "CANCEL",
    "CHANUNAVAIL",
    "CONGESTION",
    "CONTINUE",
    "FORWARD",
    "GOTO",
    "NOANSWER",
]
"""What an attempt to ring somebody ended in (`DialEnd`)."""

_FIRST = ("connection", "number", "microseconds", "event", "uniqueid", "linkedid", "other", "status")  # fmt: skip


def _listed(words: list[str]) -> str:
    return ", ".join(f"'{word}'" for word in words)


def _is_id(field: str) -> str:
    return f"regexp_full_match({field}, '{uniqueids.SHAPE}')"


MANAGER_EVENTS = LogFormat(
    fields=_FIRST,
    divided=Divided("|", _FIRST, (), "n"),
    columns={
        "event_at": "row_time",
        "connection": "connection",
        "sequence": "whole_long(number)",
        "event": "event",
        "uniqueid": "uniqueid",
        "linkedid": "linkedid",
        "other_uniqueid": "nullif(other, '')",
        "dial_status": "nullif(status, '')",
    },
    given={"told_at": "try_cast(microseconds as bigint)"},
    row_time="case when second_of(told_at // 1000000) is not null then make_timestamptz(told_at) end",
    bad_when=(
        ("wrong_field_count", f"n <> {len(_FIRST)}"),
        ("bad_number", "coalesce(whole_long(number), 0) < 1"),
        ("bad_time", "row_time is null"),
        (
            "bad_id",
            f"not ({_is_id('uniqueid')} and {_is_id('linkedid')} and (other = '' or {_is_id('other')}) "
            "and regexp_full_match(connection, '[0-9a-f]{32}'))",
        ),
        (
            "wrong_field_count",
            f"event not in ({_listed(list(EVENTS.values()))}) "
            f"or status not in ('', {_listed(DIAL_STATUSES)})",
        ),
    ),
)
"""Lines of a connection. One that holds anything else is set aside like that of any log: it came from nobody of ours."""
