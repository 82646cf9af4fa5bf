"""Pelican with its simple theme: articles, tags, categories and feeds."""

AUTHOR = SITENAME = "x"
SITEURL = "http://x.example"
TIMEZONE = "UTC"
THEME = "simple"
PATH = "content"
FEED_ALL_RSS = "rss.xml"
DEFAULT_PAGINATION = 20
MARKDOWN = {"extensions": ["markdown.extensions.extra", "markdown.extensions.meta"]}
