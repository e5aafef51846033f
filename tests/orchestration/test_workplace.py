"""Opening a home: swept, furnished, held by one, and by the clock it lives by."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from application.errors import PbxMissing
from application.home.session import (
    open_workplace,
    parse_as_of,
    peek_clock,
    read_settings,
)
from application.home.settings import Settings, pbx_at
from compliance.errors import ClockRefused, HomeBusy, HomeUnusable
from compliance.ground.clock import ClockKind
from orchestration.instance.settings import DAGSTER_YAML, write_instance_settings
from tests.homes import ROOT

NOON = parse_as_of("2023-11-20T12:00")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return read_settings(None, tmp_path / "home", environment={})


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2023-11-20T12:00+09:00", datetime(2023, 11, 20, 3, 0, tzinfo=UTC)),
        ("2023-11-20T12:00", datetime(2023, 11, 20, 3, 0, tzinfo=UTC)),
        ("2023-11-20T03:00Z", datetime(2023, 11, 20, 3, 0, tzinfo=UTC)),
        ("2023-11-20", datetime(2023, 11, 20, 14, 59, 59, tzinfo=UTC)),
    ],
)
def test_a_moment_is_read_as_japanese_time_unless_it_says_otherwise(
    text: str, moment: datetime
) -> None:
    assert parse_as_of(text) == moment


@pytest.mark.parametrize("text", ["", "yesterday", "2023-13-01", "20/11/2023"])
def test_what_is_no_time_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ClockRefused, match="2023-11-27T18:00"):
        parse_as_of(text)


def test_opening_sweeps_what_a_killed_run_left(settings: Settings) -> None:
    with open_workplace(settings, as_of=NOON) as workplace:
        home = workplace.home
    paper = home.outbox / "weekly" / "2023-11-20"
    paper.mkdir(parents=True)
    leftovers = [
        folder / ".tmp-0123.pdf" for folder in (home.root, home.keys, home.reference, paper)
    ]
    for path in leftovers:
        path.write_bytes(b"half")
    with open_workplace(settings, as_of=NOON):
        assert not any(path.exists() for path in leftovers)


def test_an_opened_home_has_its_reference_and_the_instance_settings_when_it_is_orchestrated(
    settings: Settings,
) -> None:
    with open_workplace(settings, as_of=NOON) as workplace:
        path = workplace.home.dagster / "dagster.yaml"
        assert not path.exists()
        for _ in range(2):
            write_instance_settings(workplace.home)
            assert path.read_bytes() == DAGSTER_YAML.read_bytes()
        assert {p.stem for p in workplace.home.reference.iterdir()} >= {"calendar", "definitions"}


def test_a_home_is_for_the_service_account_alone(settings: Settings) -> None:
    with open_workplace(settings, as_of=NOON) as workplace:
        for folder in (workplace.home.root, workplace.home.keys, workplace.home.landing):
            assert folder.stat().st_mode & 0o077 == 0


def test_the_clock_is_looked_at_without_taking_the_home(settings: Settings) -> None:
    assert peek_clock(settings) is None
    with open_workplace(settings, as_of=NOON):
        assert peek_clock(settings) == (ClockKind.SIMULATED, NOON)
        with pytest.raises(HomeBusy), open_workplace(settings, as_of=NOON):
            pass


def test_a_folder_that_is_no_pbx_is_refused_by_name(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(PbxMissing, match="nowhere"):
        pbx_at(settings.pbx, tmp_path / "nowhere")


def test_a_folder_named_by_the_command_is_only_read(settings: Settings, pbx_dir: Path) -> None:
    assert pbx_at(settings.pbx, pbx_dir).remove_after_seal is False


def test_the_pbx_is_what_was_typed_then_the_environment_then_the_contract(
    tmp_path: Path, pbx_dir: Path
) -> None:
    home, other = tmp_path / "home", tmp_path / "other"
    other.mkdir()

    def root(typed: Path | None, environment: dict[str, str]) -> Path:
        return Path(read_settings(None, home, typed, environment=environment).pbx.root)

    assert root(None, {}) == tmp_path / "home-pbx"
    assert root(None, {"MADOGUCHI_PBX": str(other)}) == other
    assert root(pbx_dir, {"MADOGUCHI_PBX": str(other)}) == pbx_dir
    assert root(pbx_dir, {"MADOGUCHI_PBX": "nowhere"}) == pbx_dir
    with pytest.raises(PbxMissing):
        root(None, {"MADOGUCHI_PBX": "nowhere"})


@pytest.mark.parametrize("written", ["home", "home/keys", "home/../home/keys", "link/keys"])
def test_keys_that_would_lie_in_the_home_are_refused(tmp_path: Path, written: str) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "home")
    with pytest.raises(HomeUnusable, match="outside"):
        read_settings(
            None, tmp_path / "home", environment={"MADOGUCHI_KEYS": str(tmp_path / written)}
        )


def test_an_inbox_in_the_home_that_leads_out_of_it_is_refused_and_one_elsewhere_is_as_configured(
    tmp_path: Path,
) -> None:
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "link").symlink_to(elsewhere)
    text = (ROOT / "contracts/sapporo-2023/contract.toml").read_text("utf-8")
    for inbox, is_refused in ((home / "inbox", True), (tmp_path / "link", False)):
        contract = tmp_path / "contract.toml"
        contract.write_text(text.replace('inbox = ""', f'inbox = "{inbox}"'), "utf-8")
        settings = read_settings(contract, home, environment={})
        with open_workplace(settings, as_of=parse_as_of("2024-01-24")):
            pass
        if is_refused:
            inbox.symlink_to(elsewhere)
            with (
                pytest.raises(HomeUnusable, match="link out of the home"),
                open_workplace(settings, as_of=parse_as_of("2024-01-24")),
            ):
                pass
