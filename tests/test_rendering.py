"""Markdown as Jekyll's and Hugo's authors write it, and nothing active in what comes out."""

import re
import string
from html.parser import HTMLParser
from unittest import TestCase, skipUnless

import html5lib
from django.test import tag
from hypothesis import given, settings
from hypothesis import strategies as st

from posts.content import markup
from posts.content.derive import derive
from posts.content.frontmatter import read
from posts.content.problems import Unreadable
from posts.content.rendering import image_tags, render, templating
from posts.content.rendering.sanitising import DROPPED_WITH_CONTENT, TAGS, sanitised
from tests.cast import CORPORA, DIGEST
from tests.support.structure import outline, reference

MARKS = st.sampled_from(
    [
        "*",
        "**",
        "_",
        "`",
        "```",
        "[",
        "](",
        ")",
        "![",
        "<",
        ">",
        "<div>",
        "</div>",
        "<b onclick=x>",
        "<script>",
        "&lt;",
        "\n",
        "\n\n",
        "- ",
        "1. ",
        "> ",
        "    ",
        "# ",
        "|",
        "---",
    ]
    + [
        "中文",
        "a",
        "{% raw %}",
        "{{ x }}",
        "javascript:",
        "[^1]",
        "[^1]: ",
        "~~",
        "http://a.example",
        "\\",
        "\t",
        "=",
        ": ",
        "*[a]: b",
        "<!--",
        "-->",
        "<svg>",
        "{: .x}",
        "$$",
    ]
)


def html(markdown: str) -> str:
    return render(markdown).html


class Markdown(TestCase):
    def test_lists(self):
        self.assertEqual(
            outline(html("para\n- a\n  - b\n\n1. c\n   continued\n\n   second\n")),
            ["p", "ul", "ul/li", "ul/li/ul", "ul/li/ul/li", "ol", "ol/li", "ol/li/p", "ol/li/p"],
        )
        self.assertIn("☑", html("- [x] done\n- [ ] open"))
        self.assertEqual(
            outline(html("- a\n\n      code\n\n- b\n\n  ```\n  x\n  ```")),
            ["ul", "ul/li", "ul/li/p", "ul/li/pre", "ul/li", "ul/li/p", "ul/li/pre"],
        )

    def test_what_gfm_and_kramdown_add(self):
        self.assertIn("<del>gone</del>", html("~~gone~~"))
        self.assertIn(
            '<a href="https://a.example/x_(y)" rel="noopener">',
            html("see https://a.example/x_(y)."),
        )
        self.assertIn("<strong>“中文”</strong>文字", html("**“中文”**文字"))
        self.assertIn('<th align="center">', html("|a|b|\n|---|:-:|\n|1|2|"))
        self.assertIn("footnotes", html("a[^1]\n\n[^1]: note\n"))
        self.assertIn("<dt>term</dt>", html("term\n: meaning\n"))
        self.assertIn('<abbr title="Markup">HTML</abbr>', html("*[HTML]: Markup\n\nHTML\n"))
        self.assertNotIn("{:", html("text\n{: .lead #x}\n\n![a](b.png){: .left }\n"))
        self.assertNotIn("toc", html("* TOC\n{:toc}\n\ntext").lower())
        self.assertIn("<strong>", html('<div markdown="1">\n**in**\n</div>'))

    def test_code_is_highlighted_by_class_names_only(self):
        text = html("```python\ndef f(): pass\n```")
        self.assertIn('<code class="language-python"><span class="k">def</span>', text)
        self.assertNotIn("style=", text)

    def test_heading_ids_keep_chinese_and_never_collide(self):
        text = html("## 主要新闻\n\n## 主要新闻\n\n[to](#主要新闻)")
        self.assertEqual(re.findall(r' id="([^"]+)"', text), ["c-主要新闻", "c-主要新闻-2"])
        self.assertIn('href="#c-%E4%B8%BB' if "%E4" in text else 'href="#c-主要新闻"', text)

    def test_hashtags_and_template_syntax_are_text(self):
        self.assertIn(
            "<p>#标签 foo {{ 7*7 }} {% unknown %}</p>", html("#标签 foo {{ 7*7 }} {% unknown %}")
        )

    def test_story_headings_and_source_lines_are_rendered_as_such(self):
        derived = derive(DIGEST, "_posts/2026-03-05-port.md")
        self.assertEqual(derived.html.count('<section class="story" id="story-'), 2)
        self.assertEqual(derived.html.count('<p class="source-line">'), 2)
        self.assertNotIn("<h1", derived.html)
        self.assertEqual(derived.stories[0].html, "<p>灯塔的灯换成了省电的型号。</p>")

    def test_content_cannot_take_the_sites_own_classes_or_ids(self):
        text = html('<p class="source-line" id="content" style="position:fixed">x</p>')
        self.assertNotIn("source-line", text)
        self.assertNotIn('id="content"', text)
        self.assertNotIn("style", text)


WORDS = st.sampled_from("alpha beta gamma x1 中文 Übung 3.5".split())


ESCAPES = st.sampled_from([f"\\{char}" for char in string.punctuation])


PIECES = st.one_of(
    WORDS,
    WORDS,
    ESCAPES,
    st.builds("{}{}{}".format, WORDS, ESCAPES, WORDS),
    st.builds("[{}](https://a.example/{})".format, WORDS, st.integers(0, 9)),
    st.builds("[{}][one]".format, WORDS),
    st.builds("[{}]".format, WORDS),
    st.builds("[[{}]]".format, WORDS),
    st.builds("![{}](a.png)".format, WORDS),
    st.builds("`{}`".format, WORDS),
    st.builds("**{}**".format, WORDS),
    st.builds("<{}>".format, st.sampled_from(["T", "your-name", "String", "b", "/b", "T, U"])),
    st.sampled_from(["[one]", "[One][]", "[`two`]", "[x][`two`]", "[one] [`two`]", "[nowhere]"]),
    st.sampled_from(["{1, 2}", "(a){1}", "{:ok, b}", "&amp;", "&copy;", "&nosuch;", "AT&T", "<"]),
)


DEFINITIONS = "\n\n[one]: https://a.example/one\n[`two`]: https://a.example/two\n"


def words_of(text: str) -> str:
    return " ".join(markup.text_of(markup.tags(text)).split())


class EveryWordStays(TestCase):
    """What an author wrote is read, or it is markup by CommonMark's rules."""

    def test_any_punctuation_can_be_escaped(self):
        self.assertEqual(html(r"\$5 \~3 \<b\> \&amp; a\b"), "<p>$5 ~3 &lt;b&gt; &amp;amp; a\\b</p>")
        self.assertIn("<br>", html("a\\\nb"))
        self.assertNotIn("<br>", html("a\\\\\nb"))
        self.assertEqual(words_of(html("\\$$x$$")), "$$x$$")

    def test_two_references_with_a_blank_between_are_two_links(self):
        both = "\n\n[x]: https://x.example\n[y]: https://y.example"
        text = html(f"[x] [y]{both}")
        self.assertIn('<a href="https://x.example" rel="noopener">x</a> <a', text)
        self.assertIn('<a href="https://y.example" rel="noopener">y</a>', text)
        self.assertIn('[z] <a href="https://y.example"', html(f"[z] [y]{both}"))
        self.assertEqual(html(f"[z][y]{both}").count("<a "), 1)

    def test_labels_of_references_may_be_code(self):
        text = html("[`Vec::new`] [`Vec<T>`][] [a][`a\\_b`]\n\n[`Vec::new`]: /1\n[`vec<t>`]: /2")
        self.assertIn('<a href="/1" rel="noopener"><code>Vec::new</code></a>', text)
        self.assertIn('<a href="/2" rel="noopener"><code>Vec&lt;T&gt;</code></a>', text)
        self.assertIn("[a][<code>a\\_b</code>]", text)

    def test_any_markup_may_stand_in_brackets(self):
        for text, words in {
            r"[a\_b] [c\&d] [e{: .x}] [$$f$$]": "a_b [c&d] [e] [f]",
            "[g\\\\\\\\`h`] [~~i~~] [<b>j</b>] [**k**]": "[g\\\\h] [i] [j] [k]",
        }.items():
            self.assertEqual(words_of(html(f"{text}\n\n[a\\_b]: /1")), words)

    def test_formulas_are_shown_as_written(self):
        self.assertIn("<code>a &lt; *b* &amp;lt; c</code>", html("$$ a < *b* &lt; c $$"))

    def test_blocks_in_a_tight_item_keep_its_words_apart(self):
        self.assertEqual(words_of(html("- a\n  # h\n  b\n  {: .x}\n  c")), "a h b c")
        self.assertEqual(words_of(html("- a\n  {: .x}\n  b\n- c")), "a b c")

    def test_a_reference_in_brackets_of_its_own_is_a_link_in_brackets(self):
        text = html("see [[Feature 1]]\n\n[Feature 1]: /f")
        self.assertIn('see [<a href="/f" rel="noopener">Feature 1</a>]', text)

    def test_braces_that_hold_no_attributes_are_text(self):
        self.assertIn(">The set {1, 2, 3}</h2>", html("## The set {1, 2, 3}"))
        self.assertIn('<h2 id="c-z">b</h2>', html('## b {: .y #z title="q"}'))
        self.assertIn('<h2 id="c-标题">b</h2>', html("## b {#标题}"))
        for text in ("f(x){1, 2}", "[a]{1, 2}", "{:ok, value}", "a {: 1 } b", "{:ok, 1}"):
            self.assertEqual(html(text), f"<p>{text}</p>")
        self.assertEqual(words_of(html("* TOC\n* b")), "TOC b")

    def test_what_is_no_element_of_html_is_text(self):
        for text in ("Vec<T>", "<your-name>", "Map<K, List<String>>", "Vec<S>", "</T>", "<T>"):
            with self.subTest(text=text):
                self.assertEqual(words_of(html(text)), text)
                self.assertEqual(words_of(html(f"## {text}")), text)
                self.assertEqual(words_of(html(f"<div>\n{text}\n</div>")), text)
        self.assertEqual(html("a <b>c</b>"), "<p>a <b>c</b></p>")
        self.assertIn("98.css [pdf] &amp; x</h3>", html("### 98.css [pdf] &amp; x"))

    def test_an_element_that_is_left_open_hides_nothing(self):
        for name in ("title", "textarea", "xmp", "script", "noembed"):
            text = words_of(html(f"the <{name}> tag\n\nafter"))
            self.assertEqual(text, f"the <{name}> tag after")
        self.assertIn("after", html("<title>x\n\nafter"))
        self.assertIn("rest", html("{% comment %} rest\n\nof it"))
        self.assertIn("after", html('<iframe src="/x">\n\nafter'))

    def test_words_beside_code_in_a_tight_item_keep_their_markup(self):
        self.assertIn("<em>b</em>", html("- a *b*\n  ```\n  code\n  ```\n- c"))

    def test_code_first_in_a_footnote_is_shown(self):
        self.assertIn("<code>x\n</code>", html("a[^1]\n\n[^1]:\n\n        x\n"))

    def test_an_emphasised_remark_is_no_abbreviation(self):
        self.assertEqual(html("*[Update]: now*"), "<p><em>[Update]: now</em></p>")

    def test_attributes_in_code_samples_stay(self):
        self.assertIn('&lt;p class=""&gt;', html('`<p class="">`'))
        self.assertNotIn("<a ", html('```\n<iframe src="https://a.example/x"></iframe>\n```'))
        self.assertIn('<p><a href="https://a.example/x"', html('<iframe src="//a.example/x">'))

    @settings(max_examples=300, deadline=None)
    @given(st.lists(PIECES, min_size=1, max_size=12).map(" ".join))
    def test_the_words_are_those_that_commonmark_reads(self, text):
        rendered = html(f"x {text}{DEFINITIONS}")
        for word in re.findall(r"\w{4,}", re.sub(r"\([^()]*\)|&\w+;|!\[\w+\]", " ", text)):
            self.assertIn(word, words_of(rendered))
        if not re.search(r"<|`two`\]|\\\n", text):
            other = sanitised(reference(f"x {text}{DEFINITIONS}"))
            self.assertEqual(words_of(rendered), words_of(other))
            self.assertEqual(rendered.count("<a "), other.count("<a "))


class SanitisedMarkup(TestCase):
    @settings(max_examples=200, deadline=None)
    @given(st.lists(MARKS | st.sampled_from(['<a title="', '">', "<p id=a>", "&quot;"])))
    def test_tags_are_those_that_a_parser_finds(self, pieces):
        text = sanitised("".join(pieces))
        found: list[tuple[str, dict]] = []

        class Parser(HTMLParser):
            def handle_starttag(self, tag, attrs):
                found.append((tag, dict(attrs)))

        Parser().feed(text)
        tags = [tag for tag in markup.tags(text) if tag.name and tag.name[0] != "/"]
        self.assertEqual([(tag.name, tag.attributes) for tag in tags], found)
        self.assertEqual(markup.rewritten(text, set(), str), text)
        names = {tag.name for tag in tags}
        same = markup.rewritten(text, names, lambda t: markup.start_tag(t.name, t.attributes))
        self.assertEqual(same, text)

    def test_only_the_tag_of_a_picture_is_changed(self):
        text = html('`<img src="a.png">` ![it\'s "x"](a.png)')
        found = image_tags.resolved(text, lambda source: None)
        self.assertIn('<code>&lt;img src="a.png"&gt;</code> <em>it\'s "x"</em>', found)
        self.assertEqual(image_tags.references(text), ["a.png"])


class Templating(TestCase):
    def test_known_tags_get_their_meaning(self):
        for text, wanted in {
            "[a]({% post_url 2020-01-02-foo %})": 'href="/2020/01/02/foo/"',
            "[a]({% link _posts/2020-01-02-foo.md %})": 'href="/2020/01/02/foo/"',
            '![a]({{ "/img/x.png" | relative_url }})': 'src="/img/x.png"',
            "![a]({{ site.baseurl }}/img/x.png)": 'src="/img/x.png"',
            "{% highlight ruby %}\nputs 1\n{% endhighlight %}": 'class="language-ruby"',
            "{% raw %}{{ kept }}{% endraw %}": "{{ kept }}",
            '{{< figure src="/a.png" alt="b" >}}': 'src="/a.png"',
            '[a]({{< ref "posts/b.md" >}})': 'href="/posts/b/"',
            "{{</* ref x */>}}": "{{&lt; ref x &gt;}}",
            "{% youtube abc %}": 'href="https://www.youtube.com/watch?v=abc"',
            "{% gist me/1 %}": 'href="https://gist.github.com/me/1"',
            '{% img left /a.png "a b" %}': '<img alt="a b" src="/a.png">',
            "{{< vimeo 12 >}}": 'href="https://vimeo.com/12"',
            "{{< highlight go >}}\nx\n{{< /highlight >}}": 'class="language-go"',
            "{{< highlight go >}} never closed": "never closed",
        }.items():
            with self.subTest(text=text):
                self.assertIn(wanted, html(text))
        self.assertNotIn("secret", html("a{% comment %}secret{% endcomment %}b"))

    def test_unknown_ones_are_listed_with_their_line_and_lines_never_move(self):
        text = (
            "a\n{% include x.html %}\n{{ page.x }}\n```\n{{ code }}\n```\n"
            "{% comment %}\n\n{% endcomment %}\nz"
        )
        resolved, unknown = templating.resolve(text)
        self.assertEqual(unknown, [(1, "{% include x.html %}"), (2, "{{ page.x }}")])
        self.assertEqual(resolved.count("\n"), text.count("\n"))
        self.assertIn("{{ code }}", resolved)


class Safety(TestCase):
    def assert_allowed(self, text: str):
        parsed = html5lib.parseFragment(text, namespaceHTMLElements=False)
        for element in parsed.iter():
            if not isinstance(element.tag, str) or element.tag == "DOCUMENT_FRAGMENT":
                continue
            self.assertIn(element.tag, TAGS | {"section", "tbody"})
            for name, value in element.attrib.items():
                self.assertFalse(
                    name.startswith("on") or name in ("style", "srcdoc", "formaction"), name
                )
                if name in ("href", "src", "cite"):
                    self.assertNotRegex(value.strip().lower(), r"^(javascript|data|vbscript|file):")
        self.assertEqual(sanitised(text.replace("section", "div")).count("<script"), 0)

    def test_hostile_html(self):
        for text in [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "[a](javascript:alert(1)) [b](JaVaScRiPt:alert(1)) [c](data:text/html,x)",
            "<javascript:alert(1)> <iframe src=javascript:alert(1)>",
            "[a](\x01javascript:alert(1)) [a](java\nscript:alert(1)) [a](&#106;avascript:alert(1))",
            "<svg><script>alert(1)</script></svg><math><mtext></mtext></math>",
            "<iframe src=javascript:alert(1)></iframe><object data=x></object><embed src=x>",
            "<form action=x><input></form>",
            '<iframe src="https://a.example/?&quot;onclick=alert(1)//">',
            "<iframe src='//a.example/<script>alert(1)</script>'>",
            "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
            "<math><mtext><table><mglyph><style><!--</style>"
            "<img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
            "<a href='//evil.example' target=_top style='position:fixed'>x</a>",
            "<base href=//evil.example><meta http-equiv=refresh>",
            '![x" onerror="alert(1)](x) [x" onclick="alert(1)](https://a.example)',
            "</section></article><h1>out</h1>",
            "*[a]: <script>\n\na",
            "[^1]\n\n[^1]: <script>alert(1)</script>",
            '```"><script>alert(1)</script>\nx\n```',
        ]:
            with self.subTest(text=text):
                self.assert_allowed(html(text))

    @settings(max_examples=250, deadline=None)
    @given(st.lists(MARKS, max_size=25))
    def test_rendering_never_raises_and_passes_the_allow_list(self, pieces):
        try:
            derived = derive("---\ntitle: t\n---\n" + "".join(pieces), "a.md")
        except Unreadable:
            return
        self.assert_allowed(derived.html)
        for story in derived.stories:
            self.assert_allowed(story.html)
        self.assertFalse(
            any(
                tag in derived.html
                for tag in (f"<{name}" for name in DROPPED_WITH_CONTENT if name != "title")
            )
        )

    def test_pictures_get_their_addresses_or_give_way_to_their_words(self):
        find = {"a.png": image_tags.StoredImage("/media/a.png", 10, 20)}.get
        shown = image_tags.resolved(
            html("![x](a.png) ![y](b.png) ![z](http://c.example/c.png)"), find
        )
        self.assertIn(
            '<img src="/media/a.png" alt="x" width="10" height="20" loading="lazy"', shown
        )
        self.assertIn("<em>y</em>", shown)
        self.assertIn('src="https://c.example/c.png"', shown)
        self.assertIn('referrerpolicy="no-referrer"', shown)


@tag("slow")
@skipUnless(CORPORA.is_dir(), "the corpora are not on this machine")
class Fidelity(TestCase):
    def test_block_structure_agrees_with_the_reference_on_93_percent(self):
        agreed = total = 0
        for file in sorted(CORPORA.rglob("*")):
            if (
                file.suffix.lower() not in (".md", ".markdown", ".mkdn", ".text", ".rmd")
                or not file.is_file()
            ):
                continue
            body = (
                read(file.read_bytes().decode())
                .body.replace("\r\n", "\n")
                .replace("\r", "\n")
                .removeprefix("\ufeff")
            )
            resolved, _unknown = templating.resolve(body)
            total += 1
            agreed += outline(html(body)) == outline(sanitised(reference(resolved)))
        print(
            f"\nblock structure agrees on {agreed} of {total} posts ({100 * agreed / total:.1f} %)"
        )
        self.assertGreater(total, 1000)
        self.assertGreaterEqual(agreed / total, 0.93)
