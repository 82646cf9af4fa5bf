"""Posts and their tags."""

from django.db import models
from django.urls import reverse


class Tag(models.Model):
    """A subject word."""

    name = models.CharField(max_length=100)
    slug = models.SlugField(unique=True)


class Post(models.Model):
    """One post; its body is Markdown."""

    title = models.CharField(max_length=200)
    slug = models.SlugField(unique=True)
    author = models.CharField(max_length=100)
    published = models.DateTimeField(db_index=True)
    body = models.TextField()
    tags = models.ManyToManyField(Tag, related_name="posts")

    class Meta:
        ordering = ["-published"]

    def get_absolute_url(self) -> str:
        return reverse("post", args=[self.slug])
