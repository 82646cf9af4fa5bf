"""A task to try the queue with."""

from posts.publishing.queue import task


@task
def doubled(number: int) -> int:
    """Twice a number; fails for a negative one."""
    if number < 0:
        raise ValueError("secret detail")
    return number * 2
