"""dbt in this process: which days must be derived again, and their building."""
