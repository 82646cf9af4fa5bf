"""Signing in, slowed down by django-axes for those who guess: whose count, and what they see."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

from axes.helpers import get_cool_off
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

UNKNOWN = "0.0.0.0"  # noqa: S104 - no address is known on a Unix socket


def client_address(request: HttpRequest) -> str:
    """Who asked: the entry that the outermost of our own proxies wrote; without one, the peer.

    What stands further left in ``X-Forwarded-For`` was sent by the client and is never believed.
    """
    peer = request.META.get("REMOTE_ADDR", "")
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    proxies = settings.PROXIES
    candidate = hops[-proxies] if 0 < proxies <= len(hops) else peer
    return str(_parsed(candidate) or _parsed(peer) or UNKNOWN)


def client_network(request: HttpRequest) -> str:
    """Where tries are counted: an IPv4 address, or the /64 that an IPv6 host has for itself."""
    address = ip_address(client_address(request))
    if address.version == 4:
        return str(address)
    return str(ip_network(f"{address}/64", strict=False).network_address)


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def locked_out(
    request: HttpRequest, response: HttpResponse | None, credentials: dict[str, Any] | None
) -> HttpResponse:
    """The answer to whoever tried too often; the same for names that nobody has."""
    pause = get_cool_off(request)
    context = {
        "title": _("Too many attempts"),
        "text": _("Too many attempts. Wait a quarter of an hour and try again."),
        "home": request.path,
        "home_name": _("Back to signing in"),
    }
    answer = _page(request, context, 429)
    answer.headers["Retry-After"] = str(int(pause.total_seconds()) if pause else 0)
    return answer


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's ``CSRF_FAILURE_VIEW``: mostly an editor with two tabs who signed in again in one."""
    context = {
        "title": _("This page is out of date"),
        "text": _(
            "Somebody signed in or out in this browser since the page was opened, or the browser "
            "keeps no cookies. Open the page again before you send it."
        ),
        "unsaved": True,
        "home": request.path,
        "home_name": _("Open the page again"),
    }
    return _page(request, context, 403)


def _page(request: HttpRequest, context: dict[str, Any], status: int) -> HttpResponse:
    context |= {"site_name": settings.SITE_NAME, "interface_language": get_language()}
    answer = render(request, "fault.html", context, status=status)
    answer.headers["Cache-Control"] = "no-store"
    return answer
