"""Are the landed rows what such a source sends?"""
