"""What the centre answers for: services, and the queues of the exchange in which their callers wait.

A contract with one queue for each writes `[[queues]]`, each naming its service by `menu_choice`; one whose services have several
queues (languages, say) writes `[[services]]` with their queues. Both are read into both: `services` and `queues` always stand.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from compliance.contract.codes import Code
from compliance.contract.section import Section


class Service(Section):
    """One service: its code, what papers call it, its queues, and the language spoken where that is told."""

    code: Code
    label: str = Field(min_length=1)
    queues: tuple[str, ...] = ()
    language: str = ""


class Queue(Section):
    """A queue of the PBX and whose it is: `menu_choice` is the code of a service, here, in the reference and in `fct_calls`; its name
    is from the menu whose choices were the services."""

    name: str = Field(min_length=1)
    menu_choice: Code
    label: str = Field(min_length=1)


def with_both(values: Mapping[str, Any]) -> dict[str, Any]:
    """A contract's values with services told by their queues, or queues by their services, where one of the two was left out.
    What is malformed is left as it is, for the models to refuse. Pure."""
    services, queues = values.get("services"), values.get("queues")
    if _are_tables(services) and not queues:
        told = [
            {"name": queue, "menu_choice": one.get("code"), "label": one.get("label")}
            for one in services or ()
            for queue in one.get("queues") or ()
        ]
        return {**values, "queues": told}
    if _are_tables(queues) and not services:
        codes = dict.fromkeys(str(one.get("menu_choice")) for one in queues or ())
        found = []
        for code in codes:
            theirs = [one for one in queues or () if one.get("menu_choice") == code]
            found.append(
                {"code": code, "label": theirs[0].get("label"), "queues": [one.get("name") for one in theirs]}
            )  # fmt: skip
        return {**values, "services": found}
    return dict(values)


def disagreements(services: tuple[Service, ...], queues: tuple[Queue, ...]) -> list[str]:
    """Where services and queues name each other wrongly, each with its remedy. Pure."""
    codes = {one.code for one in services}
    held: dict[str, str] = {}
    problems = []
    for service in services:
        for queue in service.queues:
            if queue in held:
                problems.append(
                    f"services.queues: {queue!r} stands in {held[queue]} and {service.code}: keep it in one"
                )
            held[queue] = service.code
    for one in queues:
        if one.menu_choice not in codes:
            problems.append(
                f"queues.menu_choice = {one.menu_choice!r} of {one.name}: no [[services]] has that code: add one"
            )
        elif held.get(one.name) != one.menu_choice:
            problems.append(
                f"queues: {one.name!r} is of {one.menu_choice}, whose [[services]] does not name it: "
                "add it to queues there, or leave [[queues]] out"
            )
    known = {one.name for one in queues}
    problems += [
        f"services.queues: {queue!r} of {code} stands in no [[queues]]: add it, or leave [[queues]] out"
        for queue, code in held.items()
        if queue not in known
    ]
    return problems


def _are_tables(found: object) -> bool:
    return (
        isinstance(found, list) and all(isinstance(one, Mapping) for one in found) and bool(found)
    )
