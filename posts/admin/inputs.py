"""The inputs of the post form, and a text field that names the line of a NUL."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from posts.content.lines import number
from posts.models import Post

MAX_BODY = 1_000_000  # characters
MAX_LIST = 100_000  # characters of all names of one kind


class TextField(forms.CharField):
    """Text of any length and language; a NUL, which no database keeps, is named with its line."""

    def to_python(self, value: Any) -> str:
        text = super().to_python(value) or ""
        if "\0" in text:
            message = _("Line %(line)s holds a NUL character; remove it.")
            raise forms.ValidationError(
                message, code="nul", params={"line": number(text, text.index("\0"))}
            )
        return text


def _list(rows: int, cols: int, **options: Any) -> TextField:
    return TextField(
        required=False,
        max_length=MAX_LIST,
        widget=forms.Textarea(attrs={"rows": rows, "cols": cols}),
        **options,
    )


def _document(**options: Any) -> TextField:
    look = {"rows": 32, "cols": 110, "class": "vLargeTextField body", "dir": "auto"}
    return TextField(
        strip=False, widget=forms.Textarea(attrs=look | {"spellcheck": "true"}), **options
    )


class PostInputs(forms.ModelForm):
    """What an editor types of a post."""

    title = TextField(
        label=gettext_lazy("title"),
        max_length=500,
        widget=forms.TextInput(attrs={"class": "vLargeTextField", "dir": "auto"}),
    )
    date = TextField(
        label=gettext_lazy("date"),
        max_length=80,
        required=False,
        widget=forms.TextInput,
        help_text=gettext_lazy("such as 2026-01-31 or 2026-01-31 10:00:00 +0800"),
    )
    slug = TextField(
        label=gettext_lazy("slug"),
        max_length=200,
        required=False,
        widget=forms.TextInput,
        help_text=gettext_lazy("the last part of the address; empty: from the file name"),
    )
    authors = _list(1, 60, label=gettext_lazy("authors"))
    categories = _list(1, 60, label=gettext_lazy("categories"))
    tags = _list(
        2,
        60,
        label=gettext_lazy("tags"),
        help_text=gettext_lazy("separated by commas, or one a line"),
    )
    source = _list(
        1, 90, label=gettext_lazy("source"), help_text=gettext_lazy("addresses, one a line")
    )
    status = forms.ChoiceField(label=gettext_lazy("status"), choices=Post.Status)
    body = _document(label=gettext_lazy("body"), required=False, max_length=MAX_BODY)
    based_on = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Post
        fields = ()


class Decision(forms.Form):
    """What an editor made of a post and of what a file brought for it."""

    document = _document(label=gettext_lazy("document"), max_length=2 * MAX_BODY)
    based_on = forms.IntegerField(widget=forms.HiddenInput)


class WholeDocument(forms.ModelForm):
    """A document that cannot be read in parts, as it stands."""

    document = _document(label=gettext_lazy("document"))
    based_on = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Post
        fields = ()
