"""The settings of the site, saved."""

from django.db import transaction

from posts.caching import journal, keys
from posts.models import Site


def save_site(site: Site) -> None:
    """Save the settings of the site; every page shows them. Two statements."""
    with transaction.atomic():
        site.save()
        journal.note({keys.EVERYTHING})
