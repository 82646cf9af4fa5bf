"""A list, a post, a tag and a feed."""

import markdown
from django.contrib.syndication.views import Feed
from django.utils.safestring import mark_safe
from django.views.generic import DetailView, ListView

from bench.peers.blog.models import Post

PAGE = 20


def rendered(text: str) -> str:
    """HTML of Markdown."""
    return mark_safe(markdown.markdown(text, extensions=["extra", "toc"]))


class PostList(ListView):
    """Twenty posts, the newest first."""

    queryset = Post.objects.prefetch_related("tags")
    paginate_by = PAGE


class TagList(PostList):
    """Posts of a tag."""

    def get_queryset(self):
        return super().get_queryset().filter(tags__slug=self.kwargs["slug"])


class PostDetail(DetailView):
    """One post."""

    model = Post

    def get_context_data(self, **kwargs):
        return super().get_context_data(html=rendered(self.object.body), **kwargs)


class Newest(Feed):
    """The newest posts as RSS, whole."""

    title, link, description = "Blog", "/", "A blog"

    def items(self):
        return Post.objects.all()[:PAGE]

    def item_description(self, item):
        return rendered(item.body)

    def item_pubdate(self, item):
        return item.published
