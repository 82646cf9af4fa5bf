"""Ordinary posts, of the kinds that blogs and companies write, hold no stories."""

from unittest import TestCase

from posts.content.digest import parse

POSTS = {
    "tutorial with level-3 headings only": """
# Getting started with Docker

Containers are everywhere. Let us build one.

### Install Docker

Get it from [the official site](https://docs.docker.com/get-docker/) and run the installer.

### Write a Dockerfile

Start from [python:3.12](https://hub.docker.com/_/python).

### Legal Notice

Docker is a trademark of [Docker, Inc.](https://www.docker.com/).
""",
    "how-to whose headings are links": """
Tools that I could not work without.

## Editors

### [Vim](https://www.vim.org)

Still the fastest.

### [Helix](https://helix-editor.com)

Modal, with selections first.

## Shell

### [fish](https://fishshell.com)

Sane defaults.

### [Starship](https://starship.rs)

A prompt.
""",
    "release notes with downloads": """
We are happy to announce version 2.4.

## Highlights

### Faster startup

Startup is 40 % faster, see [#1234](https://github.com/acme/app/pull/1234).

### New configuration format

Read [the guide](https://docs.acme.example/config).

## Downloads

- [app-2.4-linux.tar.gz](https://dl.acme.example/app-2.4-linux.tar.gz)
- [app-2.4-macos.dmg](https://dl.acme.example/app-2.4-macos.dmg)
- [app-2.4-windows.exe](https://dl.acme.example/app-2.4-windows.exe)

## Thanks

- [Ann](https://github.com/ann)
- [Bob](https://github.com/bob)
- [Cid](https://github.com/cid)
""",
    "keep a changelog": """
# Changelog

## [1.2.0](https://github.com/acme/lib/compare/v1.1.0...v1.2.0) (2024-05-01)

### Features

* **parser:** accept commas ([a1b2c3d](https://github.com/acme/lib/commit/a1b2c3d))
* **cli:** add `--json` ([b2c3d4e](https://github.com/acme/lib/commit/b2c3d4e))

### Bug Fixes

* close files ([c3d4e5f](https://github.com/acme/lib/commit/c3d4e5f)), closes [#12](https://github.com/acme/lib/issues/12)
""",
    "changelog with linked level-3 versions": """
### [1.2.3](https://github.com/acme/lib/compare/v1.2.2...v1.2.3) (2024-06-01)

- fix the build

### [1.2.2](https://github.com/acme/lib/compare/v1.2.1...v1.2.2) (2024-05-20)

- fix the docs

### [1.2.1](https://github.com/acme/lib/compare/v1.2.0...v1.2.1) (2024-05-02)

- fix the tests
""",
    "project news with one paragraph": """
# Spring update

## News

We moved to a new office. Come and see us!

- New chairs
- New desks, from [a shop](https://desks.example)

## Roadmap

### Search

Work on [search](https://github.com/acme/app/issues/7) goes on.

### Export

Planned for the summer.
""",
    "a news section in a tutorial": """
# Build a news app with Django

## Setup

Install [Django](https://www.djangoproject.com).

## News

### The model

```python
class Article(models.Model): ...
```

### The view

```python
def index(request): ...
```

### The template

Loop over `articles`.
""",
    "numbered steps at level 2": """
# Deploying to a VPS

## 1. Create a server

Pick one at [Hetzner](https://www.hetzner.com).

## 2. Point your domain

See [the DNS guide](https://dns.example/guide).

## 3. Install nginx

`apt install nginx`
""",
    "listicle of tools": """
# 5 note-taking apps

## 1. [Notion](https://www.notion.so)

All in one.

## 2. [Obsidian](https://obsidian.md)

Local files.

## 3. [Logseq](https://logseq.com)

Outlines.

## 4. [Joplin](https://joplinapp.org)

Open source.

## 5. [Bear](https://bear.app)

For the Mac.
""",
    "essay with many links": """
The web was [once](https://info.cern.ch) a place of [documents](https://www.w3.org/History/).
Then came [applications](https://developer.mozilla.org), and with them [frameworks](https://react.dev).

### What we lost

[View source](https://example.org/view-source) taught a generation.

### What we won

[Maps](https://www.openstreetmap.org), above all.

### What next

Maybe [small](https://smallweb.example) again.
""",
    "essay with references": """
Prose about typography, long enough to be most of the post. It goes on and on about letters and the
space between them, and says nothing that a reader of Tschichold does not know, but says it well.

Then it goes on about lines, measures and margins, and on the way explains why every printer should
own a ruler, and how a grid is drawn.

## Notes

1. Jan Tschichold, The Form of the Book https://archive.example/form
2. Robert Bringhurst, The Elements of Typographic Style https://archive.example/elements
3. Ellen Lupton, Thinking with Type https://archive.example/thinking
""",
    "essay with further reading": """
Why do we sleep? Nobody knows for certain, but there are many ideas, and this post goes through
those that I find most convincing. First, memory: what was learned by day is replayed by night.
Second, repair: the brain is washed. Third, safety: who sleeps does not wander about in the dark
and is not eaten.

## Want to know more?

- [Why we sleep and what happens when we do not](https://sleep.example/why)
- [The brain's own washing machine, explained](https://brain.example/wash)
- [A history of sleep from antiquity to now](https://history.example/sleep)
- [Seven myths about dreams that refuse to die](https://dreams.example/myths)
""",
    "recipe": """
# Lemon cake

### Ingredients

- 200 g flour
- 2 lemons ([organic](https://market.example/lemons))

### Method

1. Mix.
2. Bake.

### Notes

Source: [my grandmother's book](https://cookbook.example/lemon)
""",
    "photo post": """
# A week in Lisbon

### Alfama

![Alfama](https://img.example/1.jpg)

Source: [Flickr](https://flickr.example/1)

### Belém

![Belém](https://img.example/2.jpg)

Source: [Flickr](https://flickr.example/2)
""",
    "reading list of books": """
# Books of the year

- [The Dispossessed](https://books.example/1) by Ursula K. Le Guin
- [Piranesi](https://books.example/2) by Susanna Clarke
- [Exhalation](https://books.example/3) by Ted Chiang
- [A Desolation Called Peace](https://books.example/4) by Arkady Martine
""",
    "reading list with headings": """
# What I read in May

## Novels

### [Piranesi](https://books.example/2)

A house of statues.

### [The Employees](https://books.example/5)

Short and strange.

## Essays

### [Upstream](https://books.example/6)

Walks.
""",
    "conference notes": """
# Notes from PyCon

## Friday

### [Keynote: what Python could still become](https://www.youtube.com/watch?v=1)

Good jokes.

### [How we made our tests ten times faster](https://www.youtube.com/watch?v=2)

Fixtures!

### [Type checking a million lines of code](https://www.youtube.com/watch?v=3)

Gradual.
""",
    "interview with bold questions": """
We talked to Ann about her work.

**How did you come to design?**

By chance. I studied [physics](https://physics.example).

**What is your next project?**

A [typeface](https://type.example) for road signs.

**Any advice?**

Draw.
""",
    "company blog with a call to action": """
# Why we rewrote our billing

It was slow.

### The problem

Invoices took [hours](https://status.acme.example).

### The solution

We chose [PostgreSQL](https://www.postgresql.org).

### Join us

We are hiring: [open positions](https://jobs.acme.example)
""",
    "code walkthrough with sources": """
# Three small programs

### Hello

```c
int main(void) { puts("hello"); }
```

Source: [hello.c](https://github.com/me/programs/blob/main/hello.c)

### Echo

```c
int main(int c, char **v) { while (*++v) puts(*v); }
```

Source: [echo.c](https://github.com/me/programs/blob/main/echo.c)
""",
    "projects with link lines": """
# Things I made

### Clock

A clock for the terminal.

Link: https://clock.example

### Radio

Plays stations.

Link: https://radio.example
""",
    "steps that are links": """
# Set up your machine

1. [Download Python](https://www.python.org/downloads/)
2. [Install Git](https://git-scm.com)
3. [Clone the repository](https://github.com/acme/app)

Then run the tests, which takes about ten minutes on a laptop, and read the contributing guide
before you open your first pull request. If anything fails, ask in the chat.
""",
    "list of friends' sites": """
# Blogroll

- [Ann](https://ann.example)
- [Bob](https://bob.example)
- [Cid](https://cid.example)
- [Dan](https://dan.example)
- [Eve](https://eve.example)
""",
    "contact": """
Find me here:

[Mastodon](https://mastodon.example/@me)\x20\x20
[GitHub](https://github.com/me)\x20\x20
[Mail](mailto:me@me.example)\x20\x20
""",
    "series with links to its parts": """
This is a series:

- [Part one: why we need a new parser](/blog/parser-1/)
- [Part two: how the new parser works](/blog/parser-2/)
- [Part three: what we learned from it](/blog/parser-3/)

Today: how to test it.
""",
    "podcast": """
# Episode 12: Sleep

We talk about sleep.

## Show notes

- [Why we sleep and what happens when we do not](https://sleep.example/why)
- [The brain's own washing machine, explained](https://brain.example/wash)
- [A history of sleep from antiquity to now](https://history.example/sleep)
- [Seven myths about dreams that refuse to die](https://dreams.example/myths)
""",
    "Persian essay with sources": """
# خواب

چرا می‌خوابیم؟

## منابع

- [چرا می‌خوابیم و اگر نخوابیم چه می‌شود](https://sleep.example/why)
- [تاریخ خواب از باستان تا امروز](https://history.example/sleep)
- [هفت افسانه درباره رویا](https://dreams.example/myths)
""",
    "frequently asked questions": """
## FAQ

### Is it free?

Yes, see [the licence](https://acme.example/licence).

### Is it safe?

[Yes](https://acme.example/security).
""",
    "user stories": """
# How teams use Acme

## Customer stories

### Globex

Globex moved [ten services](https://globex.example) in a week.

### Initech

[Initech](https://initech.example) saved the rainforest.
""",
    "good news": """
## The good news

### It is faster

[Twice](https://bench.example) as fast.

### It is smaller

By half.

## The bad news

It is late.
""",
    "German ordinals and travel": """
# Drei Tage Wien

### 1. Tag

Wir waren im [Prater](https://prater.example).

### 2. Tag

Museum. Quelle: Reiseführer.

### 3. Tag

Heimfahrt mit der [Bahn](https://bahn.example).
""",
    "German how-to": """
# Raspberry Pi einrichten

## Was man braucht

- [Raspberry Pi 5](https://shop.example/pi)
- [Netzteil](https://shop.example/netzteil)
- [SD-Karte](https://shop.example/sd)

## 1. Abbild schreiben

Mit dem [Imager](https://raspberrypi.example/imager).

## 2. Anschließen

Fertig.
""",
    "Chinese tutorial": """
# Redis 入门教程

## 一、背景

Redis 是一个内存数据库，详见[官网](https://redis.io)。

## 二、安装

从[下载页面](https://redis.io/download)获取。

## 三、总结

简单好用。
""",
    "Chinese algorithm notes": """
# 算法笔记

## 动态规划

### 背包问题

参考：[OI Wiki](https://oi-wiki.org/dp/knapsack/)

### 最长公共子序列

参考：[LeetCode](https://leetcode.cn/problems/longest-common-subsequence/)

## 精选题目

### 两数之和

用哈希表。
""",
    "Chinese downloads": """
# 软件推荐

### 下载地址

1、官网：https://soft.example

2、网盘：https://pan.example/s/1

### 使用说明

解压即可。参见[文档](https://docs.example)。
""",
    "Chinese tools with linked headings": """
# 我的工具箱

## 工具

### [Obsidian](https://obsidian.md)

记笔记。

### [Raycast](https://raycast.com)

启动器。

### [Arc](https://arc.net)

浏览器。
""",
    "Chinese trip": """
### 第一天

到达[成都](https://chengdu.example)。

### 第二天

看熊猫。

![熊猫](https://img.example/panda.jpg)
""",
    "Persian essay": """
# مهاجرت به فایرفاکس

### مشکل اول

[کرومیوم](https://www.chromium.org) حافظه زیادی مصرف می‌کند.

### مشکل دوم

حریم خصوصی. [بیشتر بخوانید](https://privacy.example)

## نتیجه‌گیری

- [راهنمای فایرفاکس](https://support.mozilla.example)
- [مشابه همین مقاله به انگلیسی](https://en.example)
""",
    "Persian how-to": """
### پیش‌نیازها

- [Ruby](https://www.ruby-lang.org)
- [Jekyll](https://jekyllrb.com)

### نحوه راه‌اندازی

دستور زیر را اجرا کنید.
""",
    "meeting notes": """
## Meeting 2024-05-03

- [Agenda](https://pad.example/agenda)
- [Recording](https://video.example/rec)
- [Slides](https://slides.example/deck)

### Decisions

We keep the name.
""",
    "wiki-like page of resources": """
# Learn Rust

## Resources

- [The Rust Programming Language, the official book](https://doc.rust-lang.org/book/)
- [Rust by Example, a collection of runnable code](https://doc.rust-lang.org/rust-by-example/)
- [Rustlings, small exercises to get you used to it](https://rustlings.example)
""",
    "a single sourced note": """
# A quote

### On simplicity

> Simplicity is prerequisite for reliability.

Source: [EWD498](https://www.cs.utexas.edu/~EWD/ewd04xx/EWD498.PDF)
""",
    "newsworthy article with sources at its end": """
# The fall of the bridge

It fell on Sunday at noon. Nobody was hurt.

## What happened

A cable broke.

## What now

The city [plans](https://city.example/plan) a ferry.

**Sources:** [City](https://city.example/report), [Herald](https://herald.example/bridge)
""",
}


class OrdinaryPosts(TestCase):
    def test_ordinary_posts_are_not_cut_into_stories(self):
        self.assertGreaterEqual(len(POSTS), 40)
        for name, body in POSTS.items():
            with self.subTest(name):
                found = parse(body.lstrip("\n"))
                self.assertEqual([story.heading for story in found.stories], [])
                self.assertNotIn("stories", [section.kind for section in found.sections])

    def test_what_an_ordinary_post_names_as_its_source_is_its_own_citation(self):
        urls = [
            citation.url
            for citation in parse(POSTS["newsworthy article with sources at its end"]).citations
        ]
        self.assertEqual(urls, ["https://city.example/report", "https://herald.example/bridge"])
