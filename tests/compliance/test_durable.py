"""A file is there whole, under its final name, or not at all: proved step by step."""

from __future__ import annotations

import itertools
import os
import stat
from pathlib import Path

import pytest

from compliance.ground import durable
from compliance.ground.durable import InjectedFault, failing_at, write_durably


def steps_of(path: Path) -> list[str]:
    with failing_at(10**6) as seen:
        write_durably(path, b"counted")
    path.unlink()
    return seen


def test_a_fault_at_any_step_leaves_the_old_or_the_new_content_and_no_third(tmp_path: Path) -> None:
    path = tmp_path / "file"
    count = len(steps_of(path))
    assert count >= 5
    seen = set()
    for nth in range(count):
        path.write_bytes(b"old")
        with pytest.raises(InjectedFault), failing_at(nth):
            write_durably(path, b"new")
        seen.add(path.read_bytes())
        assert [p.name for p in tmp_path.iterdir()] == ["file"]
    assert seen == {b"old", b"new"}


def test_a_process_that_dies_leaves_only_a_temporary_that_is_swept(tmp_path: Path) -> None:
    path = tmp_path / "file.parquet"
    for nth in range(len(steps_of(path))):
        child = os.fork()
        if child == 0:  # pragma: no cover
            with failing_at(nth, fault=lambda: os._exit(9)):
                write_durably(path, b"new")
            os._exit(0)
        os.waitpid(child, 0)
        durable.sweep_temporaries(tmp_path)
        left = [p.name for p in tmp_path.iterdir()]
        assert left in ([], ["file.parquet"])
        if left:
            assert path.read_bytes() == b"new"
            path.unlink()


def test_publishing_gives_a_finished_file_its_name(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    for nth in itertools.count():
        temporary = durable.temporary_beside(path)
        temporary.write_bytes(b"rows")
        try:
            with failing_at(nth):
                durable.publish(temporary, path)
        except InjectedFault:
            assert temporary.exists() != path.exists()
            durable.sweep_temporaries(tmp_path)
            path.unlink(missing_ok=True)
        else:
            break
    assert path.read_bytes() == b"rows"
    assert temporary.suffix == ".parquet"


def test_a_writer_that_raises_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def half_way(file: object) -> None:
        file.write(b"half")  # type: ignore[attr-defined]
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_durably(path, half_way)
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_what_is_written_is_for_the_service_account_alone(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_durably(path, b"x")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_removing_what_is_gone_is_no_error(tmp_path: Path) -> None:
    durable.remove_durably(tmp_path / "never")
