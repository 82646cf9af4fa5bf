"""Wiring: the admin, then the public site."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path(f"{settings.ADMIN_PATH}/", admin.site.urls),
    path("", include("posts.public.urls")),
]
handler400 = "posts.public.views.bad_request"
handler404 = "posts.public.views.not_found"
handler500 = "posts.public.faults.server_error"
