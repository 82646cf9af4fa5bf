"""The editors' form of a post."""

import contextlib
from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

import posts.admin.fields as fields
from posts import publishing
from posts.content import dates, slugs
from posts.content.frontmatter import PatchError
from posts.content.problems import Unreadable
from posts.deriving import pool
from posts.models import Post

LISTS = ("authors", "categories", "tags", "source")
TEXTS = ("title", "date", "slug")
MAX_BODY = 1_000_000


class PostForm(forms.ModelForm):
    """Edits a document: cleaned, the form holds the ``submission`` that is to be saved."""

    title = forms.CharField(
        label=gettext_lazy("title"),
        max_length=500,
        widget=forms.TextInput(attrs={"class": "vLargeTextField", "dir": "auto"}),
    )
    date = forms.CharField(
        label=gettext_lazy("date"),
        max_length=80,
        required=False,
        help_text=gettext_lazy("such as 2026-01-31 or 2026-01-31 10:00:00 +0800"),
    )
    slug = forms.CharField(
        label=gettext_lazy("slug"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("the last part of the address; empty: from the file name"),
    )
    authors = forms.CharField(
        label=gettext_lazy("authors"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 1, "cols": 60}),
    )
    categories = forms.CharField(
        label=gettext_lazy("categories"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 1, "cols": 60}),
    )
    tags = forms.CharField(
        label=gettext_lazy("tags"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "cols": 60}),
        help_text=gettext_lazy("separated by commas, or one a line"),
    )
    source = forms.CharField(
        label=gettext_lazy("source"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 1, "cols": 90}),
        help_text=gettext_lazy("addresses, one a line"),
    )
    status = forms.ChoiceField(label=gettext_lazy("status"), choices=Post.Status)
    body = forms.CharField(
        label=gettext_lazy("body"),
        required=False,
        strip=False,
        max_length=MAX_BODY,
        widget=forms.Textarea(
            attrs={
                "rows": 32,
                "cols": 110,
                "class": "vLargeTextField body",
                "dir": "auto",
                "spellcheck": "true",
            }
        ),
    )
    based_on = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Post
        fields = ()

    def __init__(self, *args: Any, user: Any = None, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.user = user
        self.submission: publishing.Submission | None = None
        if self.instance.pk:
            self.document = pool.shared.read(self.instance.document)
            values = fields.fields_of(self.document)
            values["title"] = values["title"] or self.instance.title
            for name in LISTS:
                values[name] = (
                    "\n".join(values[name])
                    if name == "source"
                    else fields.joined_names(values[name])
                )
            self.initial |= values | {
                "status": self.instance.status,
                "based_on": self.instance.version,
            }
        else:
            self.document = None
            now = timezone.localtime().strftime("%Y-%m-%d %H:%M:%S %z")
            self.initial |= {"status": Post.Status.DRAFT, "date": now}
        if not publishing.may_publish(user):
            self.fields["status"].disabled = True

    def _post_clean(self):
        """The row is not checked against the form: it is derived from the document when that is
        saved.
        """

    def _save_m2m(self):
        """Labels are ties to the document's words, not choices of the form: ``publishing`` writes
        them.
        """

    def clean_date(self):
        text = self.cleaned_data["date"].strip()
        if text:
            try:
                dates.parse(text).to_utc(settings.TIME_ZONE)
            except dates.BadDate as error:
                raise forms.ValidationError(str(error)) from None
        elif not self.instance.pk:
            raise forms.ValidationError(_("A new post needs a date."))
        return text

    def clean_slug(self):
        slug = self.cleaned_data["slug"].strip()
        if slug and not slugs.slugify(slug):
            raise forms.ValidationError(_("The slug needs a letter or a digit."))
        return slug

    def clean_body(self):
        body = self.cleaned_data["body"]
        if "\0" in body:
            line = body[: body.index("\0")].count("\n") + 1
            raise forms.ValidationError(
                _("Line %(line)s holds a NUL character; remove it.") % {"line": line}
            )
        return body

    def clean(self):
        cleaned = super().clean()
        if self.errors:
            return cleaned
        if self.instance.pk and cleaned.get("based_on") != Post.objects.values_list(
            "version", flat=True
        ).get(pk=self.instance.pk):
            message = _(
                "Somebody else saved this post while you were editing. Your text is still here: copy it, reload the page and put your changes in again."
            )
            raise forms.ValidationError(message, code="conflict")
        text = ""
        try:
            path, text = self._document_text(cleaned)
            zone, version = (
                (self.instance.zone, cleaned["based_on"]) if self.instance.pk else ("", 0)
            )
            self.submission = publishing.submission(path, text, zone, version)
            publishing.check(
                self.user, self.instance if self.instance.pk else None, self.submission.derived
            )
        except PatchError as error:
            raise forms.ValidationError(str(error)) from None
        except publishing.NotAllowed as error:
            raise forms.ValidationError(str(error), code="not-allowed") from None
        except Unreadable as error:
            self._report(error.problem, text)
        return cleaned

    def _document_text(self, cleaned: dict) -> tuple[str, str]:
        wanted = {name: cleaned[name].strip() for name in TEXTS} | {"body": cleaned["body"]}
        wanted |= {name: fields.split_names(cleaned[name]) for name in LISTS if name != "source"}
        wanted["source"] = [line.strip() for line in cleaned["source"].splitlines() if line.strip()]
        if not self.instance.pk:
            changes, body = fields.new_post(wanted, cleaned["status"])
            return self._new_path(wanted), pool.shared.patched("", changes, body).text
        if wanted["title"] == self.instance.title and not fields.fields_of(self.document)["title"]:
            wanted["title"] = (
                ""  # the title comes from the body or the file's name: it need not be written twice
            )
        text = pool.shared.patched(
            self.document.text, *fields.changes_of(self.document, wanted)
        ).text
        if cleaned["status"] != self.instance.status:
            document = pool.shared.read(text)
            changes = fields.status_changes(
                document,
                cleaned["status"],
                publishing.publishing_changes(self.instance.path, document),
            )
            text = pool.shared.patched(text, changes).text
        return self.instance.path, text

    @staticmethod
    def _new_path(wanted: dict) -> str:
        """A path as Jekyll names files, which no post has yet."""
        day = dates.parse(wanted["date"]).day
        name = slugs.slugify(wanted["slug"]) or slugs.slugify(wanted["title"], 100) or "post"
        base = f"_posts/{day.isoformat()}-{name}"
        taken = Post.objects.filter(path__startswith=base).values_list("path", flat=True)
        return f"{slugs.Names(path.removesuffix('.md') for path in taken).take(base)}.md"

    def _report(self, problem, text: str):
        """Show what is wrong at the field that it concerns, with the line of the body."""
        body_line = 1
        if problem.line > 1:
            with contextlib.suppress(Unreadable):  # what cannot be read is all body
                body_line = pool.shared.read(text).body_line
        message = problem.message
        if problem.line >= body_line and problem.line > 1:
            message = _("Line %(line)s: %(message)s") % {
                "line": problem.line - body_line + 1,
                "message": problem.message,
            }
        self.add_error("date" if problem.code == "bad-date" else "body", message)
