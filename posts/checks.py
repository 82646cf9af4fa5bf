"""Checks that stop an unsafe or unusable start."""

from django.conf import settings
from django.core.checks import Error, Tags, register


@register(Tags.security)
def policy_is_strict(app_configs, **kwargs):
    """The content security policy must not allow inline scripts or styles."""
    if "unsafe" in settings.CONTENT_SECURITY_POLICY:
        return [
            Error(
                "CONTENT_SECURITY_POLICY allows inline or evaluated code.",
                hint="Take “unsafe-…” out of it.",
                id="posts.E001",
            )
        ]
    return []
