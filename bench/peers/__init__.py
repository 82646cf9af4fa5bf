"""What Newsroom stands beside: sites of our own writing for other programs, with the same posts.

None of it is imported by the site; each runs in the virtual environment of ``requirements.txt``.
"""
