"""Work that outlasts a request waits in the database and is done by ``db_worker``."""

import signal
from signal import SIGINT, SIGQUIT, SIGTERM

from django.core.management import call_command
from django.test import TransactionTestCase, override_settings

from tests.support.tasks import doubled


def work():
    """Do what waits, then end; the signals of this process stay its own."""
    kept = {number: signal.getsignal(number) for number in (SIGINT, SIGTERM, SIGQUIT)}
    try:
        call_command("db_worker", batch=True, startup_delay=False, reload=False, verbosity=0)
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)


@override_settings(TASKS={"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}})
class Queue(TransactionTestCase):
    def test_a_task_waits_until_a_worker_comes(self):
        result = doubled.enqueue(21)
        self.assertFalse(result.is_finished)
        work()
        result.refresh()
        self.assertEqual(result.return_value, 42)

    def test_one_that_fails_keeps_nobody_waiting(self):
        bad, good = doubled.enqueue(-1), doubled.enqueue(2)
        work()
        bad.refresh()
        good.refresh()
        self.assertIn("FAILED", str(bad.status))
        self.assertEqual(good.return_value, 4)
