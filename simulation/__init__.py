"""A centre that does not exist: its exchange, its people and their days, for demo, rehearsal and tests; no product module imports it."""
