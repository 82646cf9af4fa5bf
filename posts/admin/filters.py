"""Filters of the list of posts, each answered by an index."""

from django.contrib import admin
from django.utils.translation import gettext_lazy

from posts.models import Category, Post

MOST = 50  # choices of one filter


class CategoryFilter(admin.SimpleListFilter):
    """By section; answered from the index of its rows."""

    title = gettext_lazy("category")
    parameter_name = "category"

    def lookups(self, request, model_admin):
        return [
            (category.slug, category.name)
            for category in Category.objects.filter(merged_into=None)[:MOST]
        ]

    def queryset(self, request, queryset):
        return (
            queryset.filter(category_rows__category__slug=self.value())
            if self.value()
            else queryset
        )


class LanguageFilter(admin.SimpleListFilter):
    """By language, one index step for each."""

    title = gettext_lazy("language")
    parameter_name = "language"

    def lookups(self, request, model_admin):
        languages = Post.objects.order_by("language").values_list("language", flat=True)
        found: list[str] = []
        while len(found) < MOST:
            following = languages.filter(language__gt=found[-1] if found else "").first()
            if following is None:
                break
            found.append(following)
        return [(language, language) for language in found]

    def queryset(self, request, queryset):
        return queryset.filter(language=self.value()) if self.value() else queryset
