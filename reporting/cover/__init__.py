"""送付書: what is enclosed when several papers go to the city together."""
