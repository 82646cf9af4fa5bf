"""Django's PostgreSQL backend, which looks at the socket instead of asking ``SELECT 1``.

A server that restarts, shuts down or ends a connection says so, and what it says waits in the
socket. A connection lives for a minute (``CONN_MAX_AGE``), too short to be dropped silently by a
firewall, so that one in which nothing waits is as good as one that answers: each request saves a
way to the server and back.
"""

import select

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that is asked only if something waits in it, or after an error."""

    def is_usable(self) -> bool:
        """False if the server has ended the connection."""
        if not self.errors_occurred and self._is_quiet():
            return True
        usable: bool = super().is_usable()
        return usable

    def _is_quiet(self) -> bool:
        if self.connection is None or self.connection.closed:
            return False
        waiting = select.poll()
        waiting.register(self.connection.fileno(), select.POLLIN)
        return not waiting.poll(0)
