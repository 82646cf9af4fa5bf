"""How gunicorn serves the site. It stands here because gunicorn reads it here by itself.

Two processes suit a machine with two cores; ``WEB_CONCURRENCY`` sets another number. Threads wait
for the database or for a child process that derives a document, so there are more of them.
"""

import os

bind = f"127.0.0.1:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = "gthread"
threads = 4
timeout = 60  # seconds in which a worker must give a sign of life
graceful_timeout = 30  # seconds for requests under way when it is told to stop
max_requests, max_requests_jitter = 20_000, 2_000  # a leak somewhere never grows for weeks

# A client must not choose the path that the site believes to stand under, nor its scheme or
# address: a cache in front would keep the answer for everybody. gunicorn's own defaults let any
# client on this machine do that by a header named SCRIPT_NAME, and so whatever a proxy passes on.
forwarder_headers = ""
forwarded_allow_ips = ""
secure_scheme_headers: dict[str, str] = {}
header_map = "drop"
control_socket_disable = True  # nothing here talks to it
