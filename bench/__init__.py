"""The benchmark suite: ratios between things measured in one run, since machines drift."""
