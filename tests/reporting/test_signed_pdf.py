"""What a signed PDF claims to be, it is: its version, its standard, its dates."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pypdf import PdfReader

from compliance.keys.signing import new_key
from reporting.paper.pdf_signature import sign_pdf
from reporting.paper.typesetting import ARCHIVABLE, SIGNABLE, Standard, typeset

AT = datetime(2024, 2, 19, 6, 0, tzinfo=UTC)
LAYOUT = '#set document(title: "証明")\n#set text(font: "Noto Sans JP", lang: "ja")\n消去しました #sys.inputs.paper.len()'


@pytest.fixture
def layout(tmp_path: Path) -> Path:
    path = tmp_path / "paper.typ"
    path.write_text(LAYOUT, "utf-8")
    return path


def claims(pdf: bytes) -> tuple[str, str, str]:
    """Version in force, PDF/A part, date of the last change."""
    reader = PdfReader(io.BytesIO(pdf))
    root = reader.trailer["/Root"]
    version = str(root.get("/Version", f"/{reader.pdf_header[5:]}"))[1:]
    xmp = root["/Metadata"].get_data().decode("utf-8")
    part = re.search(r'pdfaid:part(?:="|>)(\d)', xmp)
    changed = re.search(r'xmp:ModifyDate(?:="|>)([^"<]+)', xmp)
    assert part and changed
    return version, part[1], changed[1]


def test_a_signature_leaves_the_standard_that_a_paper_claims_true(layout: Path) -> None:
    signed = sign_pdf(typeset(layout, {}, AT, SIGNABLE), new_key(), "受託者", "証明", AT)
    version, part, changed = claims(signed)
    assert (version, part) == ("2.0", "4"), "PDF/A-4 is of PDF 2.0 (ISO 19005-4, 6.1.2)"
    assert datetime.fromisoformat(changed) == AT, "the home's time, not the machine's"
    assert "/Info" not in PdfReader(io.BytesIO(signed)).trailer, "ISO 19005-4, 6.1.3"


@pytest.mark.parametrize(("standard", "told"), [(ARCHIVABLE, ("1.7", "2")), (SIGNABLE, ("2.0", "4"))])  # fmt: skip
def test_an_unsigned_paper_is_of_the_version_of_its_standard(
    layout: Path, standard: Standard, told: tuple[str, str]
) -> None:
    assert claims(typeset(layout, {}, AT, standard))[:2] == told


def test_what_claims_pdf_a_2_would_be_untrue_under_this_signature(layout: Path) -> None:
    """Why the certificate claims the other one: the signature lifts the file to PDF 2.0."""
    signed = sign_pdf(typeset(layout, {}, AT, ARCHIVABLE), new_key(), "受託者", "証明", AT)
    version, part, _ = claims(signed)
    assert (version, part) == ("2.0", "2")
