#!/bin/sh
# The site and its worker together, for `make run`: both end together, and a worker that was lost
# (it ends when the database goes away) is started again.
# On a server systemd does this (newsroom.service, newsroom-worker.service).
set -u
bin=$1
over=

work() {
    "$bin/python" manage.py db_worker --verbosity 0 --no-startup-delay &
    worker=$!
}

work
"$bin/python" -m newsroom.server &
web=$!
trap 'over=1; kill "$worker" "$web" 2>/dev/null' INT TERM HUP

while [ -z "$over" ] && kill -0 "$web" 2>/dev/null; do
    kill -0 "$worker" 2>/dev/null || { sleep 5; work; }
    sleep 1
done
kill "$worker" "$web" 2>/dev/null
wait "$worker"
wait "$web"
