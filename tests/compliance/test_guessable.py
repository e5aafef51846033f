"""What is found by whoever tries what people choose."""

from __future__ import annotations

import time

import pytest

from compliance.keys.guessable import PUBLISHED, is_guessable


@pytest.mark.parametrize(
    "secret",
    [
        "password1234", "ｐａｓｓｗｏｒｄ１２３４", "P@ssw0rd!2023", "iloveyou2023!", "qwertyuiop12", "1qaz2wsx3edc",
        "letmeinletmein", "abcdefghijkl", "あいうえおかきくけこさし", "madoguchi2023", *PUBLISHED,
        "Madoguchi-Demo-2023-xkvq",
    ],
)  # fmt: skip
def test_what_people_choose_is_guessed(secret: str) -> None:
    assert is_guessable(secret, "mg1", "tarou")


@pytest.mark.parametrize(
    "secret",
    ["回数券より 歩いて 札幌", "架空の合言葉は十分に長くする", "correct horse battery", "h7kq-2mvd-x9pa-ttrw-4cne"],
)  # fmt: skip
def test_a_phrase_of_several_words_or_of_chance_is_not(secret: str) -> None:
    assert not is_guessable(secret, "mg1")


def test_the_longest_secret_is_judged_within_a_second() -> None:
    began = time.perf_counter()
    for secret in ("a1" * 64, "4@$5s0o1l!" * 13, "𠮷" * 128):
        is_guessable(secret)
    assert time.perf_counter() - began < 1.0
