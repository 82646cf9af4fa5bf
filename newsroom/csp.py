"""``django.middleware.csp`` of Django 6 for Django 5.2: the same setting, the same header.

Only what this site uses: no nonces and no report-only policy. Goes when Django 5.2 goes.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

HEADER = "Content-Security-Policy"


def build_policy(config: Mapping[str, Any]) -> str:
    """A policy as a header: ``True`` is a bare directive; ``None``, ``False``, ``[]`` are none."""
    directives = []
    for name, values in config.items():
        if values in (None, False):
            continue
        if values is True:
            directives.append(name)
            continue
        if isinstance(values, set):
            values = sorted(values)
        elif not isinstance(values, list | tuple):
            values = [values]
        if values:
            directives.append(f"{name} {' '.join(values)}")
    return "; ".join(directives)


class ContentSecurityPolicyMiddleware:
    """``SECURE_CSP`` on every answer that has no policy of its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if settings.SECURE_CSP and HEADER not in response.headers:
            response.headers[HEADER] = build_policy(settings.SECURE_CSP)
        return response
