"""Signing in, slowed down for those who guess."""

from hashlib import sha256

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.cache import cache
from django.utils.translation import gettext_lazy as _

TRIES = 8
PAUSE = 15 * 60  # seconds in which tries are counted


class ThrottledSignIn(AdminAuthenticationForm):
    """After eight failures of one name from one address, every try fails for a while: the same
    words, no look at the password.
    """

    error_messages = AdminAuthenticationForm.error_messages | {
        "throttled": _("Too many attempts. Wait a quarter of an hour and try again."),
    }

    def clean(self):
        key = self._key()
        if cache.get(key, 0) >= TRIES:
            raise forms.ValidationError(self.error_messages["throttled"], code="throttled")
        try:
            cleaned = super().clean()
        except forms.ValidationError:
            if not cache.add(key, 1, PAUSE):
                cache.incr(key)
            raise
        cache.delete(key)
        return cleaned

    def _key(self) -> str:
        name = str(self.data.get("username", "")).casefold()[:200]
        address = self.request.META.get("REMOTE_ADDR", "") if self.request else ""
        return "signin-" + sha256(f"{name}\n{address}".encode()).hexdigest()
