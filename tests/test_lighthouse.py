"""Lighthouse, as on a phone: accessibility, best practices and being found, which are no timing.

``TEST_LIGHTHOUSE`` names its program; docs/decisions.md says how speed is measured with it.
"""

import json
import os
import subprocess
from unittest import skipUnless

from tests.support import browser
from tests.support.paper import OnePaper

LIGHTHOUSE = os.environ.get("TEST_LIGHTHOUSE", "")
CATEGORIES = ("accessibility", "best-practices", "seo")
LEAST = 0.99
ATTEMPTS = 3


@skipUnless(LIGHTHOUSE, "TEST_LIGHTHOUSE does not name the program")
class Lighthouse(OnePaper):
    def test_each_kind_of_page_has_99_of_100_at_least(self):
        for name in ("home", "digest", "digest's story", "tag", "source", "help", "archive"):
            scores = self.scores(self.pages[f"zh {name}"])
            self.assertEqual(set(scores), set(CATEGORIES))
            poor = {kind: score for kind, score in scores.items() if score < LEAST}
            self.assertEqual(poor, {}, name)

    def scores(self, address: str) -> dict[str, float]:
        """What Lighthouse gives a page in each category, from 0 to 1."""
        flags = " ".join(["--headless", *browser.ARGUMENTS])
        command = [
            LIGHTHOUSE,
            self.live_server_url + address,
            "--quiet",
            "--output=json",
            f"--only-categories={','.join(CATEGORIES)}",
            f"--chrome-flags={flags}",
        ]
        environment = os.environ | {"CHROME_PATH": str(browser.executable())}
        for _attempt in range(ATTEMPTS):  # of a browser that did not come up, not of a poor score
            found = subprocess.run(command, capture_output=True, text=True, env=environment)
            if found.returncode == 0:
                break
        self.assertEqual(found.returncode, 0, found.stderr[-1000:])
        categories = json.loads(found.stdout)["categories"]
        return {kind: value["score"] or 0 for kind, value in categories.items()}
