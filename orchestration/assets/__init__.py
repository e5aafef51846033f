"""Everything that Dagster shows: assets, checks, jobs, schedules, partitions, and their pages."""
