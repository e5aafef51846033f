"""What the account that reads an exchange's tables could do besides: it should be able to read, and nothing else.

Asked of the engine's own catalogue, so that nothing need be tried. What a role holds MariaDB tells only whoever has taken it on: there a
role is itself told. Madoguchi attaches read-only whatever the
account may do; a password that could write is a danger of its own.
"""

from __future__ import annotations

import os
from pathlib import Path

from telephony_ingest.landing.scanners import DatabaseAddress, Engine, Tables

_ME = "concat('''', replace(current_user(), '@', '''@'''), '''')"
_READS = "'SELECT', 'USAGE', 'SHOW VIEW', 'SHOW DATABASES', 'PROCESS'"
_MARIADB = f"""
select distinct p from (
  select grantee, privilege_type as p, is_grantable as g from information_schema.user_privileges
  union all select grantee, privilege_type, is_grantable from information_schema.schema_privileges where database() like table_schema
  union all select grantee, privilege_type, is_grantable from information_schema.table_privileges where table_schema = database()
  union all select grantee, privilege_type, is_grantable from information_schema.column_privileges where table_schema = database()
) as granted
where grantee in ({_ME}, 'PUBLIC', '''PUBLIC''@''''') and p not in ({_READS})
union select 'ROLE' from information_schema.applicable_roles where role_name is not null and role_name <> 'PUBLIC'
"""
_POSTGRESQL = """
with mine as (select oid, rolsuper, rolcreaterole, rolcreatedb from pg_roles where pg_has_role(current_user, oid, 'member')),
held as (
  select c.oid from pg_class as c inner join pg_namespace as n on c.relnamespace = n.oid
  where c.relkind in ('r', 'p', 'v', 'f', 'm') and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname not like 'pg_toast%'
),
kinds as (select unnest(array['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) as p)
select p from kinds where exists (select from mine, held where has_table_privilege(mine.oid, held.oid, kinds.p))
union select 'SUPERUSER' from mine where rolsuper
union select 'CREATEROLE' from mine where rolcreaterole
union select 'CREATEDB' from mine where rolcreatedb
union select 'CREATE' from mine, pg_namespace as n
  where n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema' and has_schema_privilege(mine.oid, n.oid, 'CREATE')
union select 'UPDATE' from held, mine where has_any_column_privilege(mine.oid, held.oid, 'INSERT, UPDATE')
"""


def could_write(tables: Tables, address: DatabaseAddress) -> tuple[str, ...]:
    """The account's privileges beyond reading, in the engine's words, in order; of a SQLite file `WRITE` where this user may, of
    MariaDB `ROLE` where it could take one on.

    Raises:
        TableUnreadable: the database does not answer.
    """
    match tables.engine:
        case Engine.SQLITE:
            path = Path(address.database)
            return ("WRITE",) if os.access(path, os.W_OK) else ()
        case Engine.MARIADB:
            asked = _MARIADB
        case Engine.POSTGRESQL:
            asked = _POSTGRESQL
    found = tables.asked(asked, "cast(p as varchar) as p")["p"].to_pylist()
    return tuple(sorted(str(one) for one in found))
