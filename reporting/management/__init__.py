"""運営状況報告（管理者用）: the manager's own figures of any period, never handed to the city by itself (6(3)エ, 9(3)).

Sums of whole days that are over, measures of single calls, and what the busiest half hour would have needed by Erlang C. It reads the warehouse
as it is and leaves no edition and no entry in the register. Its files are a command's; a page
shows it without operators.

>>> from reporting.management.erlang import offered_load, operators_needed
>>> load = offered_load(calls=12, seconds=1800, talk_seconds=600)
>>> load, operators_needed(load, talk_seconds=600, target=0.8, within_seconds=20)
(4.0, 7)
"""
