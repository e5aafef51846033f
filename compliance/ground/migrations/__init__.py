"""The schema history of the operations database.

Opening a database brings it up to date by itself; one that a newer programme wrote is refused and left as it is. What stands
in a migration once it was released is never edited: another one follows it (`python -m compliance.migration`).

>>> from sqlalchemy import inspect
>>> from compliance.ground.operations import open_operations
>>> inspect(open_operations("sqlite://")).has_table("audit_outbox")
True
"""
