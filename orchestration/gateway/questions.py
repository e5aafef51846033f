"""How large a GraphQL question may be: looked at before it is validated or executed, at a cost that grows with its text only.

A few bytes of GraphQL can ask for much: fragments that spread fragments double with each, aliases ask one field a thousand times,
depth multiplies lists. Each limit stands some times above the largest question of Dagster's own pages (1.13: 714 tokens, 639
fields once its fragments are spread, 11 deep, 4 aliases, 3 fields at the top; GraphiQL's look at the schema is 15 deep).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    OperationDefinitionNode,
    SelectionSetNode,
    parse,
)

BODY_BYTES = 1024 * 1024
"""Of a whole request to the Dagster UI: variables hold run configurations, the question itself is small."""
TEXT, TOKENS, DEPTH, FIELDS, ALIASES, AT_THE_TOP = 64 * 1024, 4_000, 25, 5_000, 50, 50
RUNS_AT_ONCE = 100
"""So many runs one change may start."""


@dataclass(frozen=True, slots=True)
class Extent:
    """How much a selection asks for, its fragments spread."""

    depth: int = 0
    fields: int = 0
    aliases: int = 0


class TooLarge(ValueError):
    """A question asks for more than any page does; says which limit."""


def checked(query: object) -> DocumentNode | None:
    """The document of a question that is small enough; null where it is none, which Dagster itself says best.

    Raises:
        TooLarge: it is beyond a limit.
    """
    if not isinstance(query, str):
        return None
    if len(query) > TEXT:
        raise TooLarge(f"The question is longer than {TEXT} letters.")
    try:
        document = parse(query, no_location=True, max_lexical_tokens=TOKENS, max_comments=TOKENS)
    except GraphQLError as error:
        if "more than" in error.message:
            raise TooLarge(f"The question has more than {TOKENS} words.") from None
        if "too deeply" in error.message:
            raise TooLarge(f"The question is more than {DEPTH} fields deep.") from None
        return None
    fragments = {
        one.name.value: one
        for one in document.definitions
        if isinstance(one, FragmentDefinitionNode)
    }
    known: dict[str, Extent] = {}
    try:
        for name in fragments:
            _of_fragment(name, fragments, known, ())
        for one in document.definitions:
            if isinstance(one, OperationDefinitionNode):
                if len(one.selection_set.selections) > AT_THE_TOP:
                    raise TooLarge(f"The question has more than {AT_THE_TOP} fields at the top.")
                _within(_of_selections(one.selection_set, fragments, known, ()))
    except RecursionError:  # a chain of fragments, each within its own limits, is as deep as all
        raise TooLarge(f"The question is more than {DEPTH} fields deep.") from None
    return document


def _within(extent: Extent) -> None:
    for found, limit, said in (
        (extent.depth, DEPTH, "more than {} fields deep"),
        (extent.fields, FIELDS, "of more than {} fields"),
        (extent.aliases, ALIASES, "of more than {} aliases"),
    ):
        if found > limit:
            raise TooLarge(f"The question is {said.format(limit)}, its fragments spread.")


def _of_fragment(
    name: str,
    fragments: Mapping[str, FragmentDefinitionNode],
    known: dict[str, Extent],
    within: tuple[str, ...],
) -> Extent:
    if name in within:
        raise TooLarge("The question's fragments spread each other in a circle.")
    if name not in fragments:
        return Extent()
    if name not in known:
        extent = _of_selections(fragments[name].selection_set, fragments, known, (*within, name))
        _within(extent)
        known[name] = extent
    return known[name]


def _of_selections(
    selections: SelectionSetNode | None,
    fragments: Mapping[str, FragmentDefinitionNode],
    known: dict[str, Extent],
    within: tuple[str, ...],
) -> Extent:
    parts = list(_parts(selections, fragments, known, within))
    return Extent(
        max((one.depth for one in parts), default=0),
        sum(one.fields for one in parts),
        sum(one.aliases for one in parts),
    )


def _parts(
    selections: SelectionSetNode | None,
    fragments: Mapping[str, FragmentDefinitionNode],
    known: dict[str, Extent],
    within: tuple[str, ...],
) -> Iterator[Extent]:
    for one in () if selections is None else selections.selections:
        if isinstance(one, FragmentSpreadNode):
            yield _of_fragment(one.name.value, fragments, known, within)
            continue
        below = _of_selections(getattr(one, "selection_set", None), fragments, known, within)
        if isinstance(one, FieldNode):
            yield Extent(below.depth + 1, below.fields + 1, below.aliases + (one.alias is not None))
        else:
            yield below
