"""``run_jobs``: the work of merges and large selections, without a worker or after one was lost."""

from django.core.management.base import BaseCommand

from posts.publishing import jobs


class Command(BaseCommand):
    help = "Do every job that waits or was cut off, then stop. Safe beside a worker."

    def handle(self, **options):
        self.stdout.write(f"{jobs.run_all()} jobs")
