"""Databases for tests that need several processes at once."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import psycopg
from django.db import connection

from tests.cast import ROOT


class Database:
    """A database of its own for processes of their own.

    An SQLite file, or one that is made on the tests' PostgreSQL.
    """

    def __init__(self, folder: Path, name: str):
        self.folder, self.name, self.settings = (
            folder,
            f"newsroom_{os.getpid()}_{name}",
            connection.settings_dict,
        )

    @property
    def url(self) -> str:
        if connection.vendor == "sqlite":
            return f"sqlite:///{self.folder}/{self.name}.sqlite3"
        host = quote(self.settings["HOST"], safe="")
        return f"postgresql://{self.settings['USER']}@/{self.name}?host={host}"

    def create(self, template: "Database | None" = None):
        """Make it, as a copy of another one."""
        if connection.vendor == "sqlite":
            if template:
                shutil.copy(
                    f"{self.folder}/{template.name}.sqlite3", f"{self.folder}/{self.name}.sqlite3"
                )
        else:
            self._sql(
                f'CREATE DATABASE "{self.name}"'
                + (f' TEMPLATE "{template.name}"' if template else "")
            )

    def drop(self):
        if connection.vendor != "sqlite":
            self._sql(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')

    def _sql(self, statement: str):
        with psycopg.connect(
            dbname="postgres",
            user=self.settings["USER"],
            host=self.settings["HOST"],
            autocommit=True,
        ) as server:
            server.execute(statement)

    def start(self, *arguments: str) -> subprocess.Popen:
        environment = os.environ | {
            "DATABASE_URL": self.url,
            "DJANGO_SETTINGS_MODULE": "newsroom.settings",
        }
        return subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def run(self, code: str) -> subprocess.Popen:
        """Start some code with Django set up."""
        return self.start("-c", f"import django; django.setup(); {code}")

    def output(self, code: str) -> str:
        """What some code prints."""
        return self.run(code).communicate()[0]
