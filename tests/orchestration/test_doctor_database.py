"""`madoguchi doctor --database`: what an exchange's database holds, what to write, and nothing that could be somebody's."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from orchestration.command.doctor_database import AddressRefused, address_of, block_of
from telephony_ingest.asterisk.settings import PbxDatabase
from telephony_ingest.landing.scanners import Access, Engine, attached
from telephony_ingest.preflight.account_rights import could_write
from telephony_ingest.preflight.tables_seen import reduced
from tests.conftest import SAMPLES
from tests.homes import ROOT, HomeOnTrial
from tests.telephony_ingest.exchange_databases import ExchangeDatabase, exchange_database
from tests.telephony_ingest.tables import CDR, fill_sqlite, rows_of

AS_OF = "2023-12-25T18:00+09:00"
PASSWORD = "kept-nowhere-else-7"


def doctor(
    folder: Path, url: str, *words: str, pbx: Path | None = None, password: str = ""
) -> subprocess.CompletedProcess[str]:
    home = HomeOnTrial(folder, pbx or SAMPLES / "pbx")
    if password:
        secret = folder / "home-keys" / "pbx-database"
        secret.parent.mkdir(mode=0o700, exist_ok=True)
        secret.touch(mode=0o600)
        secret.write_text(password + "\n", encoding="utf-8")
    told = ("doctor", "--database", url, "--pbx", str(home.pbx), "--as-of", AS_OF, *words)
    done = subprocess.run(
        home.command(*told),
        cwd=ROOT,
        env={**home.environment(), "TMPDIR": str(folder), "MADOGUCHI_HOME": str(home.path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert not home.path.exists(), "the home is not touched"
    assert not list(folder.glob("madoguchi-doctor-*")), "nothing is left behind"
    return done


def url_of(database: ExchangeDatabase, user: str = "") -> str:
    if database.engine is Engine.SQLITE:
        return f"sqlite:{database.name}"
    return f"{database.engine}://{user or database.settings['user']}@127.0.0.1/{database.name}"


@pytest.fixture(params=list(Engine))
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ExchangeDatabase]:
    for made in exchange_database(request.param, tmp_path):
        for kind in ("cdr", "cel", "queue_log"):
            made.insert(kind, rows_of(kind))
        yield made


@contextmanager
def reader(database: ExchangeDatabase) -> Iterator[str]:
    """An account as docs/pbx.md has it, dropped afterwards."""
    name = database.name.replace("madoguchi_pbx", "reader")
    maria = database.engine is Engine.MARIADB
    who = f"'{name}'@'127.0.0.1'" if maria else name
    database.does(
        f"create user {who} identified by '{PASSWORD}'"
        if maria
        else f"create role {name} login password '{PASSWORD}'"
    )
    try:
        for kind in ("cdr", "cel", "queue_log"):
            database.does(f"grant select on {database.name + '.' if maria else ''}{kind} to {who}")
        yield name
    finally:
        if not maria:
            database.does(f"drop owned by {name}")
        database.does(f"drop user {who}" if maria else f"drop role {name}")


def test_the_block_it_prints_is_the_one_that_the_product_reads(
    database: ExchangeDatabase, tmp_path: Path
) -> None:
    seen = json.loads(doctor(tmp_path, url_of(database), "--json").stdout)
    written = PbxDatabase.model_validate(tomllib.loads(seen["block"])["pbx"]["database"])
    assert written == PbxDatabase.model_validate(database.settings)
    assert [(one["kind"], one["number"]) for one in seen["tables"]] == [
        ("cdr", ""), ("cel", "id"), ("queue_log", "id"),
    ]  # fmt: skip
    assert seen["tables"][0]["columns"]["start"] == "calldate"
    assert [(one["only_logs"], one["only_table"]) for one in seen["agreement"]] == [(0, 0)] * 3
    assert seen["rows"] == {kind: len(set(rows_of(kind))) for kind in ("cdr", "cel", "queue_log")}


@pytest.mark.parametrize("words", [("--json",), ()])
def test_no_number_name_or_time_of_a_row_is_printed(tmp_path: Path, words: tuple[str, ...]) -> None:
    rows = {kind: rows_of(kind)[:30] for kind in ("cdr", "cel", "queue_log")}
    named = dict(zip(CDR, rows["cdr"][0], strict=True))
    named |= {
        "clid": '"山田花子" <09011112222>',
        "src": "０９０１１１１２２２２",
        "userfield": "Yamada",
    }
    rows["cdr"][0] = tuple(named[name] for name in CDR)
    fill_sqlite(tmp_path / "asterisk.db", rows)
    done = doctor(tmp_path, f"sqlite:{tmp_path / 'asterisk.db'}", *words)
    for told in ("山田", "Yamada", "9011112222", "９０１１"):
        assert told not in done.stdout + done.stderr
    assert not re.search(
        r"0[0-9]{5,}|[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{9,}", done.stdout + done.stderr
    )
    assert "11 digits" in done.stdout


def test_every_value_of_the_recorded_rows_is_reduced_to_what_it_is_made_of() -> None:
    allowed = re.compile(
        r"blank|a unique id|a time, .*|(\+ and )?[0-9]+ digits|[0-9]+ characters: [a-z, ]+|[A-Z_ ]+"
    )
    for row in rows_of("cdr"):
        for name, value in zip(CDR, row, strict=True):
            shown = reduced(name, value)
            assert allowed.fullmatch(shown)
            if name != "disposition":
                assert not shown.isupper()


@pytest.mark.slow
@pytest.mark.parametrize("database", [Engine.MARIADB, Engine.POSTGRESQL], indirect=True)
def test_an_account_that_could_write_needs_a_hand_and_one_that_reads_does_not(
    database: ExchangeDatabase, tmp_path: Path
) -> None:
    if database.engine is Engine.POSTGRESQL:
        database.does("revoke create on schema public from public")
    powerful = json.loads(doctor(tmp_path, url_of(database), "--json").stdout)
    assert powerful["needs_a_hand"]
    assert "DELETE" in powerful["could_write"]
    with reader(database) as name:
        url = url_of(database, name)
        done = doctor(tmp_path, url, "--json", password=PASSWORD)
        seen = json.loads(done.stdout)
        assert (seen["could_write"], seen["needs_a_hand"], done.returncode) == ([], False, 0), seen
        assert PASSWORD not in done.stdout + done.stderr
        if database.engine is Engine.POSTGRESQL:
            return  # on a machine of developers it lets in whoever comes from there, whatever the password
        wrong = doctor(tmp_path, url, "--json", password="no-" + PASSWORD)
        assert json.loads(wrong.stdout)["tables"] == []
        assert PASSWORD not in wrong.stdout + wrong.stderr


@pytest.mark.parametrize("database", [Engine.MARIADB, Engine.POSTGRESQL], indirect=True)
@pytest.mark.parametrize("way", ["a table", "a column", "a role"])
def test_a_right_to_write_is_found_however_it_was_given(
    database: ExchangeDatabase, tmp_path: Path, way: str
) -> None:
    maria = database.engine is Engine.MARIADB
    if not maria:
        database.does("revoke create on schema public from public")
    table = f"{database.name}.cdr" if maria else "cdr"
    with reader(database) as name:
        who, role = (f"'{name}'@'127.0.0.1'" if maria else name), f"{name}_r"
        if way == "a role":
            database.does(f"create role {role}")
            database.does(f"grant update on {table} to {role}")
            database.does(f"grant {role} to {who}")
        else:
            what = "update (clid)" if way == "a column" else "update"
            database.does(f"grant {what} on {table} to {who}")
        settings = PbxDatabase.model_validate({**database.settings, "user": name})
        address = settings.address(tmp_path)
        with attached(address, Access(PASSWORD)) as opened:
            found = "ROLE" if maria and way == "a role" else "UPDATE"
            assert could_write(opened, address) == (found,)
        if way == "a role":
            if not maria:
                database.does(f"drop owned by {role}")
            database.does(f"drop role {role}")


def test_a_table_that_lacks_what_the_log_has_is_told(tmp_path: Path) -> None:
    rows = {kind: rows_of(kind) for kind in ("cdr", "cel", "queue_log")}
    rows["queue_log"] = [*rows["queue_log"][:50], *rows["queue_log"][53:]]
    fill_sqlite(tmp_path / "asterisk.db", rows)
    done = doctor(tmp_path, f"sqlite:{tmp_path / 'asterisk.db'}", "--json")
    seen = json.loads(done.stdout)
    (queue_log,) = [one for one in seen["agreement"] if one["kind"] == "queue_log"]
    assert (queue_log["only_logs"] > 0, queue_log["only_table"]) == (True, 0)
    assert done.returncode == 3


def test_a_table_that_is_named_after_somebody_is_taken_in_and_not_named(tmp_path: Path) -> None:
    fill_sqlite(tmp_path / "asterisk.db", {"cdr": rows_of("cdr")[:9], "cel": [], "queue_log": []})
    with sqlite3.connect(tmp_path / "asterisk.db") as connection:
        connection.execute("alter table cdr rename to cdr_of_hanako")
    connection.close()
    done = doctor(tmp_path, f"sqlite:{tmp_path / 'asterisk.db'}", "--json")
    assert json.loads(done.stdout)["rows"]["cdr"] == 9
    assert "hanako" not in done.stdout + done.stderr
    assert done.returncode == 3


def test_mikopbx_own_account_of_calls_is_not_taken_for_asterisks(tmp_path: Path) -> None:
    """Its ids are its own (`mikopbx-<unique id>_<letters>`), and `cdr` holds there what is still being said."""
    with sqlite3.connect(tmp_path / "cdr.db") as connection:
        for name in ("cdr", "cdr_general"):
            connection.execute(
                f"create table {name} (id integer primary key, start text, endtime text, answer text, src_chan text, "
                "src_num text, dst_chan text, dst_num text, UNIQUEID text, linkedid text, did text, disposition text, "
                "recordingfile text, billsec integer, duration integer)"
            )
    connection.close()
    done = doctor(tmp_path, f"sqlite:{tmp_path / 'cdr.db'}", "--json")
    seen = json.loads(done.stdout)
    assert (seen["tables"], seen["block"], done.returncode) == ([], "", 3)


def test_a_password_on_the_command_line_is_refused_and_not_repeated(tmp_path: Path) -> None:
    done = doctor(tmp_path, f"mariadb://reader:{PASSWORD}@127.0.0.1/asteriskcdrdb")
    assert done.returncode == 2
    assert "pbx-database" in re.sub(r"\s+|│", "", done.stderr)
    assert PASSWORD not in done.stdout + done.stderr


def test_another_machine_is_not_asked_without_a_permit_in_the_homes_own_register(
    tmp_path: Path,
) -> None:
    with pytest.raises(AddressRefused, match="許可"):
        address_of("mariadb://reader@192.0.2.7/asteriskcdrdb")
    done = doctor(tmp_path, "mariadb://reader@192.0.2.7/asteriskcdrdb?permit=pbx", "--json")
    seen = json.loads(done.stdout)
    assert "許可" in seen["advice"][0]["what"]
    assert (seen["tables"], done.returncode) == ([], 3)


@pytest.mark.parametrize(
    "url", ["", "oracle://x@y/z", "mariadb://u@127.0.0.1/d?ssl=off", "mariadb://u@127.0.0.1:x/d", "sqlite:"]
)  # fmt: skip
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(AddressRefused):
        address_of(url)


def test_a_block_says_what_differs_from_the_defaults_alone() -> None:
    database = address_of("postgresql://reader@127.0.0.1:5433/asterisk?time_zone=UTC")
    assert tomllib.loads(block_of(database)) == {
        "pbx": {
            "database": {
                "engine": "postgresql", "database": "asterisk", "port": 5433, "user": "reader", "time_zone": "UTC",
            }
        }
    }  # fmt: skip
