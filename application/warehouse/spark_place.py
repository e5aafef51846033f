"""Where Apache Spark works, and whether the city lets the data go there: a master on another machine needs a 許可 (別紙1-5(1)).

Landing, reference and floor, which hold pseudonyms, go to the master's workers. A session of this machine alone needs none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date

from compliance.errors import NotAllowed
from compliance.registers.entries import KeptEntry
from compliance.registers.standing import Lacking, permit
from telephony_ingest.landing.scanners import is_loopback

MASTER = "MADOGUCHI_SPARK_MASTER"
"""Environment variable: the master that the session works with, as Spark writes it; `local[2]` where nothing is said."""
_PASSED_ON = ("HOME", "JAVA_HOME", "LANG", "PATH", "TMPDIR", "TZ")
_PASSED_ON_FROM = ("LC_", "SPARK_", "MADOGUCHI_SPARK")


def machine_of(environment: Mapping[str, str]) -> str:
    """The other machine that a master lies on, as a permit names it; blank where all stays on this one. What cannot be taken apart is
    named whole.

    >>> machine_of({}), machine_of({MASTER: "spark://127.0.0.1:7077"}), machine_of({MASTER: "spark://big.example:7077"})
    ('', '', 'big.example')
    >>> machine_of({MASTER: "yarn"}), machine_of({MASTER: "spark://127.0.0.1:7077,big.example:7077"})
    ('yarn', 'spark://127.0.0.1:7077,big.example:7077')
    """
    master = environment.get(MASTER, "local")
    if re.fullmatch(r"local(\[[0-9*, ]+\])?", master):
        return ""
    one = re.fullmatch(r"spark://([A-Za-z0-9.-]+):[0-9]+", master)
    if one is None:
        return master
    return "" if is_loopback(one[1]) else one[1]


def require_permitted(
    environment: Mapping[str, str], permits: Sequence[KeptEntry], today: date
) -> None:
    """Refuse a master on another machine that no permit in force names.

    Raises:
        NotAllowed: none does; what to do is said.
    """
    machine = machine_of(environment)
    if machine and isinstance(found := permit(permits, "network", machine, today), Lacking):
        raise NotAllowed(found.text_ja)


def passed_on(environment: Mapping[str, str]) -> dict[str, str]:
    """What of the environment the process that works with Spark is told: no place of keys, no address of a database. `SPARK_REMOTE` would
    name another master than the one that was looked at.

    >>> passed_on({"PATH": "/bin", "MADOGUCHI_KEYS": "/k", "SPARK_REMOTE": "sc://x", "SPARK_HOME": "/s"})
    {'PATH': '/bin', 'SPARK_HOME': '/s'}
    """
    return {
        name: value
        for name, value in environment.items()
        if (name in _PASSED_ON or name.startswith(_PASSED_ON_FROM)) and name != "SPARK_REMOTE"
    }
