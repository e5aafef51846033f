"""A layout filled with texts, as PDF: what every paper that is typeset shares.

Typeset by typst with the Japanese fonts that come in a wheel, so that no machine's own fonts are asked
for and the same texts give the same bytes anywhere. PDF/A-2a (ISO 19005-2): archivable, tagged.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from reporting.errors import RenderingFailed


def typeset(layout: Path, texts: Mapping[str, Any], printed: datetime) -> bytes:
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
            pdf_standards=["a-2a"],
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
