"""What a search costs among many posts, on both databases: newest first, best first, for facets.

Asked of the engine, without a page around it: a page that was asked for before comes from memory.
"""

import time
from pathlib import Path

from bench import folder, subjects
from bench.growth import FIRST, database
from bench.subjects import site

ASKED = 40  # times that each kind of query is asked, with other words each time


def measure(work: Path, size: dict, peers: Path | None) -> dict:
    """Rows for every database, kind of query and way to ask."""
    folder.write_posts(work / "site" / "_posts", FIRST)
    rows, left_out, built = [], [], []
    for name in size["databases"]:
        try:
            with database(name, work) as url:
                began = time.monotonic()
                subjects.imported(url, work)
                site("multiply", size["posts"], database=url, folder=work)
                found = site("find", ASKED, database=url, folder=work)
                rows += [{"database": name, **row} for row in found["rows"]]
                seconds = time.monotonic() - began
                built.append({"database": name, "bytes": found["bytes"], "seconds": seconds})
        except RuntimeError as error:
            left_out.append(f"{name}: {error}")
    return {"rows": rows, "built": built, "left_out": left_out, "posts": size["posts"]}
