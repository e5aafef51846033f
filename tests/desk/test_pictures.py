"""The pictures of the desk: every page has one, as wide as it says, and the page of all of them is what their table says."""

from __future__ import annotations

import struct

import pytest

from desk.site import PAGES
from tests.pictures import (
    IMAGES,
    LONGEST,
    MOST_BYTES,
    MOST_BYTES_IN_ALL,
    NO_PAGES,
    PICTURES,
    SCREENS,
    Picture,
    html_paths,
    screens,
)

_SIGNATURE, _PALETTE = b"\x89PNG\r\n\x1a\n", 3


def test_every_page_that_somebody_looks_at_has_a_picture() -> None:
    assert {one.path for one in PICTURES} == html_paths()
    assert {one.path for one in PAGES if one.method == "GET"} >= NO_PAGES


def test_no_two_pictures_are_one_file_and_all_together_are_small() -> None:
    files = [one.file for one in PICTURES]
    assert len(set(files)) == len(files)
    assert sum((IMAGES / name).stat().st_size for name in files) <= MOST_BYTES_IN_ALL
    assert {path.name for path in IMAGES.glob("desk-*.png")} == set(files)


@pytest.mark.parametrize("one", PICTURES, ids=lambda one: one.name)
def test_a_picture_is_as_wide_as_it_says(one: Picture) -> None:
    content = (IMAGES / one.file).read_bytes()
    assert content[:8] == _SIGNATURE and content[12:16] == b"IHDR"
    width, height = struct.unpack(">II", content[16:24])
    assert width == one.width
    assert 200 <= height <= LONGEST
    assert content[25] == _PALETTE
    assert len(content) <= MOST_BYTES


def test_the_page_of_all_pictures_is_what_the_table_says() -> None:
    assert SCREENS.read_text("utf-8") == screens(PICTURES), "python -m tests.pictures"
