"""A Django view without middleware, for comparison."""

from django.conf import settings

settings.configure(
    SECRET_KEY="bench", ALLOWED_HOSTS=["*"], ROOT_URLCONF="bench.bare", MIDDLEWARE=[]
)

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.urls import path  # noqa: E402


def bare(request):
    """Hello from Django."""
    return HttpResponse("hello")


urlpatterns = [path("bare/", bare), path("", bare)]
application = get_wsgi_application()
