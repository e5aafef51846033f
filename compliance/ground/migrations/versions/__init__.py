"""The migrations in their order, one file each: a single line from an empty database to what the modules declare.

>>> from alembic.script import ScriptDirectory
>>> from compliance.ground.operations import MIGRATIONS, last_revision
>>> ScriptDirectory(str(MIGRATIONS)).get_heads() == [last_revision()]
True
"""
