"""django-taggit's field for posts: its whole reading side, with the tags in their documents' order.

A post's tags are words of its document, and the rows are their index. So what writes refuses, and
says how a post is tagged.
"""

from collections.abc import Iterable
from typing import Any, NoReturn

from django.db import models
from django.db.models import Count, F
from taggit.managers import TaggableManager, _TaggableManager
from taggit.utils import require_instance_manager


class ReadOnlyTags(TypeError):
    """Tags were to be written without the post's document; the message says how it is done."""

    def __init__(self) -> None:
        super().__init__(
            "The tags of a post are words of its document. posts.publishing.retag(post, names, "
            "user=user) writes them there and saves the post."
        )


class PostTagsManager(_TaggableManager):
    """``post.tags`` and ``Post.tags``."""

    def __init__(
        self,
        through: Any,
        model: Any,
        instance: Any,
        prefetch_cache_name: str,
        ordering: list[str] | None = None,
    ):
        if ordering is None and instance is not None:
            ordering = [f"{through.tag_relname()}__position"]
        super().__init__(through, model, instance, prefetch_cache_name, ordering)

    def get_prefetch_querysets(self, instances: list[Any], querysets: Any = None) -> tuple:
        """The tags of some posts, each with the post that it is for. One query."""
        if querysets is not None:
            raise ValueError("Custom querysets can't be used for this lookup.")
        rows = self.through.tag_relname()
        tags = self.through.tag_model()._default_manager.filter(**{f"{rows}__post__in": instances})
        tags = tags.annotate(_post=F(f"{rows}__post")).order_by(f"{rows}__position")
        name = self.prefetch_cache_name
        return tags, lambda tag: tag._post, lambda post: post.pk, False, name, False

    @require_instance_manager
    def similar_objects(self) -> list[Any]:
        """Posts that share tags with this one, those that share most first; ``similar_tags`` of
        each says how many. Two queries, more for some thousand posts.
        """
        shared = self.through._default_manager.filter(tag__in=self.all().order_by())
        shared = shared.exclude(post=self.instance).order_by().values_list("post")
        counts = dict(shared.annotate(count=Count("pk")).order_by("-count", "-post"))
        posts = self.model._default_manager.in_bulk(counts)
        for pk, count in counts.items():
            posts[pk].similar_tags = count
        return [posts[pk] for pk in counts]

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise ReadOnlyTags

    add = set = remove = clear = _refuse
    create = get_or_create = update_or_create = bulk_create = _refuse


class PostTags(TaggableManager):
    """taggit's field over a through row whose post is called ``post``, not ``content_object``."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **{"manager": PostTagsManager, **kwargs})

    def __set__(self, instance: Any, value: Iterable[Any]) -> NoReturn:
        raise ReadOnlyTags

    def deconstruct(self) -> tuple:
        """As taggit's own field: for a migration there is no difference."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "taggit.managers.TaggableManager", args, kwargs

    def m2m_column_name(self) -> str:
        return self._post().column

    def _post(self) -> models.ForeignKey:
        return self.through._meta.get_field("post")

    def _get_mm_case_path_info(self, direct: bool = False, filtered_relation: Any = None) -> list:
        """The joins from a post to its tags, or back."""
        near, far = self._post(), self.through._meta.get_field("tag")
        if not direct:
            near, far = far, near
        return [
            *near.get_reverse_path_info(filtered_relation=filtered_relation),
            *far.get_path_info(filtered_relation=filtered_relation),
        ]
