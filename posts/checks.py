"""A check that ``manage.py`` makes before its commands."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register


@register(Tags.security)
def policy_is_strict(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """The content security policy must not allow inline or evaluated code, and must be there."""
    policy = settings.SECURE_CSP
    if not policy or "unsafe" in str(policy) or policy.get("default-src") != ["'none'"]:
        return [
            Error(
                "SECURE_CSP allows inline or evaluated code, or what it does not name.",
                hint="Begin with default-src 'none' and take “unsafe-…” out of it.",
                id="posts.E001",
            )
        ]
    return []
