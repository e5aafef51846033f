"""A home opened for work: its settings, and who holds it at which time."""
