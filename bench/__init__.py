"""``make bench``: what the site costs beside other programs, measured in one run on one machine.

A part measures and writes ``results/PART.json``; ``report`` makes ``docs/benchmarks.md`` and its
charts of these files, and of nothing else.
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "bench" / "results"
