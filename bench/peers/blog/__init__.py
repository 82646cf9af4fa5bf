"""A blog as a Django textbook writes it: one model, Markdown rendered on each request."""
