"""Strange documents, many of them: each is imported or quarantined, and no page or feed of the
site breaks.
"""

import json
import random
from xml.etree import ElementTree

from django.test import Client, TestCase, tag

from posts.content.frontmatter import patch, read
from posts.content.hyperlinks import quoted
from posts.models import Post
from tests.cast import plain, save
from tests.test_importing import Folder, run
from tests.test_publishing import links

WORDS = [
    "中文",
    "a",
    '"',
    "'",
    ": ",
    " #",
    "[",
    "]",
    "{",
    "\u202e",
    "\u200f",
    "\u0001",
    "\u0008",
    "\u2028",
    "\ufffe",
    "\ufeff",
    "🚀",
    "e\u0301",
    "ＡＩ",
    "<b>",
    "&",
    "%",
]
WORDS += [
    "/",
    "..",
    "\\",
    "|",
    "`",
    "*",
    "_",
    "\t",
    "x" * 300,
    "ا",
    "ﷺ",
    "-",
    "?",
    "  ",
    "\u00a0",
    "C++",
    ".net",
    "http://a.example/" + "y" * 50,
]
DATES = [
    "2026-01-01",
    "2026-01-02 10:00",
    "0001-01-01",
    "9999-12-31",
    "2026-01-03 10:00:00 +1400",
    "Jan 4, 2026",
]
SOURCES = ["https://b.example/x", "javascript:x", "http://", "https://例子.example/路径", "新华社"]


@tag("slow")
class Strange(TestCase):
    def words(self, most: int) -> str:
        return "".join(self.rng.choice(WORDS) for _word in range(self.rng.randint(0, most)))

    def document(self) -> str:
        rng = self.rng
        front = {
            "title": self.words(8),
            "date": rng.choice(DATES),
            "author": self.words(4),
            "source": rng.choice(SOURCES),
            "lang": rng.choice(["en", "zh-TW", "fa", "xx-", ""]),
        }
        front |= {"slug": self.words(3), "excerpt": self.words(9), "image": self.words(3)}
        lines = [
            f"{key}: {json.dumps(value, ensure_ascii=False)}"
            for key, value in front.items()
            if rng.random() < 0.7 or key == "title"
        ]
        lines.append(
            "tags: "
            + json.dumps([self.words(3) for _tag in range(rng.randint(0, 5))], ensure_ascii=False)
        )
        lines.append(
            "redirect_from: " + json.dumps(["/" + self.words(3), self.words(2)], ensure_ascii=False)
        )
        parts = [
            "## 新闻\n\n",
            f"### {self.words(4)}\n\n",
            f"{self.words(20)}\n\n",
            f"**Source:** [{self.words(3)}](https://c.example/x)\n\n",
        ]
        parts += [
            f"- [{self.words(2)}](https://d.example/x)\n",
            f"```\n{self.words(5)}\n```\n",
            f"![a]({self.words(2)})\n\n",
            f"1、[{self.words(2)}](https://e.example)\n",
        ]
        return (
            "---\n"
            + "\n".join(lines)
            + "\n---\n"
            + "".join(rng.choice(parts) for _part in range(rng.randint(0, 8)))
        )

    def test_the_site_stands(self):
        self.rng = random.Random(11)
        documents = {
            f"_posts/2026-01-{1 + number % 28:02}-n{number}.md": self.document()
            for number in range(120)
        }
        states = run(Folder(self, documents).root)
        self.assertEqual(len(states), 120)
        self.assertNotIn("render-failed", {code for _state, code in states.values()})
        self.assertGreater(Post.objects.count(), 60)
        for post in Post.objects.all():
            self.assertEqual(post.document, documents[post.path])
        client, seen = Client(raise_request_exception=False), set()
        waiting = [
            "/",
            "/en/",
            "/archive/",
            "/tags/",
            "/sources/",
            "/categories/",
            "/authors/",
            "/sitemap.xml",
            "/rss.xml",
            "/atom.xml",
            "/feed.json",
            "/rss.xml?items=stories",
        ]
        while waiting and len(seen) < 700:
            address = waiting.pop(0)
            if address in seen:
                continue
            seen.add(address)
            path, _mark, query = address.partition("?")
            response = client.get(quoted(path) + (f"?{query}" if query else ""))
            self.assertIn(response.status_code, (200, 301), address)
            if "xml" in response["Content-Type"]:
                ElementTree.fromstring(response.content)
            waiting += links(response.content.decode())
        self.assertGreater(len(seen), 300)

    def test_control_characters_stay_in_the_document_and_are_shown_nowhere(self):
        keys = 'title: "a\x01b\x0b \ue000"\ndate: 2026-01-01\ntags: [x\x02]\n'
        text = f"---\n{keys}---\nbody \x08\ufffe\n"
        post = save(text, "_posts/2026-01-01-c.md")
        self.assertEqual((post.document, post.title), (text, "ab \ue000"))
        self.assertEqual(list(post.card.tags), ["x"])
        for address in ("/", post.address, "/rss.xml", "/feed.json"):
            self.assertNotRegex(self.client.get(address).content.decode(), "[\x01-\x08\x0b\ufffe]")
        self.assertIn("tags: [x\x02]", patch(read(text), {"title": "neu"}).text)

    def test_a_date_before_time_is_reported_with_its_line(self):
        states = run(Folder(self, {"_posts/2026-01-01-a.md": plain("a", "0001-01-01")}).root)
        self.assertEqual(list(states.values()), [("quarantined", "bad-date")])

    def test_no_link_of_a_page_in_another_language_leads_nowhere(self):
        save(plain("سلام", "2026-01-01", lang="fa"), "_posts/2026-01-01-fa.md")
        save(plain("中文", "2026-01-02", category="tech", tags="[a]"), "_posts/2026-01-02-zh.md")
        for page in ("/fa/", "/fa/2026/01/01/fa/", "/en/"):
            for address in links(self.client.get(page).content.decode()):
                self.assertIn(self.client.get(address).status_code, (200, 301), (page, address))
