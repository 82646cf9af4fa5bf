"""A list of articles with addresses for a tag and a feed, and the articles."""

from django.contrib.syndication.views import Feed
from django.core.paginator import Paginator
from django.db import models
from modelcluster.contrib.taggit import ClusterTaggableManager
from modelcluster.fields import ParentalKey
from taggit.models import TaggedItemBase
from wagtail.contrib.routable_page.models import RoutablePageMixin, path
from wagtail.fields import RichTextField
from wagtail.models import Page

PAGE = 20


class ArticleTag(TaggedItemBase):
    """A tag of an article."""

    content_object = ParentalKey("ArticlePage", related_name="tagged_items")


class ArticlePage(Page):
    """One post."""

    author = models.CharField(max_length=100)
    published = models.DateField(db_index=True)
    body = RichTextField()
    tags = ClusterTaggableManager(through=ArticleTag)


class ArticleList(RoutablePageMixin, Page):
    """The newest articles, those of a tag, and the feed."""

    def articles(self):
        """Live articles below this page, with what a list shows."""
        found = ArticlePage.objects.live().descendant_of(self).order_by("-published", "-pk")
        return found.prefetch_related("tagged_items__tag")

    def listed(self, request, articles):
        """A page of twenty."""
        page = Paginator(articles, PAGE).get_page(request.GET.get("page"))
        return self.render(
            request,
            context_overrides={"articles": page},
            template="magazine/article_list.html",
        )

    @path("")
    def newest(self, request):
        return self.listed(request, self.articles())

    @path("tags/<slug:slug>/")
    def tagged(self, request, slug):
        return self.listed(request, self.articles().filter(tags__slug=slug))

    @path("feed/")
    def feed(self, request):
        return Newest(self)(request)


class Newest(Feed):
    """The newest articles as RSS, whole."""

    title, link, description = "Magazine", "/", "A magazine"

    def __init__(self, page):
        self.page = page

    def items(self):
        return self.page.articles()[:PAGE]

    def item_title(self, item):
        return item.title

    def item_description(self, item):
        return item.body

    def item_link(self, item):
        return item.full_url
