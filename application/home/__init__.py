"""A home opened for work: its settings, who holds it and at which time, who started something at a page, and what a run reports."""
