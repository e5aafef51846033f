"""What all papers share: the Japanese calendar, charts, packaging."""
