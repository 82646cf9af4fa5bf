"""The search as readers see it: its page, its feeds, its facets, what it suggests."""
