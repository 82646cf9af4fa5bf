"""The least of Wagtail sites: one kind of page with rich text and tags, a list, a tag, a feed."""
