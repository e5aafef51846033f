"""Great Expectations, without what it imports for questions that nobody here asks.

Three of its expectations compare distributions with scipy, one writes charts with altair; it imports both whatever it is asked, a fifth of
what it costs to load. Here they come when they are touched.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.machinery import ModuleSpec
from threading import Lock
from types import ModuleType
from typing import Any

_PUT_OFF = ("altair", "scipy", "scipy.stats")
_LOADING = Lock()


class _PutOff(ModuleType):
    """A module that is imported when something of it is asked for. Questions about the module itself, which dbt and Dagster
    ask of every module there is, are none of that: `importlib.util.LazyLoader` takes them for it. Whoever looks whether it could be
    imported (pyspark does, where it is installed) finds that it could."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.__spec__ = ModuleSpec(name, None)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        for put_off in _PUT_OFF:  # asked while Great Expectations still loads
            if isinstance(sys.modules.get(put_off), _PutOff):
                del sys.modules[put_off]
        return getattr(import_module(self.__name__), name)


def load() -> None:
    """Import Great Expectations, once in a process; whoever imports scipy or altair otherwise gets the real ones."""
    with _LOADING:
        if "great_expectations" not in sys.modules:
            with _put_off():
                import_module("great_expectations.expectations")


@contextmanager
def _put_off() -> Iterator[None]:
    if any(name in sys.modules for name in _PUT_OFF):
        yield
        return
    made = {name: _PutOff(name) for name in _PUT_OFF}
    vars(made["scipy"])["stats"] = made["scipy.stats"]
    sys.modules.update(made)
    try:
        yield
    finally:
        for name, module in made.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]
