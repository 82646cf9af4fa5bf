"""A paper with a page of every kind in three languages, which browser tests open and read."""

import os
from urllib.parse import quote

from django.core.management import call_command

from posts import publishing
from posts.models import Story
from tests.cast import ROOT, digest, plain, save
from tests.support.browsing import Browsing

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
SAMPLES = ("2026-10-24", "2026-11-10", "2026-11-18", "2026-11-2")  # the essay, and the last days
# Below the front page of each language; `search` by what is found, not found, and not understood.
LISTS = {
    "tags": "tags/",
    "categories": "categories/",
    "authors": "authors/",
    "sources": "sources/",
    "tag": "tags/标准/",
    "category": "categories/政策/",
    "source": "sources/code.example.org/",
    "archive": "archive/",
    "year": "2026/",
    "month": "2026/11/",
    "day": "2026/11/18/",
    "help": "search/",
    "nothing found": "search/?q=xyzzy",
    "hints": "search/?q=foo:bar (",
    "feeds": "feeds/",
    "built": "feeds/?words=a&items=stories",
    "missing": "nope/",
}
FRAMES = {"zh": "", "en": "en/", "fa": "fa/"}
FOUND = {"zh": "开源", "en": "the", "fa": "خواننده"}
AUTHORS = {"zh": "云原生编辑部", "en": "english-desk", "fa": "تحریریهٔ-فارسی"}


def documents() -> list[str]:
    """The paths of the samples that are loaded: a dozen, with their pictures."""
    return [
        str(path)
        for path in sorted((ROOT / "samples" / "_posts").iterdir())
        if path.name.startswith(SAMPLES)
    ]


def print_paper() -> dict[str, str]:
    """Saves the posts; the address of a page of each kind, by its language and name."""
    with open(os.devnull, "w") as nowhere:
        call_command("import_posts", *documents(), stdout=nowhere, stderr=nowhere)
    rich = save(digest(title="富文本：各种写法都在这里", body=RICH), "_posts/2026-11-19-rich.md")
    short = save(plain("没有条目的文章", "2026-03-03", "只有正文。"), "_posts/2026-03-03-short.md")
    gone = save(plain("撤回", "2026-03-04"), "_posts/2026-03-04-gone.md")
    publishing.withdraw(gone)
    pages = {
        "zh digest": "/2026/11/24/one-line-nobody-noticed/",
        "zh long title": "/2026/11/10/slow-calibration/",
        "zh essay": "/2026/10/24/reading-slowly/",
        "zh rich": rich.address,
        "zh short": short.address,
        "zh withdrawn": gone.address,
        "en digest": "/en/2026/11/18/five-readers-en/",
        "fa digest": "/fa/2026/11/18/five-readers-fa/",
    }
    for name in ("zh digest", "zh rich", "en digest", "fa digest"):
        story = Story.objects.filter(post__address=pages[name]).order_by("position")[0]
        pages[f"{name}'s story"] = f"{pages[name]}{story.slug}/"
    for frame, prefix in FRAMES.items():
        found = {"found": f"search/?q={FOUND[frame]}", "author": f"authors/{AUTHORS[frame]}/"}
        found["stories"] = f"{found['found']}&in=stories"
        for name, path in {"home": "", **LISTS, **found}.items():
            pages[f"{frame} {name}"] = f"/{prefix}{path}"
    return {name: quote(address, safe="/?&=:(%") for name, address in pages.items()}


class OnePaper(Browsing):
    """Tests that only read: the paper is printed once for all of a class."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.addClassCleanup(call_command, "flush", verbosity=0, interactive=False)
        cls.pages = print_paper()

    def _fixture_teardown(self):
        """The posts stay until the class is through."""
