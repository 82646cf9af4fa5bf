"""Small helps for the public templates."""

from django import template
from django.utils.html import format_html

from posts.content import hyperlinks

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


@register.simple_tag
def language_attributes(post) -> str:
    """``lang`` and ``dir`` of a post's own language."""
    return format_html(' lang="{}" dir="{}"', htmllang(post.lang), post.direction)
