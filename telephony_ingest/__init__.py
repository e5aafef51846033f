"""Reads what the PBX wrote and lands every row once, with its lineage and without its numbers."""
