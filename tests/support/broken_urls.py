"""Addresses with one view that fails, to see the page for that."""

from django.urls import include, path

from newsroom.urls import handler400, handler404, handler500  # noqa: F401


def boom(request):
    """Fail."""
    raise RuntimeError("secret detail")


urlpatterns = [path("boom/", boom), path("", include("posts.public.urls"))]
