"""The Dagster instance of a home: its settings, its event log, its queue, which notes on a run who asked for it, and where runs come from."""
