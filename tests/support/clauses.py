"""What a text says only of one contract: its clauses by number, and who it is with."""

from __future__ import annotations

import re

CITED = re.compile(r"札幌|敬老|高齢|保健福祉|仕様書|別紙[0-9]|特記事項|[0-9][(（][0-9]+[)）]")
