"""Certificates of erasure as the desk needs them. Pure values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CertificateFile:
    """A file that the city receives with a certificate."""

    name: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class CertificatePapers:
    """A case that has its certificate, with everything that lies beside it."""

    case_id: str
    files: tuple[CertificateFile, ...]


@dataclass(frozen=True, slots=True)
class CertificateFolder:
    """`cases` gives the certified ones, in order; `read` one of their files by the name that `cases` said; `fingerprint` that of
    the first key that signed them, as the city has it on paper, blank before there is one."""

    cases: Callable[[], Sequence[CertificatePapers]]
    read: Callable[[str, str], bytes]
    fingerprint: Callable[[], str]
