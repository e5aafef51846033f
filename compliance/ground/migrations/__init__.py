"""The schema history of the operations database."""
