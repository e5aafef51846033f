"""The contract as data: its calendar, its stores and registers, its recordings and their proof.

Every fact that people keep lies here, in `operations.db` and sealed beside it, each written by one module; whoever writes a
place says what it holds of citizens, how long, and what erases it. Each accountable act leaves its entry in the audit log in the
same transaction. Nothing here opens a page, starts a run or knows what an exchange writes.

>>> import compliance.registers.entries
>>> from compliance.inventory import tables
>>> tables()["register_entries"].holds
<Holds.CALL_FACTS: 'call_facts'>
"""
