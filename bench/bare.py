"""A Django view without middleware, for comparison."""

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path


def bare(request):
    """Hello from Django."""
    return HttpResponse("hello")


urlpatterns = [path("", bare)]

settings.configure(
    SECRET_KEY="bench", ALLOWED_HOSTS=["127.0.0.1"], ROOT_URLCONF="bench.bare", MIDDLEWARE=[]
)
application = get_wsgi_application()
