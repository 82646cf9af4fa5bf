"""Strange documents meet the same fate on both databases: the same rows, or the same refusal."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any
from unittest import skipUnless

from django.db import connection, models
from django.test import TransactionTestCase
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from posts.models import Citation, Post, Redirect, Source, Story, Tag
from tests.cast import ROOT
from tests.support.outcomes import outcome

CHARS = st.characters(exclude_categories=("Cs",))
STRANGE = st.sampled_from(
    [
        *(
            "\0",
            "\\0",
            "\\ud800",
            "\\u0000",
            "\ufeff",
            "\u2028",
            "\x85",
            "\x1b",
            "İ",
            "ß",
            "ﬁ",
            "Ⅷ",
        ),
        *(
            "'",
            '"',
            "---",
            "+++",
            "{",
            "}",
            ": ",
            " #",
            "%",
            "%00",
            "\\",
            "\t",
            "🦆",
            "\u202e",
            "…",
        ),
    ]
)
WORDS = st.one_of(st.text(CHARS, max_size=12), STRANGE)
TEXTS = st.one_of(
    st.lists(WORDS, max_size=4).map("".join),
    st.builds(lambda word, times: word * times, WORDS, st.sampled_from([60, 300, 700])),
)
HOSTS = st.one_of(
    st.sampled_from(
        ["Host", "WWW.Host.Example", "xn--80ak6aa92e.com", "münchen.de", "[::1]", "1.2.3.4"]
    ),
    st.sampled_from(
        ["h" * 64 + ".example", "a." * 130 + "example", "host:99999", "u:p@host", "港口.中国"]
    ),
    TEXTS,
)
URLS = st.builds(
    lambda scheme, host, path: f"{scheme}{host}/{path}",
    st.sampled_from(
        ["https://", "HTTPS://", "Http://", "hTTp://", "ftp://", "//", "javascript:", ""]
    ),
    HOSTS,
    st.one_of(TEXTS, st.sampled_from(["", "a?b#c", "p" * 1990, "é" * 600])),
)
DATES = st.sampled_from(
    [
        *("2026-03-05", "0001-01-01 00:00:00 +1400", "9999-12-31 23:59:59 -1200", "1754352000"),
        *("2026-03-05 24:00", "2026-02-30", "2026-03-05 10:00 +99:99", "0000-01-01", "9999999999"),
        *("2026-03-05 10:00 Asia/Shanghai", "12/31/1969", "2026年3月5日", "0099-01-01", "now"),
    ]
)
VALUES = {
    "title": TEXTS,
    "date": DATES,
    "slug": TEXTS,
    "lang": st.one_of(TEXTS, st.sampled_from(["zh_CN", "en-" + "x" * 40, "ar", "EN"])),
    "author": TEXTS,
    "tags": st.one_of(TEXTS, st.lists(TEXTS, max_size=3).map(lambda names: json.dumps(names))),
    "categories": TEXTS,
    "source": URLS,
    "description": TEXTS,
    "image": URLS,
    "redirect_from": st.one_of(TEXTS, TEXTS.map(lambda text: f"/{text}/")),
    "permalink": TEXTS,
    "expiryDate": DATES,
    "draft": st.sampled_from(["true", "no", "maybe"]),
}
STORIES = st.builds(
    lambda heading, text, name, url: f"### {heading}\n\n{text}\n\n**Source:** [{name}]({url})\n",
    *(TEXTS, TEXTS, TEXTS, URLS),
)
BODIES = st.builds(
    lambda start, stories: f"{start}\n\n## 新闻\n\n" + "\n".join(stories),
    *(TEXTS, st.lists(STORIES, max_size=3)),
)


def quoted(text: str, style: str) -> str:
    """A value as an author writes it: plain, in quotes, or with the escapes of JSON."""
    if style == "json":
        return json.dumps(text)
    return f'"{text}"' if style == "quoted" else text


@st.composite
def documents(draw: Any) -> tuple[str, str, str]:
    """(path, document, zone)."""
    keys = draw(st.lists(st.sampled_from(sorted(VALUES)), unique=True, max_size=6))
    styles = st.sampled_from(["plain", "plain", "quoted", "json"])
    pairs = [
        (key, quoted(draw(VALUES[key]), draw(styles))) for key in dict.fromkeys(["date", *keys])
    ]
    kind = draw(st.sampled_from(["yaml", "yaml", "yaml", "toml", "json", "meta", "none"]))
    body = draw(BODIES)
    if kind == "yaml":
        text = "---\n" + "".join(f"{key}: {value}\n" for key, value in pairs) + f"---\n{body}"
    elif kind == "toml":
        text = "+++\n" + "".join(f"{key} = {value}\n" for key, value in pairs) + f"+++\n{body}"
    elif kind == "json":
        text = "{\n" + ",\n".join(f"{json.dumps(k)}: {v}" for k, v in pairs) + f"\n}}\n{body}"
    elif kind == "meta":
        text = "".join(f"{key}: {value}\n" for key, value in pairs) + f"\n{body}"
    else:
        text = body
    name = draw(st.sampled_from(["2026-03-05-a", "x" * 200, "名字", "2026-03-05-" + "é" * 90]))
    folder = draw(st.sampled_from(["_posts", "_drafts", "content/zh", "f" * 300]))
    zone = draw(
        st.sampled_from(["", "Asia/Shanghai", "America/Argentina/ComodRivadavia", "Z" * 70])
    )
    return f"{folder}/{name}.md", text, zone if zone in ("", "Z" * 70) or "/" in zone else ""


LONG = "---\ndate: 2026-03-05\n---\n## 新闻\n\n" + "### x\n\n[a](https://a.example)\n\n" * 300
EXAMPLES = [
    ("_posts/a.md", "---\ndate: 2026-03-05\nsource: HTTPS://Host/\n---\n", ""),
    ("_posts/a.md", "---\ndate: 2026-03-05\nsource: hTTp://EXAMPLE.com/Path\n---\n", ""),
    ("_posts/a.md", '---\ndate: 2026-03-05\ntitle: "a\\0b"\n---\n', ""),
    ("_posts/a.md", '{"date": "2026-03-05", "title": "\\ud800"}\n', ""),
    ("_posts/a.md", f"---\ndate: 2026-03-05\ntitle: {'长' * 700}\n---\n", ""),
    ("_posts/a.md", f"---\ndate: 2026-03-05\nsource: https://{'a.' * 140}example/\n---\n", ""),
    ("_posts/a.md", f"---\ndate: 2026-03-05\nlang: en-{'x' * 60}\n---\n", ""),
    ("_posts/a.md", f"---\ndate: 2026-03-05\nredirect_from: /{'é' * 600}/\n---\n", ""),
    (f"_posts/{'n' * 600}.md", "---\ndate: 2026-03-05\n---\n", ""),
    ("_posts/a\0.md", "---\ndate: 2026-03-05\n---\n", ""),
    ("_posts/a\ud800.md", "---\ndate: 2026-03-05\n---\n", ""),
    ("_posts/a.md", "---\ndate: 0001-01-01 00:00:00 +1400\n---\n", ""),
    ("_posts/a.md", "---\ndate: 9999-12-31 23:59:59 -1200\n---\n", ""),
    ("_posts/a.md", "---\ndate: 2026-03-05 10:00 +9999 \\u0000\x1b\n---\n", ""),
    ("_posts/a.md", LONG, ""),
]


class Other:
    """A process that saves on a fresh SQLite file."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="newsroom-test-"))
        environment = os.environ | {
            "DATABASE_URL": f"sqlite:///{self.folder}/other.sqlite3",
            "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "newsroom.settings"),
        }
        migrate = [sys.executable, "manage.py", "migrate", "-v0"]
        subprocess.run(migrate, cwd=ROOT, env=environment, check=True)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.outcomes"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def outcome(self, *document: str) -> dict[str, Any]:
        assert self.process.stdin and self.process.stdout
        print(json.dumps(document), file=self.process.stdin, flush=True)
        return json.loads(self.process.stdout.readline())

    def close(self) -> None:
        self.process.communicate()
        shutil.rmtree(self.folder, ignore_errors=True)


def misfits(model: type[models.Model]) -> list[str]:
    """Values in a table that PostgreSQL would not take, said without one."""
    found = []
    for row in model._default_manager.all():
        for field in row._meta.concrete_fields:
            value = getattr(row, field.attname)
            if isinstance(value, str):
                too_long = field.max_length is not None and len(value) > field.max_length
                if too_long or any(char == "\0" or "\ud800" <= char <= "\udfff" for char in value):
                    found.append(f"{model.__name__}.{field.name}: {value[:80]!r}")
            elif isinstance(value, int) and field.get_internal_type().startswith("PositiveSmall"):
                found += [f"{field.name}: {value}"] if not 0 <= value <= 32_767 else []
        if isinstance(row, Citation) and not row.url.startswith(("http",)) and row.url:
            found.append(f"Citation.url: {row.url[:80]!r}")
    return found


class Parity(TransactionTestCase):
    @skipUnless(connection.vendor == "postgresql", "needs the other database")
    def test_strange_documents_meet_the_same_fate_on_both_databases(self):
        other = Other()
        self.addCleanup(other.close)
        for document in EXAMPLES:
            with self.subTest(document=document[1][:60]):
                self.assertEqual(outcome(*document), other.outcome(*document))

        @settings(
            max_examples=2500,
            deadline=None,
            derandomize=False,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(documents())
        def check(document: tuple[str, str, str]) -> None:
            self.assertEqual(outcome(*document), other.outcome(*document))

        check()

    def test_what_is_accepted_fits_every_column(self):
        @settings(
            max_examples=60,
            deadline=None,
            derandomize=False,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(documents())
        def check(document: tuple[str, str, str]) -> None:
            found = outcome(*document, look=self.look)
            self.assertTrue(found)

        for document in EXAMPLES:
            with self.subTest(document=document[1][:60]):
                outcome(*document, look=self.look)
        check()

    def look(self) -> None:
        for model in (Post, Story, Citation, Source, Tag, Redirect):
            self.assertEqual(misfits(model), [])
