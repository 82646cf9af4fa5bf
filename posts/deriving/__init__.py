"""Deriving documents and cleaning pictures in child processes that can be stopped."""
