"""Certificates as whoever owns the signing key could change them and sign again."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from compliance.erasure.certificate import certificate_keys
from compliance.keys.signing import new_key
from tests.compliance.erasure.stage import Stage

Files = dict[str, bytes]


def resigned(files: Files, stage: Stage, change: Callable[[dict[str, Any]], None]) -> Files:
    """What whoever owns our own signing key could make of the second certificate."""
    members = json.loads(files["C-0002.json"])
    change(members)
    content = json.dumps(members, ensure_ascii=False).encode()
    signature = certificate_keys(stage.home).signing_key().sign(content)
    return {**files, "C-0002.json": content, "C-0002.json.sig": signature}


CHANGES: dict[str, Callable[[dict[str, Any]], None]] = {
    "counts": lambda d: d["consent"].update(items_count=9),
    "authorisation": lambda d: d["authorisation"]["signatures"].pop(),
    "authorisation ": lambda d: d["executed"].update(executor="op1"),
    "authorisation  ": lambda d: d["executed"].update(executor="mg1"),
    "authorisation   ": lambda d: d["consent"].update(revision=2),
    "authorisation    ": lambda d: d["consent"].update(revision="1"),
    "order": lambda d: d["executed"]["order"].update(signature=d["verified"]["signature"]),
    "order ": lambda d: d["executed"].update(executor="pm1"),
    "order  ": lambda d: d["executed"]["order"].update(
        {name: d["verified"][name] for name in ("key", "fingerprint")}
    ),
    "order   ": lambda d: d["executed"].update(witness="高齢福祉係"),
    "exchange": lambda d: d["exchange"].update(left=1),
    "exchange ": lambda d: d["exchange"].update(unseen=1),
    "signers": lambda d: d["verified"].update(enrolled_at="2024-02-01T09:00:00+09:00"),
    "verification": lambda d: d["verified"].update(verifier="ad1"),
    "verification ": lambda d: d["verified"]["checks"].update(keys_absent=99),
    "log consistency": lambda d: d["log"]["consistency"].pop(),
    "log entries": lambda d: d["log"]["entries"].pop(),
    "log entries ": lambda d: d["log"]["entries"][0].update(index=0),
    "log checkpoints": lambda d: d["log"].update(after=d["log"]["after"].replace("\n", "\n1", 1)),
    "items root": lambda d: d["documents"].update(items_sha256="0" * 64),
    "previous": lambda d: d.update(previous=""),
    "form": lambda d: d.pop("method"),
    "pdf": lambda d: d["documents"].update(pdf_sha256="0" * 64),
    "keys": lambda d: d["keys"].append({"pem": new_key().public.as_pem().decode(), "signature": ""}),
}  # fmt: skip
