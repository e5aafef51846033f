"""The gateway: the desk and the Dagster UI on one address, for people who have shown who they are."""
