r"""Landing: every source row once, as immutable Parquet; nothing here knows which exchange wrote it.

A source is known by how it begins, so that renaming or compressing it makes no new one; rows and the byte range that they came
from are committed with one rename. What is read is whole lines: one that the PBX is still writing waits for the next time.
Names that a person chose stay as they are only where their shape holds neither a number nor a name, else their keyed code lands.

>>> import io
>>> from telephony_ingest.landing.sources import stretches
>>> log = io.BytesIO(b"1700438400|1700438399.1|sales|NONE|ENTERQUEUE\n1700438405|17004")
>>> [(one.start, one.end) for one in stretches(log, 0, 1000, 10, is_finished=False)]
[(0, 46)]
"""
