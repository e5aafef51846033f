"""Everything that Dagster shows: assets, checks, jobs, schedules, partitions, and their pages.

An asset's body calls one use case and says in Japanese what came of it: counts, days, ids and file names, never a
telephone number, a name or a caller's words. Partitions are the contract's days, Monday-weeks and months, its schedules the business calendar's; a home by a
simulated clock opens with them stopped.

>>> from datetime import date
>>> from application.home.settings import load_settings
>>> from application.warehouse.state import DayRange
>>> from compliance.contract.folder import SHIPPED
>>> from orchestration.assets.partitions import ContractPartitions
>>> partitions = ContractPartitions.of(load_settings(SHIPPED, {}).contract)
>>> partitions.keys_of(DayRange(date(2023, 11, 1), date(2023, 11, 21)))
('2023-11-20', '2023-11-21')
"""
