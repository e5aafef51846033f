"""Recordings in custody."""
