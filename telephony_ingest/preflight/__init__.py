"""What the landed rows of a new site show before it goes live: names, gaps, clocks.

`names_seen` names every context, queue, agent and line that the rows hold and the settings lack, with the evidence of what it
is; `rows_seen` says how much landed of each kind, which columns are empty, and whether the clocks agree; `tables_seen`, `account_rights` and `both_ways` look at its database. It looks and advises; settings
are a person's to write, and a name that could be somebody's is shown by its code only.

>>> from telephony_ingest.preflight.names_seen import Evidence, NameRole, SeenName
>>> seen = SeenName(NameRole.AGENT, "k0123456789abcdef", Evidence.ANSWERS, 12, "queue_log:7")
>>> seen.is_code
True
"""
