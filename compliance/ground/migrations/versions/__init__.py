"""The migrations in their order, one file each: a single line from an empty database to what the modules declare.

Each follows exactly one other, and the last one's number is what a database is compared with when it is opened.

>>> from alembic.script import ScriptDirectory
>>> from compliance.ground.operations import MIGRATIONS, last_revision
>>> ScriptDirectory(str(MIGRATIONS)).get_heads() == [last_revision()]
True
"""
