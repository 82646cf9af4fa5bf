"""The words of ``docs/benchmarks.md``."""

HEAD = """\
# Benchmarks

Made by `make bench` from `bench/results/`; written by no hand. Ratios are of one run on one
machine and hold elsewhere; absolute figures are for orientation.
"""
NOTHING = """
No results are kept yet.
"""
SERVING = """
*warm*: from memory; *cold*: with `PAGE_CACHE_MB=0`, posts and stories at another address each
time; *first*: with the cache on, no address twice. Eight connections ask at once, so that p50
and p99 hold the wait for the others. †: the server's core was idle for more than a fifth of the
time, since wrk's was the busier one; the figure is of the CPU that was used. All run under
granian with one process unless it says gunicorn or nginx; the textbook blog and Wagtail render
on each request.

MB after the last round: {memory}.
"""
IMPORTING = """
Starting alone takes {alone:.2f} s; beyond that an unchanged folder is read at {rate:,.0f} files
per second. Memory is that of all processes together, shared pages counted once, looked at five
times a second. Generators have the least of layouts; Jekyll builds a part of the posts.
"""
FALLS_SHORT = """\
### What falls short, and why

**Cold pages beside granian's hello world.** 0.10 of it is {tenth:.0f} µs of CPU for a post, 0.07 is
{list:.0f} µs for a list. A Django view without any middleware that answers five bytes takes
{bare:.0f} µs under granian, and each of a page's three statements some 40. The goal was set when
gunicorn served the site, whose hello world takes {gunicorn:.0f} µs. Where a cold post's CPU
goes, by profile: templates 26 %, statements 10 %, names of labels 5 %, the rest of its view 11 %;
Django's handler, middleware, routing and the answer 48 %. A list: templates 27 %, cards read
from JSON 11 %. A feed: its list 31 %, the texts of its entries 18 %, writing 11 %, Django 11 %,
the ETag 6 %. Tried and kept: statements compiled once into plain rows instead of model
instances, Jinja2, pieces that many pages share kept rendered, sections and last change from
memory, no sessions and accounts for readers, zstd, feeds put together from texts. Tried without
gain: other settings of the garbage collector. Not done: rendered cards kept on the rows,
absolute texts of feeds kept on the rows (some 4 GB for a million posts), a chain of handlers of
our own in place of Django's.

**Feeds and sitemap parts from memory** are 130 kB here: what is beside them is a hello world of as
many bytes.
"""
GROWTH = """\
p50 / p99 in milliseconds on one connection, milliseconds of CPU in brackets. The first 2,000
posts are imported, the others are copies of their rows made in SQL ({built}), without
revisions. They reach 27 years back; `archive` lists their months and `sitemap part` the posts
of one month, so that these two grow by nature. The tag is on all posts. A save is a changed
word at the end of an imported post, with the CPU of the child that derives it.
"""
HOW = """\
## How

Servers run on the first core, wrk (`-t1 -c8`, one connection for growth) on the second. CPU
time is that of all processes of a server, from `/proc`. What is compared takes turns, round by
round; figures are medians with the least and the most of all rounds, ratios are taken within a
round. Status and body of every address are looked at before and after, and one answer of
another status ends the run; so does a generator that wrote fewer pages than there are posts.
`QUICK=1 make bench` proves in three minutes that everything works; `ONLY=serving` does one
part.
"""
RUN = """\
- **{name}**: `{command}` on {date}, {seconds} s, commit `{commit}`; {cores} cores ({cpu}),
  {memory_gb} GB, load {load:.1f}; {versions}.
"""

SEARCH = """\
Asked of the engine, without a page around it; every time with other words, all of which stand in
most posts: no real site is as hard. `facets` gives the newest thousand ids.
"""
