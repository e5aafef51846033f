"""What a simulated centre did beside what the warehouse says of it."""

from __future__ import annotations

from pathlib import Path

import duckdb


def joined(home: Path, truth: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(f"attach '{home / 'warehouse.duckdb'}' as warehouse (read_only)")
    connection.execute(
        f"""create table both_sides as
        select truth.* exclude (call_id), truth.call_id as true_id, calls.call_id,
            calls.outcome as found_outcome, calls.outcome_reason as found_reason,
            calls.queue as found_queue, calls.first_operator, calls.wait_seconds as found_wait,
            calls.talk_seconds as found_talk, calls.has_audible_recording,
            calls.has_message as found_message, calls.transfer_count, calls.direction
        from read_csv('{truth}', types = {{'call_id': 'varchar', 'wait_seconds': 'double',
            'talk_seconds': 'double', 'has_recording': 'boolean', 'has_message': 'boolean',
            'outcome_reason': 'varchar', 'queue': 'varchar', 'operator': 'varchar'}},
            header = true) as truth
        full join warehouse.marts.fct_calls as calls on truth.call_id = calls.call_id"""
    )
    return connection


def differing(connection: duckdb.DuckDBPyConnection, condition: str) -> list[tuple[object, ...]]:
    return connection.execute(
        f"select true_id, call_id, outcome, found_outcome from both_sides where {condition}"
    ).fetchall()
