"""The website: what readers and feed readers are given."""
