"""A home opened for work: settings, stores, keys, present time, and what is told of a run."""
