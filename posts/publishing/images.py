"""The pictures that documents refer to, found among those of the site."""

from collections.abc import Iterable

from posts.content import hyperlinks
from posts.content.derive import Derived
from posts.content.lines import number
from posts.content.problems import Problem
from posts.content.rendering import image_tags
from posts.models import Image
from posts.models.cards import CardImage
from posts.publishing.submissions import Submission


class Pictures:
    """The image rows that a batch refers to. One query for each 500 paths."""

    def __init__(self, submissions: Iterable[Submission]):
        wanted: set[str] = set()
        for submission in submissions:
            for reference in pictures_named(submission.derived):
                wanted.update(hyperlinks.image_candidates(reference, submission.path))
        ordered = sorted(wanted)
        self.rows = {
            image.path: image
            for start in range(0, len(ordered), 500)
            for image in Image.objects.filter(path__in=ordered[start : start + 500])
        }

    def find(self, reference: str, path: str) -> Image | None:
        """The picture that the post at ``path`` means."""
        candidates = hyperlinks.image_candidates(reference, path) if self.rows and reference else ()
        return next((self.rows[name] for name in candidates if name in self.rows), None)

    def missing(self, submission: Submission) -> list[Problem]:
        """A remark for each own picture of a document that is not there."""
        found = []
        for reference in pictures_named(submission.derived):
            is_own = bool(hyperlinks.image_candidates(reference, submission.path))
            if is_own and self.find(reference, submission.path) is None:
                at = max(0, submission.document.find(reference))
                line = number(submission.document, at)
                found.append(Problem(line, "picture-missing", {"name": reference[:500]}))
        return found

    def resolved(self, html: str, path: str) -> str:
        """HTML of the post at ``path`` with its pictures at their addresses on this site."""

        def stored(reference: str) -> image_tags.StoredImage | None:
            if image := self.find(reference, path):
                return image_tags.StoredImage(image.file.url, image.width, image.height)
            return None

        return image_tags.resolved(html, stored)

    def for_card(self, submission: Submission) -> CardImage | None:
        """The picture that stands for a post: the one it names, else the first in its text."""
        derived = submission.derived
        named = (derived.image, *image_tags.references(derived.html))
        found = (self.find(reference, submission.path) for reference in named)
        image = next((image for image in found if image), None)
        if image is None:
            return None
        return CardImage(image.file.url, image.width, image.height, image.size, image.content_type)


def pictures_named(derived: Derived) -> list[str]:
    """What a document calls its pictures, each once."""
    found = [derived.image] if derived.image else []
    found += image_tags.references(derived.html)
    for story in derived.stories:
        found += image_tags.references(story.html)
    return list(dict.fromkeys(found))
