"""What every answer has in common: headers, language, and addresses that are no good."""

from urllib.parse import unquote_to_bytes

from django.conf import settings
from django.http import HttpResponse
from django.middleware.locale import LocaleMiddleware
from django.utils import translation
from django.utils.cache import patch_cache_control

MAX_QUERY = 2000


class SecurityHeaders:
    """A strict policy on every answer, errors and files included."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        media = request.path.startswith(settings.MEDIA_URL)
        response.headers.setdefault(
            "Content-Security-Policy",
            "default-src 'none'; sandbox" if media else settings.CONTENT_SECURITY_POLICY,
        )
        response.headers.setdefault(
            "Cross-Origin-Resource-Policy", "cross-origin" if media else "same-origin"
        )
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), geolocation=(), microphone=(), browsing-topics=()"
        )
        return response


class PublicPages:
    """Turns away addresses that no page can have, and lets errors be kept by nobody."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        query = request.META.get("QUERY_STRING", "")
        try:
            bad = "\0" in request.path or "\0" in unquote_to_bytes(query).decode()
        except UnicodeDecodeError:
            bad = True
        if bad or len(query) > MAX_QUERY:
            return HttpResponse("Bad request\n", status=400, content_type="text/plain")
        response = self.get_response(request)
        if response.status_code >= 400 and "Cache-Control" not in response.headers:
            patch_cache_control(response, no_store=True)
        return response


class InterfaceLanguage(LocaleMiddleware):
    """The desk speaks the editor's language; a public page speaks its own, whoever asks."""

    def process_request(self, request):
        if request.path.startswith(f"/{settings.ADMIN_PATH}/"):
            return super().process_request(request)
        translation.activate(settings.SITE_LANGUAGE)
        request.LANGUAGE_CODE = settings.SITE_LANGUAGE
        return None

    def process_response(self, request, response):
        if request.path.startswith(f"/{settings.ADMIN_PATH}/"):
            return super().process_response(request, response)
        response.headers.setdefault("Content-Language", translation.get_language())
        return response
