"""Front matter is read without losing a byte, and refused with a line."""

import time
from unittest import TestCase

from hypothesis import example, given, settings
from hypothesis import strategies as st

from posts.content.frontmatter import PatchError, patch, read, replace_body
from posts.content.problems import Unreadable
from tests.cast import DIGEST

VALUES = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40
).filter(lambda text: text == text.strip("\r\n"))
FRONT = st.sampled_from(
    [
        'title: "a"\ntags:\n  - x   # keep\n  - "y"\nn: 012\n',
        "title: a\r\ntags: [x, 'y z']\r\n# comment\r\nother: |\r\n  two\r\n  lines\r\n",
        "tags: x, y\ntitle: >\n  folded\n  text\nlast: {a: 1}\n",
        "tags:\n- x\n- y\ntitle:\nempty: ~",
        "layout: post\ntitle: 'it''s'\ntags: one two\n\n",
    ]
)


class Reading(TestCase):
    def test_scalars_stay_as_they_were_written(self):
        front = (
            "a: 012\nb: 1.10\nc: yes\nd: 2026-01-31 10:00:00 +0800\n"
            "e: [1:30, 0x1F, 2024-01-01, null]\nf: 'yes'\n"
        )
        values = read(f"---\n{front}---\nbody").values
        self.assertEqual(values["a"], "012")
        self.assertEqual(values["b"], "1.10")
        self.assertEqual(values["c"], "yes")
        self.assertEqual(values["d"], "2026-01-31 10:00:00 +0800")
        self.assertEqual(values["e"], ["1:30", "0x1F", "2024-01-01", "null"])
        self.assertFalse(values["c"].quoted)
        self.assertTrue(values["f"].quoted)

    def test_toml_json_and_bare_keys_are_read_like_yaml(self):
        toml = read(
            '+++\ntitle = "a"\ndate = 2026-01-31T10:00:00+08:00\nn = 1.10\n'
            "[params]\nx = 1\n+++\nbody\n"
        )
        self.assertEqual(
            (toml.kind, toml.values["date"], toml.values["n"], toml.body),
            ("toml", "2026-01-31T10:00:00+08:00", "1.10", "body\n"),
        )
        json = read('{\n  "title": "a",\n  "n": 1.10,\n  "d": true\n}\nbody\n')
        self.assertEqual(
            (json.kind, json.values["n"], json.values["d"], json.body),
            ("json", "1.10", "true", "body\n"),
        )
        meta = read("Title: a: b\nDate: 2013-06-07 18:46\nTags: x, y\n\nbody\n")
        self.assertEqual((meta.kind, meta.values["title"], meta.body), ("meta", "a: b", "body\n"))

    def test_toml_gives_values_of_the_root_as_they_were_written(self):
        values = read(
            "+++\nn = 1_000\nf = 1.10\nt = true\nd = 2026-01-31 10:00:00\nl = [0x1F, 'a', 1.0]\n"
            'm = """\ntwo\nlines"""\na.b = 1\n[x]\nd = 2026-01-31\n+++\n'
        ).values
        wanted = {
            "n": "1_000",
            "f": "1.10",
            "t": "true",
            "d": "2026-01-31 10:00:00",
            "l": ["0x1F", "a", "1.0"],
            "m": "two\nlines",
            "a": {"b": "1"},
            "x": {"d": "2026-01-31"},
        }
        self.assertEqual(values, wanted)
        self.assertEqual([value.quoted for value in values["l"]], [False, True, False])

    def test_long_front_matters_are_read_in_a_moment(self):
        toml = "+++\n" + "".join(f"k{n} = [[{n}]]\n" for n in range(4_000)) + "+++\n"
        tables = "+++\n" + "".join(f"[t{n}]\nx = 1\n" for n in range(4_000)) + "+++\n"
        as_json = "{" + ",\n".join(f'"k{n}": {n}' for n in range(9_000)) + "}\n"
        for text in (toml, tables, as_json):
            start = time.process_time()
            read(text)
            self.assertLess(time.process_time() - start, 2)

    def test_envelopes_of_real_folders(self):
        for text, kind, body in [
            ("---\ntitle: a\n...\nbody", "yaml", "body"),
            ("\ufeff---\ntitle: a\n---\nbody", "yaml", "body"),
            ("\n\n---\ntitle: a\n---  \nbody", "yaml", "body"),
            ("---\r\ntitle: Foo --- Bar\r\n---\r\nbody", "yaml", "body"),
            ("---\rtitle: a\r---\rbody", "yaml", "body"),
            ("---\n---\nbody", "yaml", "body"),
            ("---\n\nonly a rule\n\n---\nbody", "none", "---\n\nonly a rule\n\n---\nbody"),
            ("{% include x.html %}\nbody", "none", "{% include x.html %}\nbody"),
            ("body: with a colon\n\nmore", "none", "body: with a colon\n\nmore"),
            ("", "none", ""),
        ]:
            with self.subTest(text=text):
                document = read(text)
                self.assertEqual((document.kind, document.body, document.text), (kind, body, text))

    def test_faults_name_their_line(self):
        deep = "---\na: " + "[" * 3000 + "\n---\n"
        merges = "---\na: &a {x: 1}\n" + "".join(f"k{n}: {{<<: *a}}\n" for n in range(20)) + "---\n"
        bomb = (
            "---\na: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a]\n"
            "c: &c [*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c]\n---\n"
        )
        for text, line, code in [
            ("---\ntitle: AI: foo\n---\n", 2, "bad-yaml"),
            ("---\ndate: 2026-01-01\ntitle：foo\n---\n", 3, "bad-yaml"),
            ("---\ntitle：foo\n---\n", 2, "not-a-mapping"),
            ("---\ntitle: a\nbody", 1, "unclosed-front-matter"),
            ("+++\na = 1\nb = \n+++\n", 3, "bad-toml"),
            (f"+++\n{'a.' * 25_000}a = 1\n+++\n", 2, "bad-toml"),
            (f"+++\nx = {'[' * 3000}{']' * 3000}\n+++\n", 2, "bad-toml"),
            ('{\n"a": 1,\n"b": }\n\nx', 3, "bad-json"),
            ("---\na: 1\nb: !!python/object/apply:os.system [x]\n---\n", 3, "yaml-tag"),
            ('---\na: "\\ud800"\n---\n', 2, "bad-yaml"),
            ('---\na: "\\0"\n---\n', 2, "bad-character"),
            ("---\na: b\0\n---\n", 2, "nul"),
            (deep, 2, "too-deep"),
            (merges, 15, "alias-bomb"),
            (bomb, 5, "alias-bomb"),
        ]:
            with self.subTest(text=text[:40]), self.assertRaises(Unreadable) as raised:
                read(text)
            problem = raised.exception.problem
            self.assertEqual(problem.code, code, problem)
            self.assertLessEqual(abs(problem.line - line), 1, problem)

    def test_a_key_written_twice_is_reported_and_the_last_counts(self):
        document = read("---\na: 1\na: 2\n---\n")
        self.assertEqual(document.values["a"], "2")
        self.assertEqual([problem.line for problem in document.problems], [3])

    @given(st.text())
    def test_reading_then_writing_is_the_identity(self, text):
        try:
            document = read(text)
        except Unreadable:
            return
        self.assertEqual(document.text, text)
        self.assertEqual(text[: document.body_at] + document.body, text)
        self.assertEqual(patch(document, {}).text, text)


class Patching(TestCase):
    def changed(self, before: str, after: str) -> tuple[list[str], list[str]]:
        old, new = before.splitlines(), after.splitlines()
        return [line for line in old if line not in new], [line for line in new if line not in old]

    def test_a_new_title_changes_one_line_and_keeps_its_quotes_and_comment(self):
        after = patch(read(DIGEST), {"title": '新的 "标题"'}).text
        gone, come = self.changed(DIGEST, after)
        self.assertEqual(gone, ['title: "港口日报：风起之前"   # 编辑：请勿改动'])
        self.assertEqual(come, ['title: "新的 \\"标题\\""   # 编辑：请勿改动'])

    def test_list_items_that_stay_keep_their_lines(self):
        after = patch(read(DIGEST), {"tags": ["港口", "灯塔: 新"]}).text
        self.assertEqual(self.changed(DIGEST, after), (["  - ai"], ['  - "灯塔: 新"']))

    def test_removing_and_adding_keys(self):
        text = patch(
            read(DIGEST), {"author": None, "published": False, "redirect_from": ["/a/"]}
        ).text
        self.assertNotIn("author", text)
        self.assertIn(
            'unknown: [1.10, 012, yes]\npublished: false\nredirect_from:\n  - "/a/"\n---\n'.replace(
                '"/a/"', "/a/"
            ),
            text,
        )

    def test_what_spans_cannot_change_is_rewritten_whole_and_said_so(self):
        result = patch(read("---\n~ # nothing\n---\nbody"), {"a": "3"})
        self.assertTrue(result.rewritten)
        self.assertEqual(read(result.text).values, {"a": "3"})

    def test_other_formats_are_patched_in_place(self):
        self.assertEqual(
            patch(read('+++\ntitle = "a" # c\nn = 1\n+++\nx'), {"title": "b"}).text,
            '+++\ntitle = "b" # c\nn = 1\n+++\nx',
        )
        self.assertEqual(
            patch(read('{\n  "title": "a",\n  "n": 1.10\n}\nx'), {"title": "b"}).text,
            '{\n  "title": "b",\n  "n": 1.10\n}\nx',
        )
        self.assertEqual(
            patch(read("Title: a\nDate: 2020-01-01\n\nx"), {"title": "b"}).text,
            "Title: b\nDate: 2020-01-01\n\nx",
        )
        with self.assertRaises(PatchError):
            patch(read("Title: a\nDate: 2020-01-01\n\nx"), {"title": "b\nc"})

    def test_a_body_takes_the_line_ends_of_its_document(self):
        document = read("---\r\ntitle: a\r\n---\r\nold\r\n")
        self.assertEqual(
            replace_body(document, "one\ntwo\n"), "---\r\ntitle: a\r\n---\r\none\r\ntwo\r\n"
        )

    @settings(max_examples=150, deadline=None)
    @given(FRONT, VALUES, st.sampled_from(["title", "n", "new"]))
    def test_one_key_is_patched_and_no_byte_outside_its_span(self, front, value, key):
        document = read(f"---\n{front}\n---\nbody: x\n")
        try:
            result = patch(document, {key: value})
        except PatchError:
            return
        after = read(result.text)
        self.assertFalse(result.rewritten)
        self.assertEqual(after.values, document.values | {key: value})
        self.assertEqual(after.body, document.body)
        for line in document.front_text.splitlines():
            if not line.startswith((f"{key}:", "  ")):
                self.assertIn(line, result.text)

    @settings(max_examples=150, deadline=None)
    @example("tags: x, y\n", ["0", "\x85"])
    @given(FRONT, st.lists(VALUES.filter(bool), max_size=5, unique=True))
    def test_a_list_reads_back_as_it_was_given(self, front, items):
        document = read(f"---\n{front}\n---\nbody\n")
        result = patch(document, {"tags": items})
        after = read(result.text).values["tags"]
        if isinstance(after, str) and isinstance(items, list):
            self.assertTrue(all(item in after for item in items))
        else:
            self.assertEqual(after, items)
