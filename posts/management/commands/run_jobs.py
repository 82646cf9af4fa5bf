"""``run_jobs``: what the worker does, without one or after it was lost."""

from django.core.management.base import BaseCommand

from posts.publishing import jobs, pings


class Command(BaseCommand):
    help = (
        "Do every job that waits or was cut off and tell WebSub hubs what is due, then stop. "
        "Safe beside a worker."
    )

    def handle(self, **options):
        self.stdout.write(f"{jobs.run_all()} jobs, {pings.send_due()} posts told to WebSub hubs")
