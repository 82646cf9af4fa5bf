"""Markdown -> safe HTML."""

from posts.content.rendering.pipeline import Rendered, render

__all__ = ["Rendered", "render"]
