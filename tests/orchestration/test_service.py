"""Where the service may open itself (別紙1-5(1))."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest

from compliance.errors import NotAllowed
from compliance.ground.japan import TOKYO
from compliance.registers.entries import KeptEntry
from orchestration.gateway.service import Address, may_listen

TODAY = date(2023, 12, 5)
TLS = (Path("cert.pem"), Path("key.pem"))


def permit(**values: str) -> KeptEntry:
    """An entry of the register of permits."""
    given = {"kind": "network", "target": "192.0.2.10", "scope": "執務室", "permitted_on": "2023-11-01", **values}  # fmt: skip
    return KeptEntry(
        register="permits", entry_id="N-1", revision=1, about="", values=given,
        recorded_at=datetime(2023, 11, 1, tzinfo=TOKYO), recorded_by="mg1", has_words=False,
    )  # fmt: skip


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "localhost"])
def test_this_machine_needs_no_permit(host: str) -> None:
    may_listen(Address(host, 3000), [], TODAY)


@pytest.mark.parametrize(
    ("host", "tls", "permits"),
    [
        ("192.0.2.10", (None, None), [permit()]),
        ("192.0.2.10", (TLS[0], None), [permit()]),
        ("192.0.2.10", TLS, []),
        ("0.0.0.0", TLS, [permit()]),
        ("192.0.2.10", TLS, [permit(kind="server")]),
        ("192.0.2.10", TLS, [permit(target="192.0.2.11")]),
        ("192.0.2.10", TLS, [permit(permitted_on="2023-12-06")]),
        ("192.0.2.10", TLS, [permit(permitted_on="")]),
        ("192.0.2.10", TLS, [permit(expires_on="2023-12-04")]),
    ],
)
def test_beyond_it_only_with_tls_and_a_permit_in_force(
    host: str, tls: tuple[Path | None, Path | None], permits: list[KeptEntry]
) -> None:
    with pytest.raises(NotAllowed):
        may_listen(Address(host, 3000, *tls), permits, TODAY)


@pytest.mark.parametrize("expires_on", ["", "2023-12-05"])
def test_a_permit_in_force_opens_its_address(expires_on: str) -> None:
    may_listen(Address("192.0.2.10", 3000, *TLS), [permit(expires_on=expires_on)], TODAY)
