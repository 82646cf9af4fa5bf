"""The site in a real browser: no violation of axe's rules, valid HTML, nothing wider than a
phone, no script needed.
"""

import os
import subprocess
import tempfile
from pathlib import Path
from unittest import skipIf, skipUnless

from django.contrib.auth.models import User
from django.test import TestCase, tag

from posts.models import Image, Job
from tests.cast import digest, plain, save
from tests.support import browser
from tests.support.browsing import Browsing

AXE, VNU = os.environ.get("TEST_AXE", ""), os.environ.get("TEST_VNU", "")
REQUIRED = bool(os.environ.get("REQUIRE_TOOLS"))
RICH = """\
开篇 **粗** *斜* ~~删~~ `code` [链接](https://a.example)。

## 新闻

### 一条很长的题目：averyveryverylongwordthatnobodywouldwritebutsomebodydoes_averyveryword

- 列表
  - 二层
- [x] 完成

| 甲 | 乙 |
|---|---:|
| 1 | 2 |

```python
def f(): return 1  # a comment that is long enough to need scrolling on any phone, or so one thinks
```

> 引用

来源：[a](https://a.example/1)、[b](https://b.example/2)

### 第二条[^1]

文字

[^1]: 脚注
"""


def cast() -> list[str]:
    """A few posts of every kind, and the addresses worth looking at."""
    Image.objects.create(
        path="img/a.png",
        file="images/aa/a.png",
        origin="x",
        width=1200,
        height=675,
        size=1,
        content_type="image/png",
    )
    rich = save(
        digest(title="富文本：各种写法都在这里", body=RICH, image="/img/a.png"),
        "_posts/2026-03-06-rich.md",
    )
    english = save(digest(title="Harbour news", lang="en"), "_posts/2026-03-05-en.md")
    persian = save(
        plain("سلام دنیا", "2026-03-04", "متن فارسی برای آزمون.\n\n- یک\n- دو\n", lang="fa"),
        "_posts/2026-03-04-fa.md",
    )
    plain_post = save(
        plain("没有条目的文章", "2026-03-03", "只有正文。"), "_posts/2026-03-03-plain.md"
    )
    digest_post = save()
    story = rich.stories.first()
    posts = [post.address for post in (rich, english, persian, plain_post, digest_post)]
    lists = [
        "/",
        "/en/",
        "/archive/",
        "/tags/",
        "/tags/ai/",
        "/sources/",
        "/sources/a.example/",
        "/categories/tech/",
        "/authors/",
        "/2026/03/05/",
        "/feeds/",
        "/search/",
        "/search/?q=第一条",
        "/search/?q=渡船&in=stories&order=relevance",
        "/en/search/?q=tag:aii+harbour",
        "/nope/",
    ]
    return [*posts, f"{rich.address}{story.slug}/", *lists]


@tag("browser")
class ValidHtml(TestCase):
    @skipUnless(VNU or REQUIRED, "TEST_VNU does not name the validator")
    def test_every_page_passes_the_validator(self):
        with tempfile.TemporaryDirectory() as folder:
            for number, address in enumerate(cast()):
                (Path(folder) / f"{number}.html").write_bytes(self.client.get(address).content)
            done = subprocess.run(
                ["java", "-Xss4m", "-jar", VNU, "--skip-non-html", "--format", "text", folder],
                capture_output=True,
                text=True,
            )
        errors = [
            line for line in done.stderr.splitlines() if ": error:" in line or ": fatal:" in line
        ]
        self.assertEqual(errors, [])
        self.assertEqual(done.returncode, 0, done.stderr[-500:])


@tag("browser")
@skipIf(browser.missing(), f"no browser: {browser.missing()}")
class InABrowser(Browsing):
    def test_no_page_is_wider_than_the_screen_or_breaks_the_policy(self):
        addresses = cast()
        for width in (320, 390, 1280):
            page = self.page(viewport={"width": width, "height": 800}, java_script_enabled=True)
            for address in addresses:
                page.goto(self.live_server_url + address)
                self.assertLessEqual(
                    page.evaluate("document.documentElement.scrollWidth"), width, (width, address)
                )
            policy = [line for line in self.complaints if "Content Security Policy" in line]
            self.assertEqual(policy, [])

    @skipUnless(AXE or REQUIRED, "TEST_AXE does not name axe-core")
    def test_axe_finds_no_violation(self):
        script = Path(AXE).read_text()
        for address in cast():
            for scheme, width in (("light", 1280), ("dark", 390)):
                page = self.page(viewport={"width": width, "height": 800}, color_scheme=scheme)
                page.goto(self.live_server_url + address)
                self.check_with_axe(page, script, (address, scheme))
                page.context.close()

    def check_with_axe(self, page, script: str, what: tuple, *impacts: str):
        page.evaluate(script)
        found = [
            (violation["id"], [node["html"][:120] for node in violation["nodes"][:2]])
            for violation in page.evaluate("axe.run()")["violations"]
            if not impacts or violation["impact"] in impacts
        ]
        self.assertEqual(found, [], what)

    def sign_in(self, page, password: str):
        page.goto(f"{self.live_server_url}/admin/login/")
        page.fill("#id_username", "editor")
        page.fill("#id_password", password)
        page.click("[type=submit]")
        page.wait_for_load_state()

    @skipUnless(AXE or REQUIRED, "TEST_AXE does not name axe-core")
    def test_axe_finds_nothing_serious_in_what_an_editor_meets(self):
        """A form that was refused, one that another editor overtook, a job, the sign-in."""
        script = Path(AXE).read_text()
        post = save(digest(title="云原生日报：集群升级进入“无感”时代，编辑台的题目也可以很长"))
        job = Job.objects.create(kind="publish", total=1)
        User.objects.create_superuser("editor", password="pass-word-1")
        form = f"{self.live_server_url}/admin/posts/post/{post.pk}/change/"
        for scheme, width in (("light", 1280), ("dark", 390), ("light", 390), ("dark", 1280)):
            page = self.page(
                viewport={"width": width, "height": 800}, color_scheme=scheme, locale="zh-CN"
            )

            def check(what: str, page=page, look=(scheme, width)):
                self.check_with_axe(page, script, (what, *look), "serious", "critical")

            self.sign_in(page, "wrong")
            check("sign-in refused")
            self.sign_in(page, "pass-word-1")
            page.goto(f"{self.live_server_url}/admin/posts/job/{job.pk}/change/")
            check("job")
            page.goto(form)
            check("form")
            page.evaluate("document.querySelector('#id_title').required = false")
            page.fill("#id_title", "")
            page.click("[name=_continue] >> nth=0")
            page.wait_for_selector(".errorlist")
            check("form refused")
            page.goto(form)
            save(post.document.replace("开篇", f"{scheme} {width}"), post.path)
            page.fill("#id_title", "另一个")
            page.click("[name=_continue] >> nth=0")
            page.wait_for_selector(".errornote")
            check("overtaken")
            page.context.close()

    def test_a_reader_without_scripts_finds_a_story_and_its_source(self):
        cast()
        page = self.page(java_script_enabled=False)
        page.goto(f"{self.live_server_url}/")
        page.click("text=富文本：各种写法都在这里")
        page.click(".permalink >> nth=0")
        self.assertIn("一条很长的题目", page.inner_text("h1"))
        page.click(".sources .host >> nth=0")
        self.assertIn("a.example", page.inner_text("h1"))

    def test_the_address_of_a_post_is_plain_and_script_adds_a_button_that_copies_it(self):
        address = self.live_server_url + save().address
        page = self.page(java_script_enabled=False)
        page.goto(address)
        self.assertIn("/2026/03/05/port/", page.inner_text(".share"))
        self.assertEqual(page.locator(".share button").count(), 0)
        page = self.page(permissions=["clipboard-read", "clipboard-write"])
        page.goto(address)
        plain = page.locator(".share a").evaluate("link => link.href")
        page.locator(".share button").first.click()
        self.assertEqual(page.evaluate("navigator.clipboard.readText()"), plain)

    def test_the_keyboard_reaches_the_text_first(self):
        cast()
        page = self.page()
        page.goto(f"{self.live_server_url}/")
        page.keyboard.press("Tab")
        self.assertEqual(page.evaluate("document.activeElement.className"), "skip")

    def test_an_editor_corrects_and_publishes(self):
        draft = save(digest(title="草稿", draft="true"), "_posts/2026-03-05-draft.md")
        User.objects.create_superuser("editor", password="pass-word-1")
        page = self.page(locale="zh-CN")
        self.sign_in(page, "pass-word-1")
        page.goto(f"{self.live_server_url}/admin/posts/post/{draft.pk}/change/")
        page.fill("#id_title", "定稿")
        page.select_option("#id_status", "published")
        page.click("[name=_save] >> nth=0")
        page.wait_for_selector(".success")
        page.goto(f"{self.live_server_url}/")
        self.assertIn("定稿", page.inner_text("main"))
        self.assertEqual(
            [line for line in self.complaints if "Content Security Policy" in line], []
        )
