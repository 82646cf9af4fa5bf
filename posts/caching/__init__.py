"""The page cache: what pages show, what changes, and answers from memory."""
