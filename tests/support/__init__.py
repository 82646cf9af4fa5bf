"""What the tests stand on."""

SLOW = {"slow", "browser"}  # tags of the classes that --quick leaves out
