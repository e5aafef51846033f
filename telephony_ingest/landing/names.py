"""Names that a person chose pass pseudonymisation as they are only where their shape holds neither number nor name.

A queue, an agent, a trunk, a context or a pause reason can be a telephone number or somebody's name, and
no pattern of "digits in a row" tells. So the test is an allow-list: words of the trade (`WORDS`) with a
few digits, joined by `-`, `_` or `.`. Everything else lands as its *keyed code*, `k` and 16 hex digits of
an HMAC-SHA-256 over the raw value (RFC 2104). A code identifies as well as the name does: equal names have
equal codes, and whoever knows a name (`contract.toml`) can make its code, at any later time.

In bulk, DuckDB passes what is harmless by one regular expression; a property test holds that to be the
same as asking each value.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb

CODE_DIGITS = 16
MOST_DIGITS = 5
"""Extensions have up to five digits; six and more could be somebody's number."""

WORDS = frozenset(
    """
    a abandon acd acw additional admin after afterhours agent agents agt all ami announce announcement
    app apps ast audio auth auto away back bad basic blackhole blacklist blind block boss branch break bri
    brk bt bureau busy c call callback callcenter callcentre caller calls camp cancel carrier cause cc cdr
    cel center centre ch channel city class closed closing cluster cnam code coffee conf confirm conference
    congestion context contract core country csv cti ctx custom customer d dahdi data day default delivery
    demo desk dev device devices dial dialed dialled dialout dialplan did dids dinner direct directory disa
    dnd down dpma dundi e emergency en end entry err error event exit ext extended extension extensions
    extern external exten extra f fail failed failover fax feature featurecode features feedback final
    fixed follow followme force free freeday from full fwd fxo fxs g gateway general global gosub goto
    greeting group groups grp gw h handler hang hangup hangupcall help hint hold holiday home hotline
    hour hours i iax idle ims in inbound incoming info inform information inquiries inquiry int intern
    internal intl invalid ip isdn ivr ja joinempty joinfull joinunavail jp k kddi keiro l late leave leaveempty leaveunavail legacy line lines local lobby log
    login logoff logout low lunch m macro mail mailbox main manager master maternity meal
    meeting member members menu message messages mg middle mini misc mobile mode moh monitor morning
    msg music my n national new next night no noanswer noc none normal note notice noon nt ntt nul null
    number o off office old on one op open opening opened operator operators opinion opinions opr opt option
    options orig out outbound outgoing outrt outside over overflow overtime p pabx parked parkedcalls
    parking party pause paused pbx pending phone phones pickup pin pjsip play playback pool port pots pre
    pri prio priority private prompt provider proxy pstn public q qa queue queues queuelog r random rec
    reception record recorded recording recordings register remote reply report reserve reserved rest
    restroom result return ring ringgroup ringgroups room rooms root route routes routing rt s sales sangoma
    sched schedule search sec second secure server service services session set setup shift shop short
     simple simulated sip site sla softbank soft spare special speed srv staff standard start station status
    std stdexten stop sub subscriber supervisor support survey sv sw switch switchboard sys system t table tc
    team tech tel tele telephone temp template test tests time timeconditions timecondition timeout timer
    to toilet toll tone tool trainee training transfer trk trunk trunks u unavailable unit up user users v
    vacation vector verify vip virtual vm vmail vmx voice voicemail voip w wait waiting wan wcb web week
    weekend welcome work wrap wrapup x xfer y yes z zap zone
""".split()  # noqa: SIM905 - a page of words reads better than a page of quotes
)
"""Words of the trade; those that are common family or given names too are left out (hikari, park)."""

_WORD = "|".join(sorted(WORDS, key=lambda word: (-len(word), word)))
_PIECE = rf"(?:(?:{_WORD})[0-9]{{0,{MOST_DIGITS}}}|[0-9]{{1,{MOST_DIGITS}}})"
HARMLESS = rf"(?i)[*#]?{_PIECE}(?:[-_.]{_PIECE})*|[*#][*#0-9]{{0,{MOST_DIGITS}}}"
_TECH = (
    "PJSIP|SIP|IAX2|DAHDI|Zap|Local|Agent|SCCP|Skinny|MGCP|H323|OOH323|Khomp|Dongle|Quectel|Motif|"
    "Console|ConsoleMulti|Custom|Phone|Unistim|USTM|mISDN|CAPI|Lantiq|Alsa|Multicast|"
    "UnicastRTP|WebSocket|AudioSocket|Recorder|Announcer|CBAnn|CBRec|Surrogate|AsyncGoto|Message|"
    "Parked|Transfered|Bridge|Chan|SnoopChan|Snoop|Follow|OutgoingSpoolFailed|Rtp|Vpb|Tds|NBS|JINGLE|gtalk"
)
_CHANNEL = rf"(?s)({_TECH})/(.*)-([0-9a-f]{{1,8}}(?:;[12])?)(?:<[A-Z]+>)?"
_PLAIN_CHANNEL = rf"(?:{_TECH})/(?i:{_PIECE}(?:[-_.@/]{_PIECE})*)-[0-9a-f]{{1,8}}(?:;[12])?"
_FEW_DIGITS = rf"[A-Za-z0-9]+/[^0-9]*(?:[0-9][^0-9]*){{0,{MOST_DIGITS}}}-[0-9a-f]{{1,8}}(?:;[12])?"
_SPELLING = rf"(?s)({_TECH})/(.+)"
_LOCAL_OPTIONS = r"/[nbjm]{1,4}$"

_harmless = re.compile(HARMLESS)
_channel = re.compile(_CHANNEL)
_spelling = re.compile(_SPELLING)


class Names:
    """The reductions in Python, under the key that makes codes."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def code(self, text: str) -> str:
        """The keyed code of a raw value."""
        digest = hmac.new(self._key, text.encode("utf-8", "surrogatepass"), hashlib.sha256)
        return "k" + digest.hexdigest()[:CODE_DIGITS]

    def name(self, text: str) -> str | None:
        """A chosen name as it lands: itself, its code, or null where there is none."""
        text = text.strip(" \t")
        if not text:
            return None
        return text if is_harmless(text) else self.code(text)

    def endpoint(self, text: str) -> str:
        """What stands between technology and number of a channel's name, piece by piece, so that a
        prefix of its pieces stays a prefix."""
        return _joined(text, "/", lambda part: _joined(part, "@", self._segment))

    def spelling(self, text: str) -> str | None:
        """An agent as it lands: a member's name, or a technology and an endpoint."""
        text = text.strip(" \t")
        if found := _spelling.fullmatch(text):
            return f"{found[1]}/{self.endpoint(re.sub(_LOCAL_OPTIONS, '', found[2]))}"
        return self.name(text)

    def channel(self, text: str) -> str | None:
        """A channel's name as it lands; its number at the end is kept."""
        if found := _channel.fullmatch(text.strip(" \t")):
            return f"{found[1]}/{self.endpoint(found[2])}-{found[3]}"
        return self.spelling(text)

    def prefixes(self, text: str) -> tuple[str, ...]:
        """What channel names land as that begin with a prefix of the settings: as it stands where it
        breaks off within a word of the trade, else piece by piece."""
        tech, slash, rest = text.partition("/")
        if not slash or not rest or not re.fullmatch(_TECH, tech):
            return (text,) if re.fullmatch(rf"(?:{_TECH})/?", text) else ()
        head, last = re.fullmatch(r"(?s)(.*?)([^-_/@]*)", rest).groups()  # type: ignore[union-attr]
        found = {f"{tech}/{self.endpoint(rest)}"}
        if self.endpoint(head) == head and any(w.startswith(last.lower()) for w in WORDS):
            found.add(text)
        return tuple(sorted(found))

    def _segment(self, text: str) -> str:
        if not text or is_harmless(text):
            return text
        if sum(letter in "0123456789" for letter in text) > MOST_DIGITS:
            return self.code(text)
        return _joined(text, "-", lambda part: _joined(part, "_", self._piece))

    def _piece(self, text: str) -> str:
        return text if not text or is_harmless(text) else self.code(text)


def is_harmless(text: str) -> bool:
    """Whether the shape of a chosen name can hold neither a number nor a person's name."""
    return (
        _harmless.fullmatch(text) is not None
        and sum(letter in "0123456789" for letter in text) <= MOST_DIGITS
    )


def _joined(text: str, separator: str, each: Callable[[str], str]) -> str:
    return separator.join(each(part) for part in text.split(separator))


_MACROS = f"""
create or replace temp macro is_harmless(x) as regexp_full_match(x, '{HARMLESS}')
  and strlen(x) - strlen(translate(x, '0123456789', '')) <= {MOST_DIGITS};
create or replace temp macro kept_name(x) as
  case when x = '' then null when is_harmless(x) then x else coded_name(x) end;
create or replace temp macro kept_spelling(x) as
  case when x = '' then null when is_harmless(x) then x else coded_spelling(x) end;
create or replace temp macro kept_channel(x) as case
  when x = '' then null
  when regexp_full_match(x, '{_PLAIN_CHANNEL}') and regexp_full_match(x, '{_FEW_DIGITS}') then x
  else coded_channel(x) end;
"""


def install(connection: duckdb.DuckDBPyConnection, names: Names) -> None:
    """Define `name_code`, `kept_name`, `kept_spelling` and `kept_channel` in a DuckDB session.

    What is harmless is passed by a regular expression within the query; only the rest comes to Python,
    each value once.
    """
    from duckdb.sqltypes import VARCHAR

    for name, reduce in (
        ("name_code", names.code),
        ("coded_name", names.name),
        ("coded_spelling", names.spelling),
        ("coded_channel", names.channel),
    ):
        connection.create_function(
            name, _each(reduce), [VARCHAR], VARCHAR, type="arrow", null_handling="special"
        )  # type: ignore[call-overload]
    connection.execute(_MACROS)


def _each(reduce: Callable[[str], str | None]) -> Callable[[Any], Any]:
    cached = lru_cache(maxsize=1 << 16)(reduce)

    def over(values: Any) -> Any:  # DuckDB reads these annotations
        import pyarrow as pa

        return pa.array([None if v is None else cached(v) for v in values.to_pylist()], pa.string())

    return over
