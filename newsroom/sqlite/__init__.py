"""Django's SQLite backend for disks that are full or can only be read."""
