"""What every answer has in common: headers, methods, language, sessions, and what is refused."""

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_to_bytes

from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.exceptions import SessionInterrupted
from django.contrib.sessions.middleware import SessionMiddleware
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import translation
from django.utils.cache import patch_cache_control
from django.utils.deprecation import MiddlewareMixin

from newsroom.csp import build_policy
from posts.admin import audit

MAX_QUERY = 2900  # bytes: 300 Chinese characters of a search, and what stands beside them
READ, WRITE = ["GET", "HEAD"], ["GET", "HEAD", "POST", "OPTIONS"]
RENEW = 60  # seconds between two notes of when a session was last used

GetResponse = Callable[[HttpRequest], HttpResponseBase]


def is_admin(request: HttpRequest) -> bool:
    """True for the editors' side."""
    return request.path_info.startswith(f"/{settings.ADMIN_PATH}/")


class SecurityHeaders:
    """What ``SECURE_CSP`` does not cover, on every answer but the way to HTTPS."""

    def __init__(self, get_response: GetResponse):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        media = request.path_info.startswith(settings.MEDIA_URL)
        if media:
            response.headers["Content-Security-Policy"] = build_policy(settings.MEDIA_CSP)
        response.headers.setdefault(
            "Cross-Origin-Resource-Policy", "cross-origin" if media else "same-origin"
        )
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), geolocation=(), microphone=(), browsing-topics=()"
        )
        return response


class Requests:
    """Turns away methods and addresses that no page has, and lets errors be kept by nobody."""

    def __init__(self, get_response: GetResponse):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.refusal(request) or self.get_response(request)
        if response.status_code >= 400 and "Cache-Control" not in response.headers:
            patch_cache_control(response, no_store=True)
        return response

    def refusal(self, request: HttpRequest) -> HttpResponse | None:
        """405 for a method that nothing here answers, 400 for an address that is none."""
        methods = WRITE if is_admin(request) else READ
        if request.method not in methods:
            return HttpResponseNotAllowed(methods)
        query = request.META.get("QUERY_STRING", "")
        try:
            bad = "\0" in request.path or "\0" in unquote_to_bytes(query).decode()
        except UnicodeDecodeError:
            bad = True
        if bad or len(query) > MAX_QUERY:
            return HttpResponse("Bad request\n", status=400, content_type="text/plain")
        return None


class SecurityEvents:
    """Writes refusals to the security log, and lets its other lines name who acted."""

    def __init__(self, get_response: GetResponse):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with audit.acting(request):
            response = self.get_response(request)
            if response.status_code == 403:
                audit.refused(request)
            return response


class ForEditors(MiddlewareMixin):
    """A middleware of which public pages need nothing, and which costs them nothing."""

    def __call__(self, request: HttpRequest) -> Any:
        """The answer, worked on where editors asked for it."""
        return super().__call__(request) if is_admin(request) else self.get_response(request)


class StaffAccounts(ForEditors, AuthenticationMiddleware):
    """``request.user``, in the admin."""


class StaffMessages(ForEditors, MessageMiddleware):
    """What was done, reported on the next page of the admin."""


class StaffSessions(ForEditors, SessionMiddleware):
    """A session ends ``SESSION_IDLE`` minutes after its last page of the admin.

    Public pages neither read nor write sessions. Where nothing can be written, editors still read.
    """

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        session = request.session
        renewal = False
        if session.accessed and "_auth_user_id" in session:
            renewal = not session.modified and time.time() - session.get("used_at", 0) >= RENEW
            if renewal:
                session["used_at"] = int(time.time())
        try:
            return super().process_response(request, response)
        except (DatabaseError, SessionInterrupted):
            if renewal:
                return response
            raise


class InterfaceLanguage(LocaleMiddleware):
    """The admin is in the editor's language; a public page in its own, whoever asks."""

    def process_request(self, request: HttpRequest) -> None:
        if is_admin(request):
            return super().process_request(request)
        translation.activate(settings.SITE_LANGUAGE)
        request.LANGUAGE_CODE = settings.SITE_LANGUAGE
        return None

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if is_admin(request):
            return super().process_response(request, response)
        response.headers.setdefault("Content-Language", translation.get_language())
        return response
