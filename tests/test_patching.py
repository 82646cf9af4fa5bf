"""Any document, any patch: it reads back as asked, and no other byte changes."""

import json
import re
from unittest import TestCase

from hypothesis import example, given, settings
from hypothesis import strategies as st

from posts.content.frontmatter import PatchError, listed, patch, read
from posts.content.frontmatter.values import NULLS, pieces
from tests.cast import DIGEST

YAML = [
    "{k}: plain text # c{n}\n",
    '{k}: "quoted # no comment" # c{n}\n',
    "{k}: 'it''s'   # c{n}\n",
    "{k}:   # c{n}\n",
    "{k}: ~\n",
    "{k}: |  # c{n}\n  two\n  lines\n",
    "{k}: >-\n  folded\n  text\n",
    '{k}: [a, "b", c] # c{n}\n',
    "{k}: [\n  a, # i{n}\n  b  # j{n}\n]\n",
    "{k}: # c{n}: with a colon\n  - a # i{n}\n  # between{n}\n  - b\n",
    '{k}:\n- a\n- "b"\n',
    "{k}: {{x: 1, y: [2, 3]}} # c{n}\n",
    "{k}:\n  x: 1 # i{n}\n  y: 2\n",
    "{k}: &anchor{n} text # c{n}\n",
    "{k}: &anchor{n}\n  - a\n  - b\n",
    "{k}: [&anchor{n} a, b]\n",
    "{k}: plain over\n  two lines\n",
    '"{k}": quoted key # c{n}\n',
    "{k}: a, b\n",
    "{k}: 2026-01-31 10:00:00 +0800\n",
]
YAML_ALIASES = ["{k}: *anchor{m} # c{n}\n", "{k}: [*anchor{m}, z]\n", "{k}:\n  - *anchor{m}\n"]
TOML = [
    '{k} = "text" # c{n}\n',
    "{k} = 'literal'# c{n}\n",
    "{k} = 2026-01-31 10:00:00+08:00 # c{n}\n",
    "{k} = 1_000\n",
    "{k} = [\"a\", 'b'] # c{n}\n",
    '{k} = [\n  "a", # i{n}\n  "b"  # j{n}\n]\n',
    '{k} = """\nmore # no comment\n[lines]\n""" # c{n}\n',
    "{k} = {{x = 1, y = [2, 3]}}\n",
    "{k} = false\n",
]
JSON = ["text", "", ["a", "b"], [], {"x": 1}, None, True, 1.10]
KEYS = ["title", "tags", "draft", "author", "slug"]
TEXTS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=20
).filter(lambda text: text == text.strip("\n"))
VALUES = st.one_of(
    TEXTS,
    st.booleans(),
    st.none(),
    st.lists(
        st.one_of(st.sampled_from(["a", "b", "z"]), TEXTS.filter(str.strip)),
        max_size=4,
        unique=True,
    ),
)


@st.composite
def yaml_entries(draw):
    """Texts of a front matter's keys, in order, each with its key."""
    entries, anchors = [], []
    for n, key in enumerate(draw(st.permutations(KEYS))[: draw(st.integers(1, 5))]):
        shape = draw(st.sampled_from(YAML + (YAML_ALIASES if anchors else [])))
        before = draw(st.sampled_from(["", "", "# above\n", "\n"]))
        m = draw(st.sampled_from(anchors)) if anchors else 0
        entries.append((key, before, shape.format(k=key, n=n, m=m)))
        if "&anchor" in shape:
            anchors.append(n)
    return entries


@st.composite
def toml_entries(draw):
    return [
        (key, draw(st.sampled_from(["", "# above\n", "\n"])), shape.format(k=key, n=n))
        for n, key in enumerate(draw(st.permutations(KEYS))[: draw(st.integers(0, 4))])
        for shape in [draw(st.sampled_from(TOML))]
    ]


class Property(TestCase):
    def check(self, text: str, key: str, value, others: list[str], comments: list[str] = ()):
        document = read(text)
        result = patch(document, {key: value})
        after = read(result.text)
        self.assertFalse(result.rewritten, result.text)
        at = 0
        for other in others:
            self.assertIn(other, result.text[at:])
            at = result.text.index(other, at) + len(other)
        for comment in comments:
            self.assertIn(comment, result.text)
        self.assertEqual(after.body, document.body)
        expected = {k: v for k, v in document.values.items() if k != key}
        found = {k: v for k, v in after.values.items() if k != key}
        self.assertEqual(self.nulls(found), self.nulls(expected))
        if value is None:
            self.assertNotIn(key, after.values)
        elif isinstance(value, list):
            written = after.values[key]
            self.assertIn(value, (written, pieces(written) if isinstance(written, str) else None))
        else:
            self.assertEqual(
                after.values[key], str(value).lower() if isinstance(value, bool) else value
            )
        self.assertEqual(patch(after, {key: value}).text, result.text)

    def nulls(self, value):
        if isinstance(value, dict):
            return {key: self.nulls(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.nulls(item) for item in value]
        return None if value in ("", "~", "null") else value

    @settings(max_examples=400, deadline=None)
    @given(yaml_entries(), st.sampled_from(KEYS), VALUES, st.sampled_from(["\n", "\r\n", "\r"]))
    def test_yaml(self, entries, key, value, end):
        anchors = [re.findall(r"&(anchor\d+)", text) for k, _b, text in entries if k == key]
        gone = [f"*{name}" for names in anchors for name in names]
        others = [
            before + (text if k != key and not any(a in text for a in gone) else "")
            for k, before, text in entries
        ]
        own = [text for k, _b, text in entries if k == key]
        front = "".join(before + text for _k, before, text in entries)
        text = f"---\n{front}---\nbody: x\n".replace("\n", end)
        comments = re.findall(r"# c\d+", "".join(own))
        self.check(text, key, value, [o.replace("\n", end) for o in others], comments)

    @settings(max_examples=250, deadline=None)
    @given(
        toml_entries(),
        st.sampled_from(KEYS),
        VALUES,
        st.booleans(),
        st.sampled_from(["\n", "\r\n"]),
    )
    def test_toml(self, entries, key, value, table, end):
        front = "".join(before + text for _k, before, text in entries)
        front += (
            "# of the table\n[extra]\nx = 1 # keep\ntitle2 = 'y'\n[[more]]\na = 1\n"
            if table
            else ""
        )
        others = [before + (text if k != key else "") for k, before, text in entries]
        comments = re.findall(r"# (?:c\d+|keep|of the table)", front)
        text = f"+++\n{front}+++\nbody\n".replace("\n", end)
        self.check(text, key, value, [o.replace("\n", end) for o in others], comments)

    @settings(max_examples=200, deadline=None)
    @given(
        st.dictionaries(st.sampled_from(KEYS), st.sampled_from(JSON), max_size=5),
        st.sampled_from([None, 2]),
        st.sampled_from(KEYS),
        VALUES,
    )
    def test_json(self, members, indent, key, value):
        text = json.dumps(members, indent=indent) + "\nbody\n"
        others = [
            f"{json.dumps(k)}: {json.dumps(v)}"
            for k, v in members.items()
            if k != key and not isinstance(v, list | dict)
        ]
        self.check(text, key, value, others)

    @settings(max_examples=200, deadline=None)
    @given(st.permutations(["tags", "author", "slug"]), st.sampled_from(KEYS), VALUES)
    @example(["tags", "author", "slug"], "tags", ["a, b", "c d"])
    @example(["tags", "author", "slug"], "tags", ["NULL"])
    def test_bare_keys(self, order, key, value):
        lines = {"tags": "Tags: x,\n    y\n", "author": "Author: A B\n", "slug": "slug: s\n"}
        front = "Title: t\n" + "".join(lines[name] for name in order) + "Date: 2020-01-01\n"
        others = ["Date: 2020-01-01\n", *(lines[name] for name in order if name != key)][1:]
        text = f"{front}\nbody\n"
        if key == "title" and value is None:
            return
        try:
            result = patch(read(text), {key: value})
        except PatchError:
            texts = value if isinstance(value, list) else [str(value)]
            odd = any(re.search(r"[\n\t]|\s\s|^\s|\s\Z|^\Z|[^\S ]", one) for one in texts)
            self.assertTrue(odd or value in ([], *NULLS), value)
            return
        for other in others:
            self.assertIn(other, result.text)
        after = read(result.text)
        if isinstance(value, list):
            self.assertEqual(listed(after, key), value)


class Comments(TestCase):
    def patched(self, text: str, **changes) -> str:
        return patch(read(text), changes).text

    def test_a_comment_beside_a_patched_value_stays_in_every_style(self):
        for before, after in {
            "title: a # c\n": "title: b # c\n",
            'title: "a"   # c\n': 'title: "b"   # c\n',
            "title: | # c\n  a\n": 'title: "b" # c\n',
            "title: # c\n": "title: b # c\n",
            "title: &x a # c\n": "title: &x b # c\n",
        }.items():
            self.assertEqual(self.patched(f"---\n{before}---\n", title="b"), f"---\n{after}---\n")

    def test_comments_between_list_items_stay_whatever_comes_and_goes(self):
        text = "---\ntags: # all\n  - a # first\n  # about b\n  - b\n  - c # last\n---\n"
        self.assertEqual(
            self.patched(text, tags=["a", "new", "b", "c"]),
            "---\ntags: # all\n  - a # first\n  - new\n  # about b\n  - b\n  - c # last\n---\n",
        )
        self.assertEqual(
            self.patched(text, tags=["a", "c"]),
            "---\ntags: # all\n  - a # first\n  # about b\n  - c # last\n---\n",
        )
        self.assertEqual(self.patched(text, tags=[]), "---\ntags: [] # all # last\n---\n")

    def test_comments_in_lists_between_brackets_stay_in_yaml_and_toml(self):
        for opening, closing in (("---\ntags: ", "\n---\n"), ("+++\ntags = ", "\n+++\n")):
            text = f'{opening}[\n  "a", # first\n  "b", # second\n  "c"  # third\n]{closing}'
            self.assertEqual(
                self.patched(text, tags=["a", "c"]),
                f'{opening}[\n  "a", # first\n # second\n  "c"  # third\n]{closing}',
            )
            added = self.patched(text, tags=["a", "b", "c", "d"])
            self.assertIn('"c",  # third\n  ', added)
            self.assertEqual(read(added).values["tags"], ["a", "b", "c", "d"])

    def test_a_comment_beside_a_removed_key_stays_on_its_own_line(self):
        self.assertEqual(
            self.patched("---\na: 1\nslug: x # do not move\n# below\nb: 2\n---\n", slug=None),
            "---\na: 1\n# do not move\n# below\nb: 2\n---\n",
        )
        self.assertEqual(
            self.patched('+++\na = 1\nslug = "x" # do not move\n# below\nb = 2\n+++\n', slug=None),
            "+++\na = 1\n# do not move\n# below\nb = 2\n+++\n",
        )

    def test_toml_keeps_its_quotes_its_comments_and_its_tables(self):
        text = (
            "+++\n# top\ntitle = 'a' # c\ndate = 2026-01-31\n\n# of extra\n"
            "[extra]\ntitle = 'other' # keep\n+++\nx"
        )
        self.assertEqual(self.patched(text, title="b"), text.replace("'a'", "'b'"))
        self.assertEqual(
            self.patched(text, published=False),
            text.replace("2026-01-31\n", "2026-01-31\npublished = false\n"),
        )

    def test_a_toml_table_can_be_removed(self):
        text = "+++\na = 1\n[build]\nrender = 'never'\n\n# of more\n[more]\nx = 1\n+++\n"
        self.assertEqual(
            self.patched(text, build=None), "+++\na = 1\n\n# of more\n[more]\nx = 1\n+++\n"
        )


class Anchors(TestCase):
    def test_an_anchor_elsewhere_leaves_a_patch_its_one_line(self):
        text = "---\nbase: &b # keep\n  x: 1\ntitle: a\nmore:\n  <<: *b\n---\nbody"
        result = patch(read(text), {"title": "b"})
        self.assertEqual(result.text, text.replace("title: a", "title: b"))

    def test_an_anchored_value_keeps_its_anchor_and_its_aliases_their_value(self):
        for text, changes, wanted in [
            ("---\na: &x [1] # c\nb: 2\n---\n", {"a": ["3"]}, "---\na: &x [3] # c\nb: 2\n---\n"),
            (
                "---\na: &x [1] # c\nb: *x # d\n---\n",
                {"a": ["2"]},
                "---\na: &x [2] # c\nb: [1] # d\n---\n",
            ),
            ("---\na: &x\n  - 1\nb: *x\n---\n", {"a": "t"}, "---\na: &x t\nb: [1]\n---\n"),
            ("---\na: &x yes\nb: *x\n---\n", {"b": "no"}, '---\na: &x yes\nb: "no"\n---\n'),
            ("---\na: &x yes\nb: *x\n# z\n---\n", {"a": None}, "---\nb: yes\n# z\n---\n"),
            (
                "---\na: &x {k: v}\nb:\n  <<: *x\n  l: w\n---\n",
                {"a": "t"},
                "---\na: &x t\nb:\n  <<: {k: v}\n  l: w\n---\n",
            ),
            (
                "---\ntags: [&x one, two]\ncategory: *x\n---\n",
                {"tags": ["one", "three"]},
                "---\ntags: [&x one, three]\ncategory: *x\n---\n",
            ),
        ]:
            result = patch(read(text), changes)
            self.assertEqual((result.text, result.rewritten), (wanted, False))

    def test_a_key_written_twice_is_patched_where_it_counts(self):
        text = "---\na: 1 # first\na: 2 # second\n---\n"
        self.assertEqual(patch(read(text), {"a": "3"}).text, text.replace("2 #", "3 #"))

    def test_a_front_matter_in_braces_is_patched_in_place(self):
        text = "---\n{title: a, tags: [x]} # c\n---\nbody"
        self.assertEqual(
            patch(read(text), {"title": "b, c", "slug": "s", "tags": None}).text,
            '---\n{title: "b, c", slug: s} # c\n---\nbody',
        )


class BareKeys(TestCase):
    TEXT = "Title: a\nDate: 2020-01-01\nRedirect_from: /a/, /b/\n\nbody\n"

    def test_several_old_addresses_are_read_and_written(self):
        document = read(self.TEXT)
        self.assertEqual(listed(document, "redirect_from"), ["/a/", "/b/"])
        text = patch(document, {"redirect_from": ["/a/", "/b/", "/c/"]}).text
        self.assertEqual(text, self.TEXT.replace("/a/, /b/", "/a/, /b/, /c/"))
        self.assertEqual(listed(read(text), "redirect_from"), ["/a/", "/b/", "/c/"])

    def test_an_item_with_a_comma_stands_on_a_line_of_its_own(self):
        for items in (["/a,b/"], ["/a,b/", "/c/"]):
            text = patch(read(self.TEXT), {"redirect_from": items}).text
            self.assertEqual(listed(read(text), "redirect_from"), items)

    def test_only_line_breaks_end_a_line(self):
        text = "Title: a\x85Date: b\u2028Slug: c\nDate: 2020-01-01\n\nbody\n"
        after = patch(read(text), {"slug": "d"}).text
        self.assertEqual(after, text.replace("2020-01-01\n", "2020-01-01\nSlug: d\n"))


class Steps(TestCase):
    def test_withdrawing_and_moving_keep_unknown_keys_and_comments(self):
        for text in (
            DIGEST,
            '+++\n# top\ntitle = "a"\nodd = [1, # one\n 2]\n[extra]\nx = 1 # c\n+++\nbody\n',
            '{\n  "title": "a",\n  "odd": [1,\n    2.50]\n}\nbody\n',
            "Title: a\nDate: 2020-01-01\nOdd:  two  spaces\n\nbody\n",
        ):
            after = patch(read(text), {"published": False, "redirect_from": ["/old/"]}).text
            kept = [line for line in text.splitlines() if line.rstrip(",") not in ("", "    2.50]")]
            for line in kept:
                self.assertIn(line, after)
            back = patch(read(after), {"published": None, "redirect_from": None}).text
            self.assertEqual(back, text)
