"""Four addresses."""

from django.urls import path

from bench.peers.blog import views

urlpatterns = [
    path("", views.PostList.as_view(), name="home"),
    path("tags/<slug:slug>/", views.TagList.as_view(), name="tag"),
    path("rss.xml", views.Newest(), name="feed"),
    path("posts/<slug:slug>/", views.PostDetail.as_view(), name="post"),
]
