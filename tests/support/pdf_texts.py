"""The text of a PDF."""

from __future__ import annotations

import io
import re

import pypdf


def pdf_text(content: bytes) -> str:
    pages = pypdf.PdfReader(io.BytesIO(content)).pages
    return re.sub(r"\s+", "", "".join(page.extract_text() for page in pages))
