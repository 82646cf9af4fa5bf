"""Small helps for the public templates."""

from django import template
from django.utils.html import format_html

from posts.content import analysis, hyperlinks
from posts.models import Post

register = template.Library()
HTML_TAGS = {"zh-hans": "zh-Hans", "zh-hant": "zh-Hant"}


@register.filter
def htmllang(tag: str) -> str:
    """A language tag in the case that HTML authors use."""
    return HTML_TAGS.get(tag, tag or "")


@register.filter
def pathquote(path: str) -> str:
    """A site path, percent-encoded."""
    return hyperlinks.quoted(str(path))


@register.filter
def shortened(text: str, width: int) -> str:
    """A text within a width, in halves of a Chinese character: cut at a sentence or a word."""
    return analysis.shortened(str(text), width)


@register.simple_tag
def language_attributes(post: Post) -> str:
    """``lang`` and ``dir`` of a post's own language."""
    return format_html(' lang="{}" dir="{}"', htmllang(post.lang), post.direction)
