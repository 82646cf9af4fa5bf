"""Jobs in child processes: parsing, comparing and decoding what others made.

A child is started on first use and kept. Each job is limited in CPU time and memory; a child that
uses more ends, and the next job gets a new one. Safe to use from several threads. The shared pool
starts anew in a forked process.
"""

import contextlib
import os
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from posts.content.derive import MAX_LENGTH, Derived
from posts.content.frontmatter import PatchError
from posts.content.frontmatter.document import Document
from posts.content.frontmatter.patching import Patched, Value
from posts.content.problems import Unreadable, Worded
from posts.content.recognition import NoPost
from posts.content.threeway import Merged
from posts.deriving.child import Child
from posts.deriving.limits import (
    DELIVERY,
    DOCUMENT,
    PATIENCE,
    PICTURE,
    POSTER,
    START,
    Limits,
    Overrun,
)
from posts.deriving.picture import BadPicture, Picture
from posts.deriving.poster import Poster
from posts.deriving.unpacking import Unpacked

WORDED: dict[str, type[Worded]] = {"PatchError": PatchError, "BadPicture": BadPicture}
Answer = tuple[str, Any]  # ``ok`` with the result, or what kind of error there is


class File(NamedTuple):
    """The text of a file, its path, and the time zone of dates that name none."""

    text: str
    path: str
    zone: str


class Pool:
    """Up to ``size`` children; a job takes one that is free, starts one or waits its turn."""

    def __init__(self, size: int = 2, time_limit: float = DOCUMENT.seconds):
        self.size = size
        self.document = replace(DOCUMENT, seconds=time_limit)
        self._begin()

    def _begin(self) -> None:
        # A deque needs no lock: one that another thread holds at a fork is never given back.
        self.free: deque[Child] = deque()
        self.slots = threading.BoundedSemaphore(self.size)
        self.one_picture = threading.Lock()

    # -- the jobs ------------------------------------------------------------------------------

    def derive(
        self, text: str, path: str, zone: str, switches: Mapping[str, bool] | None = None
    ) -> Derived:
        """Everything that is derived from a document. Raises :class:`Unreadable`."""
        return self._about_document(text, "derive", text, path, zone, dict(switches or {}))

    def derive_files(
        self, files: Sequence[File], switches: Mapping[str, bool] | None = None
    ) -> list[Derived | NoPost | Unreadable]:
        """What is derived from each of some files, in their order, or why there is nothing.

        One child does them one after the other, each within the limits of a single document, and
        a file that it cannot do costs no other its result. Some 30 files and 500 kB at a time
        keep the pipe from mattering; more only wait for one another.
        """
        known = dict(switches or {})
        jobs = [(*file, known) for file in files]
        small = [job for job in jobs if len(job[0]) <= MAX_LENGTH]
        with self.slots:
            begun = iter(self._begun("derive_post", self.document, small) if small else ())
        results: list[Derived | NoPost | Unreadable] = []
        for job in jobs:
            answer = next(begun, None) if len(job[0]) <= MAX_LENGTH else None
            try:
                if answer and answer[0] != "overrun":
                    results.append(_result(answer))
                else:
                    results.append(self._about_document(job[0], "derive_post", *job))
            except Unreadable as error:
                results.append(error)
        return results

    def read(self, text: str) -> Document:
        """The document's parts and the values of its front matter. Raises :class:`Unreadable`."""
        return replace(self._about_document(text, "read", text), text=text)

    def why_no_post(self, text: str, path: str) -> str:
        """The key of the reason why a file is no post; empty for a post.

        Raises :class:`Unreadable`.
        """
        return self._about_document(text, "why_no_post", text, path)

    def patched(self, text: str, changes: Mapping[str, Value], body: str | None = None) -> Patched:
        """The document with some keys changed (None removes one) and perhaps another body.

        Raises :class:`Unreadable`, and ``PatchError`` for values that the front matter cannot hold.
        """
        return self._about_document(text, "patched", text, changes, body)

    def compared(
        self, before: str, after: str, name: str = "", new_name: str = ""
    ) -> list[tuple[str, str]]:
        """A unified diff: (``added``, ``removed``, ``range`` or ``same``, line) of each line.

        Raises :class:`Unreadable` for texts that take too long.
        """
        try:
            return self.run("compared", self.document, before, after, name, new_name)
        except Overrun:
            seconds = f"{self.document.seconds:g}"
            raise Unreadable(1, "too-slow.comparison", seconds=seconds) from None

    def merged(self, base: str, ours: str, theirs: str) -> Merged:
        """The three-way merge of documents: what ``theirs`` changed since ``base``, in ``ours``.

        Raises :class:`Unreadable`, also for texts that take too long.
        """
        return self._about_document(ours, "merged", base, ours, theirs)

    def cleaned(self, source: Path, target: Path) -> Picture:
        """Write a picture without what its maker did not mean to publish; what was written.

        One at a time: a large one needs some 400 MB. Raises :class:`BadPicture`, and OSError if the
        files cannot be read or written; ``target`` is then incomplete and the caller's to remove.
        """
        try:
            with self.one_picture:
                return self.run("cleaned", PICTURE, str(source), str(target))
        except Overrun as error:
            _refuse_picture(error)

    def drawn(self, poster: Poster) -> bytes:
        """The picture with which a page is shared, as PNG. Raises :class:`Overrun`."""
        return self.run("drawn", POSTER, poster)

    def unpacked(self, source: Path, target: Path) -> list[Unpacked]:
        """Write the documents of a JSON delivery into one file; where each lies in it.

        Raises :class:`Unreadable` for a file that is no delivery, and OSError.
        """
        try:
            return self.run("unpacked", DELIVERY, str(source), str(target))
        except Overrun as error:
            _refuse_document(error, DELIVERY)

    def _about_document(self, text: str, name: str, *arguments: Any) -> Any:
        if len(text) > MAX_LENGTH:
            raise Unreadable(1, "too-large.file", limit=MAX_LENGTH)
        try:
            return self.run(name, self.document, *arguments)
        except Overrun as error:
            _refuse_document(error, self.document)

    # -- how they are done ---------------------------------------------------------------------

    def run(self, name: str, limits: Limits, *arguments: Any) -> Any:
        """The result of a job. Raises :class:`Overrun`, and what the job itself raises."""
        with self.slots:
            answer = self._answer(name, limits, arguments)
        return _result(answer)

    def _answer(self, name: str, limits: Limits, arguments: tuple) -> Answer:
        """A child may have been ended from outside; then a new one is asked, once."""
        try:
            return self._asked(self._free_child(), name, limits, arguments)
        except (EOFError, BrokenPipeError):
            pass
        try:
            return self._asked(Child(), name, limits, arguments)
        except (EOFError, BrokenPipeError):
            return "overrun", ("died", "")

    def _asked(self, child: Child, name: str, limits: Limits, arguments: tuple) -> Answer:
        answers: list[Answer] = []
        try:
            self._ask(child, name, limits, [arguments], answers)
            return answers[0]
        except TimeoutError:
            return "overrun", ("stuck", "")
        except EOFError:
            if child.used_up_its_time():
                return "overrun", ("slow", "")
            raise

    def _begun(self, name: str, limits: Limits, jobs: list[tuple]) -> list[Answer]:
        """The answers up to where a child came to its end; which job ended it is not known."""
        answers: list[Answer] = []
        with contextlib.suppress(TimeoutError, EOFError, BrokenPipeError):
            self._ask(self._free_child(), name, limits, jobs, answers)
        return answers

    def _ask(
        self, child: Child, name: str, limits: Limits, jobs: list[tuple], answers: list[Answer]
    ) -> None:
        """Add the answers to jobs, and keep the child if it is well."""
        healthy, seconds = False, limits.seconds * PATIENCE + START
        try:
            for state, value, tired in child.ask(name, limits, jobs, seconds):
                answers.append((state, value))
                healthy = not tired and len(answers) == len(jobs)
        finally:
            if healthy:
                self.free.append(child)
            else:
                child.close()

    def _free_child(self) -> Child:
        with contextlib.suppress(IndexError):
            return self.free.pop()
        return Child()

    def close(self) -> None:
        """End the free children."""
        with contextlib.suppress(IndexError):
            while True:
                self.free.pop().close()

    def begin_anew(self) -> None:
        """After a fork: the children are the parent's, and its threads hold nothing here."""
        with contextlib.suppress(IndexError):
            while True:
                self.free.pop().forget()
        self._begin()


def _result(answer: Answer) -> Any:
    state, value = answer
    if state == "ok":
        return value
    if state == "unreadable":
        raise Unreadable.of(value)
    if state == "worded":
        kind, key, values = value
        raise WORDED[kind](key, **values)
    if state == "system":
        raise OSError(*value)
    raise Overrun(*value)


def _refuse_document(error: Overrun, limits: Limits) -> NoReturn:
    if error.reason == "slow":
        raise Unreadable(1, "too-slow", seconds=f"{limits.seconds:g}") from None
    if error.reason == "deep":
        raise Unreadable(1, "too-deep.document") from None
    if error.reason == "large":
        raise Unreadable(1, "too-much-memory") from None
    if error.reason == "failed":
        raise Unreadable(1, "render-failed", problem=error.detail) from None
    if error.reason == "stuck":
        raise Unreadable(1, "no-answer") from None
    raise Unreadable(1, "render-died") from None


def _refuse_picture(error: Overrun) -> NoReturn:
    if error.reason == "slow":
        raise BadPicture("picture-too-slow", seconds=f"{PICTURE.seconds:g}") from None
    if error.reason == "stuck":
        raise BadPicture("picture-no-answer") from None
    raise BadPicture("picture-too-complex") from None


shared = Pool(size=4)
posters = Pool(size=1)  # its child holds fonts; whoever asks for pictures keeps no editor waiting
os.register_at_fork(after_in_child=shared.begin_anew)
os.register_at_fork(after_in_child=posters.begin_anew)
