"""The frame around public pages: whole in each language, no words of another without ``lang``."""

import ast
import re
from gettext import GNUTranslations
from html.parser import HTMLParser

from django.conf import settings
from django.test import SimpleTestCase, TestCase
from django.utils import translation
from django.utils.translation import gettext

from posts.models import Category
from posts.public.responses import activate_language
from tests.cast import ROOT, plain, save

HAN = re.compile("[\u3400-\u9fff]")
PERSIAN = re.compile("[\u0620-\u06ff]")
VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
SPOKEN = ("aria-label", "alt", "placeholder", "title")


def texts() -> set[str]:
    """Every text of the public interface, as its source names it."""
    found = set()
    for path in (ROOT / "templates" / "public").rglob("*.*"):
        for text in re.findall(r'\b_\("((?:[^"\\]|\\.)+)"', path.read_text()):
            found.add(text.replace('\\"', '"'))
    for path in (ROOT / "posts" / "public").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in (
                "_",
                "gettext",
                "ngettext",
            ):
                found |= {arg.value for arg in node.args[:1] if isinstance(arg, ast.Constant)}
    return found


class Spoken(HTMLParser):
    """What is said in which language: (language, words) of texts and of attributes."""

    def __init__(self, text: str):
        super().__init__()
        self.said: list[tuple[str, str]] = []
        self.open: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        language = given.get("lang", self.open[-1][1] if self.open else "")
        if tag not in ("link", "meta"):
            self.said += [(language, given[name]) for name in SPOKEN if given.get(name)]
        if tag not in VOID:
            self.open.append((tag, language))

    def handle_endtag(self, tag):
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        if data.strip() and self.open and self.open[-1][0] not in ("script", "style", "title"):
            self.said.append((self.open[-1][1], data.strip()))


class Translations(SimpleTestCase):
    def test_every_public_text_is_in_every_language_of_the_frame(self):
        for locale in ("zh_Hans", "fa"):
            path = ROOT / "posts" / "locale" / locale / "LC_MESSAGES" / "django.mo"
            with path.open("rb") as file:
                known = GNUTranslations(file)._catalog
            keys = {key[0] if isinstance(key, tuple) else key for key in known}
            self.assertEqual(sorted(texts() - keys), [], locale)

    def test_placeholders_are_the_same_in_every_translation(self):
        with (ROOT / "posts/locale/fa/LC_MESSAGES/django.mo").open("rb") as file:
            known = GNUTranslations(file)._catalog
        for key, translated in known.items():
            source = key[0] if isinstance(key, tuple) else key
            names = set(re.findall(r"%\(\w+\)s", source))
            self.assertEqual(
                set(re.findall(r"%\(\w+\)s", translated)), names, source
            ) if source else 0

    def test_what_has_no_translation_is_english_and_never_the_sites_own_language(self):
        with translation.override("zh-hans"):
            self.assertRegex(gettext("quarantined file"), HAN)
        for language in ("en", "fa"):
            with translation.override(language):
                activate_language(language)
                self.assertEqual(gettext("quarantined file"), "quarantined file")

    def test_the_frame_speaks_more_languages_than_the_admin(self):
        self.assertEqual(settings.PUBLIC_LANGUAGES, ("zh-hans", "en", "fa"))
        self.assertEqual([tag for tag, _name in settings.LANGUAGES], ["zh-hans", "en"])


class Frames(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.chinese = save()
        Category.objects.update(names={"en": "Technology", "fa": "فناوری"})
        for number, language in enumerate(("en", "fa")):
            source = "https://www.harbour.example/a"
            title = {"en": "Harbour lights", "fa": "چراغ بندر"}[language]
            document = plain(
                title, f"2026-03-0{number + 1}", body=title, lang=language, source=source,
                tags="[港口, ai, بندر]", category="tech", author="港口编辑部",
            )  # fmt: skip
            save(document, f"_posts/2026-03-0{number + 1}-{language}.md")

    def pages(self, prefix: str):
        """The addresses that a reader finds from a front page, two steps far."""
        seen, todo = set(), [prefix]
        for _step in range(2):
            following = []
            for address in todo:
                response = self.client.get(address)
                if address in seen or response.status_code != 200:
                    continue
                seen.add(address)
                if not response["Content-Type"].startswith("text/html"):
                    continue
                text = response.content.decode()
                yield address, text
                following += re.findall(rf'href="({prefix}[^"?#]*/)"', text)
            todo = list(dict.fromkeys(following))

    def test_no_words_of_another_language_stand_in_a_frame_without_saying_so(self):
        for prefix in ("/en/", "/fa/", "/zh-hans/", "/"):
            letters = {"en": (HAN, PERSIAN), "fa": (HAN,), "zh-Hans": (PERSIAN,)}
            pages = dict(self.pages(prefix))
            wrong = {
                (words, language, address)
                for address, text in pages.items()
                for language, words in Spoken(text).said
                if any(one.search(words) for one in letters.get(language, ()))
            }
            self.assertEqual(wrong, set())
            self.assertGreater(len(pages), 8, prefix)

    def test_a_persian_frame_has_persian_words_digits_and_dates(self):
        text = self.client.get("/fa/2026/03/02/fa/").content.decode()
        self.assertIn('<html lang="fa" dir="rtl">', text)
        self.assertIn('<time datetime="2026-03-02">۱۱ اسفند ۱۴۰۴</time>', text)
        self.assertIn("۱ دقیقه مطالعه", text)
        self.assertIn(">بایگانی<", text)
        shown = " ".join(words for _language, words in Spoken(text).said)
        self.assertNotRegex(shown.replace("Newsroom", ""), "(?<![a-zA-Z0-9.:/-])[0-9]+ ")

    def test_titles_of_other_languages_say_so_in_lists_of_all(self):
        text = self.client.get("/").content.decode()
        for tag, title in {"en": "Harbour lights", "fa": "چراغ بندر"}.items():
            said = [language for language, words in Spoken(text).said if words == title]
            self.assertEqual(set(said), {tag}, title)
