"""The editors' forms of a post: what was typed becomes a document that is ready to be saved."""

from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

import posts.admin.fields as fields
from posts import publishing
from posts.admin.inputs import PostInputs, WholeDocument
from posts.admin.wording import with_line, worded
from posts.content import dates, slugs
from posts.content.frontmatter import Document, PatchError
from posts.content.lines import unified
from posts.content.problems import Problem, Unreadable, Worded
from posts.deriving import pool
from posts.models import Post

LISTS = ("authors", "categories", "tags", "source")
TEXTS = ("title", "date", "slug")


class Documented(forms.ModelForm):
    """A form whose result is a document: cleaned, it holds the ``submission`` that is to be saved.

    ``refusal`` is what the save itself found when the same form was sent a moment ago.
    """

    def __init__(
        self,
        *args: Any,
        user: Any = None,
        parsed: Document | None = None,
        refusal: Worded | None = None,
        **kwargs: Any,
    ):
        super().__init__(*args, **kwargs)
        self.user, self.parsed, self.refusal = user, parsed, refusal
        self.submission: publishing.Submission | None = None

    def is_multipart(self) -> bool:
        """Sent in parts, a text in Chinese has a third of the bytes of a percent-encoded one."""
        return True

    def _post_clean(self) -> None:
        """The row is not checked against the form: it is derived from the document when that is
        saved.
        """

    def _save_m2m(self) -> None:
        """Labels follow the document's words, not choices of the form: ``publishing`` writes
        them.
        """

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        self._refuse_what_is_old(cleaned)
        try:
            if self.refusal is not None:
                raise self.refusal
            self.submission = self.submitted(cleaned)
            before = self.instance if self.instance.pk else None
            publishing.check(self.user, before, self.submission.derived)
        except Unreadable as error:
            self.report(error.problem)
        except (
            PatchError,
            publishing.NotAllowed,
            publishing.Conflict,
            publishing.Refused,
        ) as error:
            message = forms.ValidationError(worded(error), code=error.code)
            self.add_error(self.field_of(error), message)
        return cleaned

    def _refuse_what_is_old(self, cleaned: dict[str, Any]) -> None:
        if not self.instance.pk:
            return
        if cleaned.get("based_on") != self.instance.version:  # the save asks again, with a lock
            message = _(
                "Somebody else saved this post while you were editing. Your text is still here: "
                "copy it, reload the page and put your changes in again."
            )
            raise forms.ValidationError(message, code="conflict")

    def derived(self, path: str, text: str) -> publishing.Submission:
        """The submission of a text. Raises ``Unreadable``."""
        old = self.instance
        zone, based_on = (old.zone, old.version) if old.pk else ("", 0)
        return publishing.submission(path, text, zone, based_on, self.switches)

    @cached_property
    def switches(self) -> dict[str, bool]:
        """Which categories' posts hold stories, read once for all that the form derives."""
        return publishing.digest_switches()

    def submitted(self, cleaned: dict[str, Any]) -> publishing.Submission:
        """What was typed, as a document that was read."""
        raise NotImplementedError

    def report(self, problem: Problem) -> None:
        """Show what cannot be read at its field."""
        raise NotImplementedError

    def field_of(self, error: Worded) -> str | None:
        """The field that brought an error about; None for the form as a whole."""
        column = str(error.values.get("column", ""))
        return column if column in self.fields else None


class DocumentForm(Documented, WholeDocument):
    """The whole document, for one that an older version stored and that cannot be read now."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        old = self.instance
        self.initial.update(document=unified(old.document), based_on=old.version)

    def submitted(self, cleaned: dict[str, Any]) -> publishing.Submission:
        return self.derived(self.instance.path, unified(cleaned["document"]))

    def report(self, problem: Problem) -> None:
        self.add_error("document", with_line(problem))

    def field_of(self, error: Worded) -> str | None:
        return "document"


@dataclass(frozen=True)
class Typed:
    """A document made of the fields.

    ``may_bring`` is true if nothing but the body of a document without front matter was changed;
    ``brought`` if that body brought a front matter along, which then says the status.
    """

    path: str
    text: str
    may_bring: bool = False
    brought: bool = False


class PostForm(Documented, PostInputs):
    """The fields of a post; a field that was not changed leaves its part of the document alone."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.typed = Typed("", "")
        if self.parsed is not None:
            old = self.instance
            self.initial.update(_shown(self.parsed, old))
            self.initial.update(status=old.status, based_on=old.version)
        else:
            now = timezone.localtime().strftime("%Y-%m-%d %H:%M:%S %z")
            self.initial.update(status=Post.Status.DRAFT, date=now)
        if not publishing.may_publish(self.user):
            self.fields["status"].disabled = True

    def clean_date(self) -> str:
        text = self.cleaned_data["date"].strip()
        if text and text != self.initial.get("date"):
            try:
                dates.parse(text).to_utc(settings.TIME_ZONE)
            except dates.BadDate as error:
                raise forms.ValidationError(worded(error), code=error.code) from None
        elif not text and not self.instance.pk:
            raise forms.ValidationError(_("A new post needs a date."))
        return text

    def clean_slug(self) -> str:
        slug = self.cleaned_data["slug"].strip()
        if slug and not slugs.slugify(slug):
            raise forms.ValidationError(_("The slug needs a letter or a digit."))
        return slug

    def submitted(self, cleaned: dict[str, Any]) -> publishing.Submission:
        self.typed = self._typed(cleaned)
        if self.typed.may_bring:
            brought = pool.shared.read(self.typed.text).kind != "none"
            self.typed = replace(self.typed, brought=brought)
        found = self.derived(self.typed.path, self.typed.text)
        wanted = cleaned["status"]
        if found.derived.status == wanted or self._says_so_itself(found, wanted):
            return found
        return self._with_status(found, wanted)

    def _says_so_itself(self, found: publishing.Submission, wanted: str) -> bool:
        """True if the document may keep its status: nobody touched the field, and the status came
        with the body, or was there before and the row is of an older version.
        """
        if wanted != self.initial["status"] or self.parsed is None:
            return False
        old = self.parsed.text
        return self.typed.brought or (
            self.derived(found.path, old).derived.status == found.derived.status
        )

    def _with_status(self, found: publishing.Submission, wanted: str) -> publishing.Submission:
        """The document with the status of the field: adding a date publishes nothing by itself."""
        document = pool.shared.read(found.document)
        through = publishing.publishing_changes(found.path, document, zone=found.zone)
        changes = fields.status_changes(document, wanted, through)
        found = self.derived(found.path, pool.shared.patched(found.document, changes).text)
        if found.derived.status != wanted:
            if found.derived.day is None:
                self.add_error("date", _("A published post needs a date."))
            else:
                self.add_error("status", _("The document keeps another status."))
        return found

    def _typed(self, cleaned: dict[str, Any]) -> Typed:
        wanted = {name: cleaned[name].strip() for name in TEXTS} | {"body": cleaned["body"]}
        wanted |= {name: fields.split_names(cleaned[name]) for name in LISTS if name != "source"}
        wanted["source"] = [line.strip() for line in cleaned["source"].splitlines() if line.strip()]
        if self.parsed is None:
            changes, new_body = fields.new_post(wanted, cleaned["status"])
            return Typed(_new_path(wanted), pool.shared.patched("", changes, new_body).text)
        before = fields.fields_of(self.parsed)
        for name in LISTS:
            if cleaned[name].split() == self.initial[name].split():
                wanted[name] = before[name]  # a single name may hold a comma
        if wanted["title"] == self.instance.title and not before["title"]:
            wanted["title"] = (
                ""  # it comes from the body or the file's name: it is not written twice
            )
        changes, body = fields.changes_of(self.parsed, wanted)
        text = pool.shared.patched(self.parsed.text, changes, body).text
        may_bring = self.parsed.kind == "none" and body is not None and not changes
        return Typed(self.instance.path, text, may_bring)

    def report(self, problem: Problem) -> None:
        """Show what cannot be read at its field, with the line of the body."""
        body = unified(self.cleaned_data["body"])
        leading = 0
        if self.parsed is None:  # blank lines before and after the body of a new post go
            leading = len(body) - len(body.lstrip("\n"))
            body = body.strip("\n") + "\n"
        above = unified(self.typed.text).count("\n") - body.count("\n")
        if problem.code == "bad-date" and not self.typed.may_bring:
            self.add_error("date", worded(problem))
        elif self.typed.text and problem.line > max(above, 1):
            self.add_error("body", with_line(problem, problem.line - above + leading))
        elif problem.line > 1:
            self.add_error(None, with_line(problem))
        else:
            self.add_error("body", worded(problem))

    def field_of(self, error: Worded) -> str | None:
        if isinstance(error, publishing.NotAllowed):
            return "body" if self.typed.brought else None
        names = str(error.values.get("keys", "")).split(", ")
        keys = {"author": "authors", "category": "categories", "tag": "tags"}
        named = [keys.get(name, name) for name in names if keys.get(name, name) in self.fields]
        return named[0] if named else super().field_of(error)


def _shown(document: Document, post: Post) -> dict[str, str]:
    """What the fields of a post begin with."""
    values = fields.fields_of(document)
    values["title"] = values["title"] or post.title
    for name in LISTS:
        joined = "\n".join if name == "source" else fields.joined_names
        values[name] = joined(values[name])
    return values


def _new_path(wanted: dict[str, Any]) -> str:
    """A path as Jekyll names files, which no post has yet."""
    day = dates.parse(wanted["date"]).day
    name = slugs.slugify(wanted["slug"]) or slugs.slugify(wanted["title"], 100) or "post"
    base = f"_posts/{day.isoformat()}-{name}"
    taken = Post.objects.filter(path__startswith=base).values_list("path", flat=True)
    return f"{slugs.Names(path.removesuffix('.md') for path in taken).take(base)}.md"
