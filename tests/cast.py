"""The small cast of the tests: documents of our own, and short ways to save and fetch."""

import os
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from unittest import mock

from django.utils import timezone

from posts import publishing
from posts.models import Post

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("TEST_SHARED") or ROOT.parent / "shared")
SEED = SHARED / "seed"
CORPORA = SHARED / "corpora"

DIGEST = """\
---
layout: post
title: "港口日报：风起之前"   # 编辑：请勿改动
date: 2026-03-05
author: '港口编辑部'
source: "https://www.harbour.example/a"
categories:
  - tech
tags:
  - 港口
  - ai
unknown: [1.10, 012, yes]
---

# 港口日报：风起之前

开篇一句话，说明今天的两条新闻。

## 主要新闻

### 第一条：灯塔换灯

灯塔的灯换成了省电的型号。

**Source:** [Lamp](https://www.harbour.example/a)

### 第二条：渡船改线

渡船改走北线。

**Source:** [Ferry](https://ferry.example/north) 、 [Map](https://maps.example/north)

## 分析

风向决定航线。

## 结论

完。
"""


def digest(**changes: str) -> str:
    """The digest with some texts replaced, named by what they replace: ``title=``, ``date=``,
    ``body=``...
    """
    text = DIGEST
    for key, value in changes.items():
        if key == "body":
            text = text[: text.index("---\n\n#") + 4] + "\n" + value
        else:
            lines = text.split("\n")
            found = next((n for n, line in enumerate(lines) if line.startswith(f"{key}:")), None)
            if found is None:
                lines.insert(2, f"{key}: {value}")
            else:
                lines[found] = f"{key}: {value}"
            text = "\n".join(lines)
    return text


def save(text: str = DIGEST, path: str = "_posts/2026-03-05-port.md", **options) -> Post:
    """Save a document as the write path does; the post."""
    return publishing.save(path=path, document=text, reason="test", **options).post


def later(**delta: float) -> AbstractContextManager:
    """A while later by our clock, which only that of the database would contradict."""
    now = timezone.now() + timedelta(**delta)
    return mock.patch.object(timezone, "now", return_value=now)


def plain(title: str, day: str, body: str = "正文。", **keys: str) -> str:
    """A short post."""
    more = "".join(f"{key}: {value}\n" for key, value in keys.items())
    return f"---\ntitle: {title}\ndate: {day}\n{more}---\n\n{body}\n"
