"""The gateway: the desk and the Dagster UI on one address, for people who have shown who they are.

Nothing behind it is reached without a session. What somebody may change in the UI follows from the registers at that moment, by one table;
what the table does not name nobody may, and the record of runs that were is nobody's to delete. What a connection may cost before
anybody is known is bounded; beyond this machine it listens with TLS and the city's permit only.

>>> from compliance.people.rights import Right
>>> from orchestration.gateway.changes import is_allowed
>>> is_allowed("launchRun", {Right.REBUILD}), is_allowed("deleteRun", set(Right))
(True, False)
"""
