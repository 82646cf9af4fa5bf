"""Requests that the site itself makes to others."""
