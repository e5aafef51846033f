"""A layout filled with texts, as PDF: what every paper that is typeset shares.

Typeset by typst with the Japanese fonts that come in a wheel, so that no machine's own fonts are asked
for and the same texts give the same bytes anywhere. PDF/A-2a (ISO 19005-2): archivable, tagged; what is signed is PDF/A-4.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal

from reporting.errors import RenderingFailed

Standard = Literal["a-2a", "a-4"]
ARCHIVABLE: Standard = "a-2a"
SIGNABLE: Standard = "a-4"
"""What a paper claims to be: PDF/A-2a (of PDF 1.7), or PDF/A-4 (ISO 19005-4, of PDF 2.0), which stays true under a signature of
an elliptic curve: that lifts the file to PDF 2.0 (ISO/TS 32002)."""


def typeset(
    layout: Path, texts: Mapping[str, Any], printed: datetime, standard: Standard = ARCHIVABLE
) -> bytes:
    """The PDF of a layout, which reads its texts as JSON in `sys.inputs.paper`.

    Raises:
        RenderingFailed: the typesetter refused them.
    """
    import typst

    try:
        content = typst.compile(
            _source(layout),
            format="pdf",
            font_paths=_fonts(),
            sys_inputs={"paper": json.dumps(texts, ensure_ascii=False)},
            pdf_standards=[standard],
            timestamp=int(printed.timestamp()),
        )
    except typst.TypstError as error:
        raise RenderingFailed(f"The typesetter refused {layout.stem}: {error.message}") from None
    if not isinstance(content, bytes):
        raise RenderingFailed("The typesetter gave no PDF.")
    return content


@cache
def _source(layout: Path) -> bytes:
    return layout.read_bytes()


@cache
def _fonts() -> Any:
    import pylopdf_fonts_jp
    import typst

    files = [pylopdf_fonts_jp.sans_path(), pylopdf_fonts_jp.serif_path()]
    folder = str(Path(str(files[0])).parent)
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder]
    )
