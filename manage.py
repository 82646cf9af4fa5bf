#!/usr/bin/env python
"""Django's command line. Tests have settings of their own, which the site knows nothing of."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    settings = "tests.settings" if sys.argv[1:2] == ["test"] else "newsroom.settings"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", settings)
    execute_from_command_line(sys.argv)
