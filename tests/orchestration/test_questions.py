"""How large a GraphQL question may be, and that every question of Dagster's own pages is far from it."""

from __future__ import annotations

import gc
import importlib.util
import json
import re
import time
from pathlib import Path

import pytest
from graphql import get_introspection_query

from orchestration.gateway import questions
from orchestration.gateway.questions import TooLarge, checked


def _deep(levels: int) -> str:
    return "{ a " * levels + "}" * levels


def _bomb(levels: int) -> str:
    spread = " ".join(
        f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(levels)
    )
    return f"{{ ...F0 }} {spread} fragment F{levels} on Query {{ version }}"


TOO_LARGE = {
    "deep": _deep(questions.DEPTH + 1),
    "very deep": _deep(1_900),
    "long": "{ version }" + " " * questions.TEXT,
    "many words": "{ " + "a " * questions.TOKENS + "}",
    "many remarks": "{ version }" + "#\n" * (questions.TOKENS + 1),
    "many aliases": "{ r { " + " ".join(f"a{n}: version" for n in range(questions.ALIASES + 1)) + " } }",
    "many at the top": "{ " + "version " * (questions.AT_THE_TOP + 1) + "}",
    "a bomb of fragments": _bomb(60),
    "a circle": "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
    "a circle that nothing asks": "{ version } fragment A on Query { r { ...A } }",
    "a long chain of fragments": "{ ...F0 } " + " ".join(
        f"fragment F{n} on Query {{ a {{ ...F{n + 1} }} }}" for n in range(300)
    ),
    "aliases in fragments": "{ " + "...F " * 30 + "} fragment F on Query { a: version b: version }",
}  # fmt: skip


@pytest.mark.parametrize("query", TOO_LARGE.values(), ids=TOO_LARGE.keys())
def test_what_asks_for_too_much_is_refused_before_it_is_looked_into(query: str) -> None:
    gc.collect()  # what other tests of this process left is not a cost of the question
    began = time.thread_time()
    with pytest.raises(TooLarge):
        checked(query)
    assert time.thread_time() - began < 0.5


@pytest.mark.parametrize(
    "query", [None, 3, ["{ version }"], "", "{", "}{", "query", '{ a(x: "\\u") }']
)
def test_what_is_no_question_is_left_to_dagster(query: object) -> None:
    assert checked(query) is None


@pytest.mark.parametrize(
    "query", ["{ version }", _deep(questions.DEPTH), _bomb(9), get_introspection_query()]
)
def test_what_is_within_the_limits_passes(query: str) -> None:
    assert checked(query) is not None


def test_every_question_of_dagster_s_pages_is_far_from_the_limits() -> None:
    """Read from the source maps that its pages are shipped with; each with all fragments of its own and others' files."""
    found = importlib.util.find_spec("dagster_webserver")
    assert found is not None and found.origin is not None
    built = Path(found.origin).parent / "webapp" / "build"
    templates: set[str] = set()
    for one in built.rglob("*.map"):
        for source in json.loads(one.read_text("utf-8")).get("sourcesContent") or ():
            templates.update(re.findall(r"gql(?:<[^>]*>)?\(?\s*`(.*?)`", source or "", re.DOTALL))
    parts = {
        one.group(2): (one.group(1), part)
        for template in templates
        for part in re.split(r"\n(?=\s*(?:fragment|query|mutation|subscription)\s+\w)", re.sub(r"\$\{[^}]*\}", "", template))
        if (one := re.match(r"\s*(fragment|query|mutation|subscription)\s+(\w+)", part))
    }  # fmt: skip
    operations = [name for name, (kind, _) in parts.items() if kind != "fragment"]
    assert len(operations) > 150

    def whole(name: str, seen: set[str]) -> str:
        text = parts[name][1]
        for spread in re.findall(r"\.\.\.\s*(\w+)", text):
            if spread in parts and spread not in seen and spread != "on":
                seen.add(spread)
                text += "\n" + whole(spread, seen)
        return text

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(questions, "TOKENS", questions.TOKENS // 2)
        patch.setattr(questions, "FIELDS", questions.FIELDS // 2)
        patch.setattr(questions, "DEPTH", questions.DEPTH // 2)
        patch.setattr(questions, "ALIASES", questions.ALIASES // 2)
        patch.setattr(questions, "AT_THE_TOP", questions.AT_THE_TOP // 2)
        read = sum(checked(whole(name, set())) is not None for name in operations)
    assert read > 150, "and they were read at all"
