"""The outbox: names, a manifest that the city can check, and nothing delivered ever changes (6(3)キ)."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from compliance.ground.durable import InjectedFault, failing_at, sweep_temporaries, write_durably
from reporting.errors import AlreadyDelivered
from reporting.paper.packaging import (
    FileContent,
    Package,
    changed_files,
    file_stem,
    files_named,
    manifest_name,
    pack,
)

MONDAY = date(2023, 11, 20)
CONTENTS = {"pdf": b"%PDF one", "xlsx": b"PK one"}


def packed(folder: Path, contents: dict[str, bytes] = CONTENTS, **given: Any) -> Package:
    edition = given.pop("edition", 1)
    return pack(
        folder,
        file_stem("週次集計結果", "第1週", MONDAY.isoformat(), edition),
        edition,
        {form: FileContent(content) for form, content in contents.items()},
        kind="weekly",
        period="2023-11-20",
        due_date=date(2023, 11, 27),
        made_at=datetime(2023, 11, 26, 21, 0, tzinfo=UTC),
        checkpoint="",
        data_sha256="d" * 64,
        delivered=given.pop("delivered", {}),
        write=write_durably,
    )


def test_files_are_named_by_title_week_and_monday() -> None:
    assert file_stem("週次集計結果", "第3週", "2023-12-04", 1) == "週次集計結果_第3週_2023-12-04"
    assert file_stem("週次集計結果", "第3週", "2023-12-04", 2) == "週次集計結果_第3週_2023-12-04_r2"
    assert (manifest_name(1), manifest_name(2)) == ("manifest.json", "manifest_r2.json")


def test_the_manifest_lets_anybody_check_the_files(tmp_path: Path) -> None:
    package = packed(tmp_path)
    manifest = json.loads((tmp_path / package.manifest).read_text("utf-8"))
    assert manifest["edition"] == 1
    assert manifest["due_date"] == "2023-11-27"
    for file in manifest["files"]:
        content = (tmp_path / file["name"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == file["sha256"]
        assert len(content) == file["size_bytes"]
    assert changed_files(tmp_path, files_named(tmp_path, package.manifest)) == ()


@pytest.mark.parametrize("harm", ["change", "remove", "truncate"])
def test_a_file_that_was_touched_is_named(tmp_path: Path, harm: str) -> None:
    package = packed(tmp_path)
    path = tmp_path / package.files[0].name
    if harm == "remove":
        path.unlink()
    else:
        path.write_bytes(b"%PDF two" if harm == "change" else b"%PDF")
    assert changed_files(tmp_path, files_named(tmp_path, package.manifest)) == (
        package.files[0].name,
    )


def test_a_delivered_file_is_never_overwritten(tmp_path: Path) -> None:
    package = packed(tmp_path)
    delivered = {file.name: file.sha256 for file in package.files}
    with pytest.raises(AlreadyDelivered, match="new edition"):
        packed(tmp_path, {"pdf": b"%PDF two", "xlsx": b"PK one"}, delivered=delivered)
    assert (tmp_path / package.files[0].name).read_bytes() == b"%PDF one"


def test_the_same_content_may_be_written_again(tmp_path: Path) -> None:
    package = packed(tmp_path)
    delivered = {file.name: file.sha256 for file in package.files}
    assert packed(tmp_path, delivered=delivered) == package


def test_a_second_edition_stands_beside_the_first(tmp_path: Path) -> None:
    first = packed(tmp_path)
    second = packed(tmp_path, {"pdf": b"%PDF two", "xlsx": b"PK two"}, edition=2)
    assert changed_files(tmp_path, files_named(tmp_path, first.manifest)) == ()
    assert changed_files(tmp_path, files_named(tmp_path, second.manifest)) == ()
    assert len(list(tmp_path.iterdir())) == 6


def test_a_fault_at_any_step_leaves_no_manifest_or_a_finished_edition(tmp_path: Path) -> None:
    with failing_at(10**6) as steps:
        packed(tmp_path / "whole")
    for nth in range(len(steps)):
        folder = tmp_path / f"step{nth}"
        with pytest.raises(InjectedFault), failing_at(nth):
            packed(folder)
        if (folder / "manifest.json").exists():
            assert changed_files(folder, files_named(folder, "manifest.json")) == ()
        sweep_temporaries(folder)
        assert packed(folder).files == packed(tmp_path / "whole").files
        assert changed_files(folder, files_named(folder, "manifest.json")) == ()
