"""The editors' side in a real browser: nothing serious for axe; a post corrected, and published."""

import os
from pathlib import Path
from unittest import skipUnless

from django.contrib.auth.models import User

from posts.models import Job
from tests.cast import digest, save
from tests.support.browsing import Browsing

AXE = os.environ.get("TEST_AXE", "")
REQUIRED = bool(os.environ.get("REQUIRE_TOOLS"))


class Editing(Browsing):
    def check_with_axe(self, page, script: str, what: tuple):
        page.evaluate(script)
        found = [
            (violation["id"], [node["html"][:120] for node in violation["nodes"][:2]])
            for violation in page.evaluate("axe.run()")["violations"]
            if violation["impact"] in ("serious", "critical")
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
                self.check_with_axe(page, script, (what, *look))

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
