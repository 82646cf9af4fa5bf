"""The engine of the search: what is found, by which words, in which order; on both databases."""

import io
import random
from datetime import UTC, date, datetime
from unittest import mock

from django.core.management import call_command
from django.db import connection
from django.test import TestCase, TransactionTestCase

from posts import publishing
from posts.models import Post, SearchRow
from posts.search import postgresql, sqlite
from posts.search.finding import Term, Wanted, candidates, label_token, newest, ranked
from tests.cast import SEED, plain, save


def words(*texts: str, **more) -> Wanted:
    """Some terms; one with ``-`` before it is excluded."""
    terms = (Term(text.removeprefix("-"), excluded=text.startswith("-")) for text in texts)
    return Wanted(terms=tuple(terms), **more)


class Found(TestCase):
    def paths(self, wanted: Wanted) -> list[str]:
        """What is found newest first, which is what the best of it are, too."""
        found = [hit.path for hit in newest(wanted)]
        self.assertCountEqual(found, [hit.path for hit in ranked(wanted)])
        self.assertEqual(len(found), len(candidates(wanted)))
        return found

    def assert_found(self, wanted: Wanted, *names: str) -> None:
        self.assertEqual([path.removesuffix(".md") for path in self.paths(wanted)], list(names))


class Seed(Found):
    @classmethod
    def setUpTestData(cls):
        path = next(SEED.glob("*.md"))
        save(path.read_text(), path="seed.md")
        save(plain("另一篇", "2026-02-01", "白云之下，计划算错了。"), path="cloud.md")
        save(plain("No Oracle", "2026-01-01", "OpenAI alone.", tags="[ai]"), path="ai.md")

    def test_terms_find_what_a_reader_means(self):
        expected = {
            ("云",): ("cloud", "seed"),
            ("计算",): ("seed",),
            ("云计算",): ("seed",),
            ("雲計算",): ("seed",),
            ("ＯＰＥＮＡＩ",): ("seed", "ai"),
            ("Oracle",): ("seed", "ai"),
            ("oracle", "云"): ("seed",),
            ("历史性协议",): ("seed",),
            ("性协议历史",): (),
            ("openai与oracle",): ("seed",),
            ("oracle", "-云"): ("ai",),
            ("云", "-历史性协议"): ("cloud",),
            ("bloomberg.com",): ("seed",),
            ("bloomberg",): ("seed",),
            ("-oracle",): ("cloud",),
        }
        for texts, names in expected.items():
            with self.subTest(texts=texts):
                self.assert_found(words(*texts), *names)

    def test_labels_are_filters_by_their_slugs(self):
        ai, wsj = label_token("tag", "ai"), label_token("source", "wsj.com")
        self.assert_found(Wanted(all_of=(frozenset({ai}),)), "seed", "ai")
        self.assert_found(Wanted(all_of=(frozenset({ai}), frozenset({wsj}))), "seed")
        self.assert_found(words("-云计算", all_of=(frozenset({ai}),)), "ai")
        self.assert_found(Wanted(none_of=frozenset({ai})), "cloud")
        self.assert_found(Wanted(all_of=(frozenset(),)))

    def test_a_term_that_names_labels_finds_their_posts(self):
        named = Term("别名很长", labels=frozenset({label_token("tag", "ai")}))
        self.assert_found(Wanted(terms=(named,)), "seed", "ai")
        self.assert_found(Wanted(terms=(Term("别名", True, True, named.labels),)), "cloud")

    def test_dates_and_a_language_narrow(self):
        self.assert_found(words("云", since=date(2026, 2, 1)), "cloud")
        self.assert_found(words("云", until=date(2026, 1, 31)), "seed")
        self.assert_found(
            words("云", since=date(2026, 1, 31), until=date(2026, 2, 1)), "cloud", "seed"
        )
        self.assert_found(words("云", since=date(2027, 1, 1), until=date(2026, 1, 31)))
        self.assert_found(
            Wanted(since=date(1, 1, 1), until=date(9999, 12, 31)), "cloud", "seed", "ai"
        )
        self.assert_found(words("云", language="en"))
        self.assert_found(words("云", language="zh-hans"), "cloud", "seed")

    def test_what_a_title_says_comes_first(self):
        self.assertEqual([hit.path for hit in ranked(words("oracle"))], ["seed.md", "ai.md"])
        self.assertEqual([hit.path for hit in ranked(words("另一"))], ["cloud.md"])

    def test_nothing_that_is_asked_raises(self):
        asked = ["", " ", '"((((', "NEAR", "*", "a NEAR b", "\0", "😀", "،؟", "\\", "'", "''\\''"]
        asked += [
            "云" * 10_000,
            "a " * 5_000,
            "(" * 10_000,
            "\ud800",
            "AND",
            "OR NOT",
            ":*",
            "a:b",
            "~",
        ]
        asked += ["~~", "t=ai", "@0=1", "%", "_", "x'; DROP TABLE posts_post; --", "c++", ".net"]
        for text in asked:
            for wanted in (words(text), words(text, "云"), words(f"-{text}"), words(*[text] * 50)):
                with self.subTest(text=text[:20]):
                    self.paths(wanted)
        token = label_token("tag", "'\"\\ \0((")
        self.assert_found(Wanted(all_of=(frozenset({token}),)))
        self.assert_found(words("(((", "云"), "cloud", "seed")
        self.assert_found(words("((("))


class InStep(Found):
    def test_an_edit_a_new_date_and_a_deletion_are_seen_at_once(self):
        save(plain("灯塔", "2026-03-05", "换灯。"), path="a.md")
        save(plain("渡船", "2026-03-05", "改线。"), path="b.md")
        self.assert_found(words("换灯"), "a")
        save(plain("灯塔", "2026-03-05", "修灯。"), path="a.md")
        self.assert_found(words("换灯"))
        self.assert_found(words("修灯"), "a")
        self.assert_found(words("塔"), "a")
        save(plain("灯塔", "2026-03-04", "修灯。"), path="a.md")
        self.assert_found(Wanted(), "b", "a")
        Post.objects.get(path="a.md").delete()
        self.assert_found(words("修灯"))
        self.assert_found(Wanted(), "b")

    def test_drafts_scheduled_and_expired_posts_are_never_found(self):
        save(plain("秘密", "2026-03-05", published="false"), path="draft.md")
        save(plain("秘密", "2099-03-05"), path="scheduled.md")
        save(plain("秘密", "2026-03-05", expires="2026-03-06"), path="expired.md")
        self.assert_found(words("秘密"))
        self.assert_found(Wanted())
        self.assert_found(words("-灯塔"))

    def test_pages_follow_one_another_without_loss_whatever_a_day_holds(self):
        for number in range(30):
            hour, minute = number * 7 % 24, number % 3
            day = 1 + number // 10
            time = f"2026-03-{day:02} {hour:02}:0{minute}:00 +0000"
            save(plain(f"灯{number}", time), path=f"{number}.md")
        expected = list(
            Post.objects.published()
            .order_by("-published_at", "-path")
            .values_list("path", flat=True)
        )
        for size in (1, 4, 20, 50):
            seen: list[str] = []
            before = None
            while page := newest(words("灯"), before, size):
                seen += [hit.path for hit in page]
                before = (page[-1].published_at, page[-1].path)
            self.assertEqual(seen, expected)

    def test_posts_of_all_times_are_found(self):
        days = ["1901-01-01", "1969-12-31", "1970-01-01", "1999-12-31", "2015-06-01", "2026-11-01"]
        for day in days:
            save(plain("灯塔", day), path=f"{day}.md")
        self.assert_found(words("灯塔"), *reversed(days))
        for first, last in ((0, 6), (1, 3), (2, 2), (5, 5), (0, 0)):
            wanted = words(
                "灯塔",
                since=date.fromisoformat(days[first]),
                until=date.fromisoformat(days[min(last, 5)]),
            )
            self.assert_found(wanted, *reversed(days[first : last + 1]))

    def test_a_phrase_is_looked_for_in_so_many_posts_that_have_its_parts(self):
        save(plain("灯塔换", "2026-03-01"), path="old.md")
        for number in range(2, 8):
            save(plain("灯塔，塔换", f"2026-03-0{number}"), path=f"{number}.md")
        save(plain("灯塔换", "2026-03-08"), path="new.md")
        self.assert_found(words("灯塔换"), "new", "old")
        with (
            mock.patch.object(sqlite, "LOOKED", 3),
            mock.patch.object(postgresql, "LOOKED", 3),
        ):
            self.assertEqual([hit.path for hit in newest(words("灯塔换"))][:1], ["new.md"])
            if connection.vendor == "sqlite":  # PostgreSQL looks into as many of each span of days
                self.assertEqual(len(newest(words("灯塔换"))), 1)
            self.assertEqual(len(newest(words("塔换"))), 8)

    def test_one_query_finds(self):
        save(plain("灯塔", "2026-03-05"), path="a.md")
        newest(words("灯"))
        for find in (newest, ranked, candidates):
            with self.assertNumQueries(1):
                self.assertEqual(len(find(words("灯塔"))), 1)

    def test_a_hit_says_when_its_post_was_published(self):
        post = save(plain("灯塔", "2026-03-05 10:00:00.25 +0000"), path="a.md")
        [hit] = newest(words("灯塔"))
        self.assertEqual((hit.pk, hit.path), (post.pk, "a.md"))
        self.assertEqual(hit.published_at, post.published_at)
        self.assertLess(hit.published_at, datetime.now(UTC))

    def test_of_more_tokens_than_a_database_takes_the_first_are_found(self):
        draw = random.Random(1)
        text = "".join(chr(0x4E00 + draw.randrange(20_000)) for _ in range(220_000))
        text = "\n\n".join(text[n : n + 400] for n in range(0, len(text), 400))
        save(plain("灯塔", "2026-03-05", text), path="a.md")
        row = SearchRow.objects.get()
        self.assertLess(len(row.tokens.encode()), 1_040_000)
        for term in ("灯塔", text[:12]):
            self.assertEqual([hit.path for hit in newest(words(term))], ["a.md"])
        self.assertEqual(publishing.rebuild([Post.objects.get()])[0].state, "unchanged")

    def test_a_rebuild_mends_rows_and_leaves_right_ones_alone(self):
        post = save(plain("灯塔", "2026-03-05", tags="['云']"), path="a.md")
        [outcome] = publishing.rebuild([post])
        self.assertEqual(outcome.state, "unchanged")
        for work in (
            lambda: SearchRow.objects.all().delete(),
            lambda: SearchRow.objects.update(title=""),
            lambda: SearchRow.objects.update(key=5),
        ):
            work()
            [outcome] = publishing.rebuild([post])
            self.assertEqual(outcome.state, "rebuilt")
            self.assertEqual([hit.path for hit in newest(words("灯塔"))], ["a.md"])
            self.assertEqual(publishing.rebuild([post])[0].state, "unchanged")

    def test_the_index_itself_is_whole(self):
        post = save(plain("灯塔", "2026-03-05"), path="a.md")
        save(plain("灯塔二", "2026-03-06"), path="a.md")
        post.delete()
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute(
                    "INSERT INTO posts_searchindex(posts_searchindex, rank)"
                    " VALUES ('integrity-check', 1)"
                )
                cursor.execute("SELECT count(*) FROM posts_searchindex_docsize")
                self.assertEqual(cursor.fetchone(), (0,))


class Upkeep(TransactionTestCase):
    """An index that is missing or lacks rows is made again by ``rebuild_posts``."""

    def rebuild(self) -> str:
        call_command("rebuild_posts", jobs=1, stdout=(out := io.StringIO()))
        return out.getvalue()

    def break_in(self, *statements: str) -> None:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def test_what_is_broken_is_mended_once(self):
        save(plain("灯塔", "2026-03-05"), path="a.md")
        self.assertNotIn("made again", self.rebuild())
        broken = {
            "sqlite": (
                ("DROP TABLE posts_searchindex",),
                ("INSERT INTO posts_searchindex(posts_searchindex) VALUES ('delete-all')",),
                ("DROP TRIGGER posts_searchrow_goes", "DELETE FROM posts_searchrow"),
                ("INSERT INTO posts_searchindex(rowid, tokens) VALUES (7, '灯塔')",),
            ),
            "postgresql": (("DROP INDEX search_tokens",),),
        }
        for statements in broken[connection.vendor]:
            with self.subTest(statements=statements):
                self.break_in(*statements)
                self.assertIn("made again", self.rebuild())
                self.assertEqual([hit.path for hit in newest(words("灯塔"))], ["a.md"])
                self.assertNotIn("made again", self.rebuild())
