"""How both versions of something stand in one text, as version control marks them."""

OURS, BETWEEN, THEIRS = "<<<<<<< post", "=======", ">>>>>>> file"
MARKS = (OURS, THEIRS)


def block(ours: str, theirs: str, end: str) -> str:
    """Both versions between marks, each mark on a line of its own."""
    return f"{OURS}{end}{_ended(ours, end)}{BETWEEN}{end}{_ended(theirs, end)}{THEIRS}{end}"


def _ended(text: str, end: str) -> str:
    return text if not text or text.endswith(("\n", "\r")) else text + end
