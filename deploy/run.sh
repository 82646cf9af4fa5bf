#!/bin/sh
# The site and its worker together, for `make run`: either ends when the other does.
# On a server systemd keeps them (newsroom.service, newsroom-worker.service).
set -u
bin=$1

"$bin/python" manage.py db_worker --verbosity 0 --no-startup-delay &
worker=$!
"$bin/gunicorn" newsroom.wsgi &
web=$!
trap 'kill "$worker" "$web" 2>/dev/null' INT TERM HUP EXIT

while kill -0 "$web" 2>/dev/null && kill -0 "$worker" 2>/dev/null; do
    sleep 1
done
kill "$worker" "$web" 2>/dev/null
wait "$worker"
wait "$web"
