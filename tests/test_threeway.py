"""What an editor and a file changed comes together; the same words never do so silently."""

import json
from unittest import TestCase

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from posts.content import digest as grammar
from posts.content import frontmatter
from posts.content.threeway import has_marks, merge
from tests.cast import DIGEST, digest

STORY = """\
### 第三条：{}

{}

**Source:** [{}](https://new.example/{})

"""


def story(name: str, text: str) -> str:
    return STORY.format(name, text, name, name)


def with_story(text: str, added: str, before: str = "## 分析") -> str:
    return text.replace(before, added + before, 1)


class FrontMatter(TestCase):
    def merged(self, base: str, ours: str, theirs: str) -> str:
        result = merge(base, ours, theirs)
        self.assertEqual(result.spots, ())
        return result.text

    def test_keys_that_one_side_changed_come_together(self):
        ours = digest(author="编辑甲").replace("unknown:", "weather: 风\nunknown:")
        theirs = digest(source='"https://www.harbour.example/b"').replace("layout: post\n", "")
        text = self.merged(DIGEST, ours, theirs)
        expected = ours.replace('example/a"\ncat', 'example/b"\ncat').replace("layout: post\n", "")
        self.assertEqual(text, expected)

    def test_the_same_key_with_two_values_is_a_clash_with_both_versions(self):
        result = merge(DIGEST, digest(date="2026-03-06"), digest(date="2026-03-07"))
        self.assertEqual([spot.name for spot in result.spots], ["date"])
        self.assertEqual(result.spots[0].ours, "date: 2026-03-06\n")
        self.assertIn(
            "<<<<<<< post\ndate: 2026-03-06\n=======\ndate: 2026-03-07\n>>>>>>> file\nauthor",
            result.text,
        )
        self.assertTrue(has_marks(result.text))

    def test_a_key_that_one_removed_and_the_other_changed_is_a_clash(self):
        removed = DIGEST.replace("author: '港口编辑部'\n", "")
        for ours, theirs in ((removed, digest(author="甲")), (digest(author="甲"), removed)):
            self.assertEqual([s.name for s in merge(DIGEST, ours, theirs).spots], ["author"])

    def test_lists_are_merged_item_by_item(self):
        ours = DIGEST.replace("  - ai\n", "  - ai\n  - 渡船   # 新\n")
        theirs = DIGEST.replace("  - 港口\n", "  - 灯塔\n")
        text = self.merged(DIGEST, ours, theirs)
        self.assertEqual(frontmatter.read(text).values["tags"], ["灯塔", "ai", "渡船"])
        self.assertIn("渡船   # 新", text)

    def test_ours_keeps_its_comments_order_and_line_ends(self):
        ours = DIGEST.replace("# 编辑：请勿改动", "# 新注释").replace("\n", "\r\n")
        theirs = digest(date="2026-03-09").replace("layout: post\n", "layout: post   # Jekyll\n")
        self.assertEqual(
            self.merged(DIGEST, "\ufeff" + ours, theirs),
            "\ufeff" + ours.replace("date: 2026-03-05", "date: 2026-03-09"),
        )

    def test_a_front_matter_that_no_editor_touched_is_taken_as_it_came(self):
        ours = DIGEST.replace("完。", "完了。")
        theirs = DIGEST.replace("# 编辑：请勿改动", "# 注").replace("layout: post\n", "")
        self.assertEqual(self.merged(DIGEST, ours, theirs), theirs.replace("完。", "完了。"))

    def test_values_that_a_patch_cannot_write_are_copied_as_they_stand(self):
        head = "---\ntitle: a\nheader:\n  teaser: x.png\nflag: yes\n---\n\n正文\n"
        ours = head.replace("title: a", "title: b  # 改")
        theirs = head.replace("x.png", "y.png").replace("flag: yes", "flag: no\nempty:")
        self.assertEqual(
            self.merged(head, ours, theirs),
            "---\ntitle: b  # 改\nheader:\n  teaser: y.png\nflag: no\nempty:\n---\n\n正文\n",
        )

    def test_every_kind_of_front_matter(self):
        toml = '+++\ntitle = "a"\nweight = 3\ntags = ["x"]\n[extra]\nlead = "l"\n+++\n\n正文\n'
        text = self.merged(
            toml,
            toml.replace('"a"', '"b"  # 改'),
            toml.replace("weight = 3", "weight = 4").replace('["x"]', '["x", "y"]'),
        )
        self.assertEqual(
            text.replace('"x","y"', '"x", "y"'),
            toml.replace('"a"', '"b"  # 改')
            .replace("weight = 3", "weight = 4")
            .replace('["x"]', '["x", "y"]'),
        )
        members = {"title": "a", "weight": 3, "draft": True, "more": {"x": [1, None]}}
        ours, theirs = members | {"title": "b"}, members | {"weight": 4, "more": {"x": [2]}}
        text = self.merged(
            *(json.dumps(m, indent=1) + "\n\n正文\n" for m in (members, ours, theirs))
        )
        self.assertEqual(json.loads(text.partition("\n\n")[0]), theirs | {"title": "b"})
        meta = "Title: a\nDate: 2026-03-05\nTags: x, y\n\n正文\n"
        text = self.merged(meta, meta.replace(": a", ": b"), meta.replace("x, y", "x, y, z"))
        self.assertEqual(text, "Title: b\nDate: 2026-03-05\nTags: x, y, z\n\n正文\n")

    def test_a_clash_is_marked_in_every_kind(self):
        toml, json_text, meta = (
            '+++\ntitle = "a"\n+++\n',
            '{\n "title": "a"\n}\n',
            "Title: a\nDate: 1\n\n",
        )
        for text, quote in ((toml, '"'), (json_text, '"'), (meta, "")):
            ours, theirs = (
                text.replace(f"{quote}a{quote}", f"{quote}{new}{quote}", 1) for new in "bc"
            )
            if not quote:
                ours, theirs = text.replace(": a", ": b"), text.replace(": a", ": c")
            result = merge(text, ours, theirs)
            self.assertEqual([spot.name for spot in result.spots], ["title"])
            self.assertTrue(has_marks(result.text))


class Body(TestCase):
    def test_paragraphs_of_one_story_come_together(self):
        base = DIGEST.replace("灯塔的灯换成了省电的型号。", "第一段。\n\n第二段。\n\n第三段。")
        result = merge(
            base, base.replace("第一段", "第一段（订正）"), base.replace("第三段", "第三段，新")
        )
        self.assertEqual(result.spots, ())
        self.assertEqual(
            result.text, base.replace("第一段", "第一段（订正）").replace("第三段", "第三段，新")
        )

    def test_the_same_paragraph_changed_by_both_is_a_clash(self):
        result = merge(
            DIGEST,
            DIGEST.replace("渡船改走北线", "渡船今天改走北线"),
            DIGEST.replace("北线。", "南线。"),
        )
        [spot] = result.spots
        self.assertEqual(
            (spot.name, spot.ours.strip(), spot.theirs.strip()),
            ("第二条：渡船改线", "渡船今天改走北线。", "渡船改走南线。"),
        )
        self.assertTrue(has_marks(result.text))

    def test_a_story_that_moved_is_merged_with_what_was_changed_in_it(self):
        first = DIGEST[DIGEST.index("### 第一条") : DIGEST.index("### 第二条")]
        moved = DIGEST.replace(first, "").replace("## 分析", first + "## 分析")
        edited = DIGEST.replace("省电的型号", "省电的新型号")
        for ours, theirs in ((moved, edited), (edited, moved)):
            result = merge(DIGEST, ours, theirs)
            self.assertEqual(result.spots, ())
            self.assertEqual(result.text, moved.replace("省电的型号", "省电的新型号"))

    def test_stories_that_both_added_both_stand(self):
        ours = with_story(DIGEST, story("雾", "港口有雾。"))
        theirs = with_story(DIGEST, story("潮", "今晚大潮。"))
        result = merge(DIGEST, ours, theirs)
        self.assertEqual(result.spots, ())
        headings = [
            found.heading for found in grammar.parse(frontmatter.read(result.text).body).stories
        ]
        self.assertEqual(
            headings, ["第一条：灯塔换灯", "第二条：渡船改线", "第三条：雾", "第三条：潮"]
        )

    def test_a_story_that_one_removed_and_the_other_changed_is_a_clash(self):
        second = DIGEST[DIGEST.index("### 第二条") : DIGEST.index("## 分析")]
        removed, edited = DIGEST.replace(second, ""), DIGEST.replace("北线。", "北线，晚点。")
        for ours, theirs in ((removed, edited), (edited, removed)):
            [spot] = merge(DIGEST, ours, theirs).spots
            self.assertIn("", (spot.ours, spot.theirs))
            self.assertIn("北线，晚点。", spot.ours + spot.theirs)
        self.assertNotIn("渡船", merge(DIGEST, removed, digest(date="2026-03-06")).text)

    def test_a_story_with_a_new_heading_is_known_by_its_citation(self):
        ours = DIGEST.replace("### 第二条：渡船改线", "### 渡轮今起改道")
        theirs = DIGEST.replace("渡船改走北线。", "渡船改走北线，明日恢复。")
        result = merge(DIGEST, ours, theirs)
        self.assertEqual(result.spots, ())
        self.assertEqual(result.text, ours.replace("北线。", "北线，明日恢复。"))

    def test_items_of_a_list_are_changed_one_by_one(self):
        base = "---\ntitle: a\n---\n\n- 一\n- 二\n- 三\n- 四\n"
        result = merge(
            base, base.replace("- 一", "- 一！"), base.replace("- 四\n", "- 四！\n- 五\n")
        )
        self.assertEqual(
            (result.spots, result.text),
            ((), "---\ntitle: a\n---\n\n- 一！\n- 二\n- 三\n- 四！\n- 五\n"),
        )

    def test_line_ends_and_blank_ends_alone_change_nothing(self):
        ours = DIGEST.replace("完。", "完了。").replace("\n", "\r\n")
        theirs = DIGEST.replace("。\n", "。  \n").rstrip("\n")
        result = merge(DIGEST, ours, theirs)
        self.assertEqual((result.spots, result.text), ((), ours))

    def test_code_is_one_piece(self):
        base = "```\na\n\nb\n\nc\n```\n\n段\n"
        result = merge(base, base.replace("a", "x"), base.replace("c", "y"))
        self.assertEqual(len(result.spots), 1)

    def test_a_change_that_cuts_the_text_in_other_parts_does_not_clash(self):
        base = "---\ntitle: a\n---\n\n# a\n\nEins.\n\n*Ende des Tages*\n"
        ours = base.replace("Eins.", "Eins, neu.")
        theirs = base.replace("*Ende des Tages*", "*Ende des Tages* und mehr")
        result = merge(base, ours, theirs)
        self.assertEqual(
            (result.spots, result.text), ((), ours.replace("Tages*", "Tages* und mehr"))
        )

    def test_without_a_common_text_all_that_differs_is_in_question(self):
        ours, theirs = digest(title="甲"), DIGEST.replace("完。", "完了。")
        result = merge("", ours, theirs)
        self.assertEqual([spot.name for spot in result.spots], ["title", ""])


PARAGRAPHS = st.lists(
    st.sampled_from(["甲段", "乙段", "丙段", "- 项一", "- 项二", "## 分析", "### 新闻一", "> 引"]),
    max_size=8,
)


def document(title: str, paragraphs: list[str], end: str) -> str:
    return end.join(["---", f"title: {title}", "---", "", *(f"{p}{end}" for p in paragraphs)])


DOCUMENTS = st.builds(
    document, st.sampled_from(["一", "二", "三"]), PARAGRAPHS, st.sampled_from(["\n", "\r\n"])
)


class Laws(TestCase):
    @settings(
        max_examples=200,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(DOCUMENTS, DOCUMENTS)
    def test_one_side_alone_wins_and_equal_sides_agree(self, base, other):
        self.assertEqual(merge(base, other, base), merge(base, other, other))
        self.assertEqual(merge(base, other, base).text, other)
        taken = merge(base, base, other)
        self.assertEqual(taken.spots, ())
        self.assertEqual(words(taken.text), words(other))

    @settings(
        max_examples=300,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(DOCUMENTS, DOCUMENTS, DOCUMENTS)
    def test_no_word_that_ours_added_is_lost(self, base, ours, theirs):
        result = merge(base, ours, theirs)
        for word in words(ours):
            added = words(ours).count(word) - words(base).count(word)
            self.assertGreaterEqual(words(result.text).count(word), min(1, max(0, added)), word)


def words(text: str) -> list[str]:
    return text.split()
