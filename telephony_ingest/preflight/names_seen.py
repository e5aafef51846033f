"""Which contexts, queues, agents and lines an exchange's rows name, and what the evidence says of each.

Names are read as they landed: harmless ones as themselves, all others as their keyed codes. A code says
where it was first seen, so that whoever may look into the exchange's files finds the name there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_CODE = re.compile(r"(?:^|[/@])k[0-9a-f]{16}(?:$|[/@])")
_BARE = re.compile(r"[A-Za-z0-9]+/")


class NameRole(StrEnum):
    """What kind of thing a name is."""

    CONTEXT = "context"
    QUEUE = "queue"
    AGENT = "agent"
    LINE = "line"


class Evidence(StrEnum):
    """What the rows show of a name."""

    LEADS_TO_QUEUE = "leads_to_queue"
    """A context in which the application Queue ran; `target` is the queue."""
    RINGS_PHONES = "rings_phones"
    """A context in which calls from outside that no queue took were dialled to colleagues' phones, or to several at once."""
    CALLS_BEGIN = "calls_begin"
    """A context in which calls from outside began, or a line on which a call began."""
    COLLEAGUES_CALL = "colleagues_call"
    """A context in which calls of configured colleagues began."""
    CALLS_END = "calls_end"
    """A context in which a call from outside was when it ended."""
    PASSED = "passed"
    """A context that calls passed on their way."""
    ANSWERS = "answers"
    """An agent that took part in a queue, or a line that was rung."""


@dataclass(frozen=True, slots=True)
class SeenName:
    """A name that the rows hold, and in how many calls (for agents: lines). `place` is `file:line`."""

    role: NameRole
    name: str
    evidence: Evidence
    count: int
    place: str
    target: str | None = None

    @property
    def is_code(self) -> bool:
        """Whether the name landed as its keyed code, because it could be somebody's; of a line whose code
        differs from call to call only the technology is left."""
        return _CODE.search(self.name) is not None or _BARE.fullmatch(self.name) is not None


@dataclass(frozen=True, slots=True)
class Known:
    """What the settings name already, in the form in which it lands."""

    contexts: Sequence[str]
    queues: Sequence[str]
    endpoints: Sequence[str]
    """Agents and phones without their technology: `op1`, `101`, a member's name."""
    trunks: Sequence[str]
    """Beginnings of channel names."""


def unknown_names(landing: Path, known: Known) -> tuple[SeenName, ...]:
    """Every name in the landed rows that the settings do not have, the most frequent first by role."""
    import duckdb

    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        for name in ("queue_log", "cdr", "cel"):
            connection.execute(
                f"create view {name} as select * from "
                f"read_parquet('{landing / name}/*.parquet', union_by_name = true)"
            )
        for table, values in (
            ("known_contexts", known.contexts),
            ("known_queues", known.queues),
            ("known_endpoints", known.endpoints),
            ("known_trunks", known.trunks),
        ):
            connection.execute(f"create table {table} (name varchar)")
            if values:
                connection.executemany(f"insert into {table} values (?)", [(v,) for v in values])
        connection.execute(_VIEWS)
        found = [
            SeenName(NameRole(role), name, Evidence(evidence), count, place, target)
            for role, query in _QUESTIONS.items()
            for name, evidence, count, place, target in _ask(connection, query)
        ]
    return tuple(found)


def _ask(connection: DuckDBPyConnection, query: str) -> list[tuple[str, str, int, str, str | None]]:
    return connection.execute(query).fetchall()


_ENDPOINT = "regexp_extract({0}, '^[A-Za-z0-9]+/(.*)-[0-9a-f]{{1,8}}(;[12])?$', 1)"
_LINE = (
    "regexp_replace(regexp_extract({0}, '^(.*)-[0-9a-f]{{1,8}}(;[12])?$', 1), "
    "'/k[0-9a-f]{{16}}.*$', '/')"
)
"""A channel's name up to its number; a piece that landed as a code differs from call to call."""

_VIEWS = f"""
create view visits as
  select event_at as seen_at, linkedid, uniqueid, channel, context, event_type = 'CHAN_START' as begins,
    case when app = 'Queue' and event_type = 'APP_START' and uniqueid = linkedid then app_queue end as queue,
    source_name, line_no from cel
  union all
  select start_at, linkedid, uniqueid, channel, dcontext, false,
    case when last_app = 'Queue' and uniqueid = linkedid then app_queue end, source_name, line_no from cdr;
create view channels as
  select linkedid, uniqueid, channel, source_name, line_no from visits where channel is not null
  union all
  select linkedid, null, dstchannel, source_name, line_no from cdr where dstchannel is not null;
create view lines as
  select *, {_ENDPOINT.format("channel")} as endpoint, {_LINE.format("channel")} as line from channels;
create view ours as
  select distinct linkedid from lines
  where uniqueid = linkedid and endpoint in (select name from known_endpoints);
create view rung as
  select linkedid from lines
  where uniqueid is distinct from linkedid and endpoint <> ''
    and not exists (select 1 from known_trunks where starts_with(channel, known_trunks.name))
  group by linkedid
  having count(distinct endpoint) > 1 or bool_or(endpoint in (select name from known_endpoints));
create view groups as
  select distinct dials.context from (
    select linkedid, context from cel where event_type = 'APP_START' and app = 'Dial' and uniqueid = linkedid
    union all
    select linkedid, dcontext from cdr where last_app = 'Dial' and uniqueid = linkedid
  ) as dials
  where dials.linkedid in (select linkedid from rung)
    and dials.linkedid not in (select linkedid from ours)
    and dials.linkedid not in (select linkedid from visits where queue is not null);
create view ends as
  select linkedid, arg_max(context, seen_at) as context from visits
  where uniqueid = linkedid and linkedid not in (select linkedid from ours) group by linkedid;
"""

_FIRST = "arg_min(source_name || ':' || line_no, seen_at)"

_QUESTIONS: Mapping[str, str] = {
    "context": f"""
        with seen as (
            select context as name, count(distinct linkedid) as calls, {_FIRST} as place,
                mode(queue) filter (queue is not null) as queue,
                bool_or(begins and uniqueid = linkedid
                    and linkedid not in (select linkedid from ours)) as is_entry,
                bool_or(begins and uniqueid = linkedid
                    and linkedid in (select linkedid from ours)) as is_internal
            from visits
            where context is not null and context not in (select name from known_contexts)
            group by context
        )
        select name, case when is_internal then 'colleagues_call'
            when queue is not null then 'leads_to_queue' when is_entry then 'calls_begin'
            when name in (select context from groups) then 'rings_phones'
            when name in (select context from ends) then 'calls_end' else 'passed' end,
            calls, place, queue
        from seen order by calls desc, name
    """,
    "queue": """
        with seen as (
            select queue as name, call_uniqueid as call, event_at as seen_at, source_name, line_no
            from queue_log where queue is not null
            union all
            select app_queue, linkedid, event_at, source_name, line_no from cel
            where app_queue is not null and app = 'Queue'
        )
        select name, 'answers', count(distinct call), arg_min(source_name || ':' || line_no, seen_at), null
        from seen where name not in (select name from known_queues) group by name order by 3 desc, name
    """,
    "agent": """
        select agent, 'answers', count(*), arg_min(source_name || ':' || line_no, event_at), null
        from queue_log
        where agent is not null
            and regexp_replace(agent, '^[A-Za-z0-9]+/', '') not in (select name from known_endpoints)
        group by agent order by 3 desc, agent
    """,
    "line": """
        select line, case when bool_or(uniqueid = linkedid) then 'calls_begin' else 'answers' end,
            count(distinct linkedid), min_by(source_name || ':' || line_no, line_no), null
        from lines
        where line <> '' and not starts_with(line, 'Local/')
            and endpoint not in (select name from known_endpoints)
            and not exists (select 1 from known_trunks where starts_with(channel, known_trunks.name))
        group by line order by 3 desc, line
    """,
}
