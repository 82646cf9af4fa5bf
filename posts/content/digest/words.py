"""The names that sections go by in real digests, and how much each says."""

import re
import unicodedata
from enum import IntEnum
from functools import lru_cache


class Trust(IntEnum):
    """What the name of a section says about its stories; the less it says, the more they must show.

    ``CERTAIN`` names are those of digests alone; ``HINTED`` ones may stand over a lesson; ``WEAK``
    ones are those of a field; ``UNKNOWN`` is every other name and none at all.
    """

    UNKNOWN = 0
    WEAK = 1
    HINTED = 2
    CERTAIN = 3


def _names_of(text: str) -> frozenset[str]:
    return frozenset(name.strip() for name in text.split(","))


CERTAIN = _names_of(
    "主要新闻,今日要闻,本周要闻,头条新闻,要闻,头条,快讯,新闻,今日新闻,本周新闻,要点新闻,重点新闻,热点新闻,"
    "重要新闻,新闻速递,新闻速览,新闻精选,新闻快讯,新闻动态,新闻摘要,新闻简报,今日头条,每日新闻,"
    "主要新聞,新聞,今日新聞,ニュース,トピックス,主なニュース,今日のニュース,뉴스,주요 뉴스,"
    "top stories,top news,main news,main stories,key stories,news stories,lead stories,"
    "today s news,this week s news,latest news,news roundup,news in brief,"
    "top headlines,news headlines"
)
HINTED = _names_of(
    "news,headlines,nouvelles,actualités,noticias,nachrichten,meldungen,notizie,новости,اخبار,"
    "详细内容,动态,资讯,速递,速览,简报,热点,热门,精选,聚焦,焦点,重磅,"
    "in the news,news blog posts,news and blog posts,news articles,news and articles,news links"
)
# At the end of a short name, such as ``AI 新闻精选`` or ``Open Source News``.
HINTS = (
    *("新闻", "要闻", "头条", "快讯", "资讯", "新聞", "ニュース", "뉴스", "速递", "速览", "简报"),
    *("动态", "热点", "热门", "精选", " news", " headlines"),
)
TALK = _names_of("good,bad,great,fake,big,some,sad,exciting,no,other")  # ``The good news``
WEAK_WORDS = _names_of(
    "news,stories,headlines,highlights,nouvelles,actualités,noticias,nachrichten,meldungen,"
    "notizie,новости,اخبار"
)
# Kinds of news that digests of some fields are divided by.
FIELDS = _names_of(
    "官方,论文,模型,工具,行业,开源,产品,应用,政策,融资,研究,安全,社区,商业,财经,国际,国内,科技,教程,观点"
)
COMMENTARY = _names_of(
    "分析,结论,总结,观察,小结,结语,点评,评论,展望,解读,思考,编者按,后记,洞察,趋势,結論,總結,觀察,評論,"
    "まとめ,考察,所感,결론,분석,analysis,conclusion,conclusions,summary,commentary,takeaways,"
    "takeaway,outlook,observations,insights,opinion,wrap-up,conclusión,análisis,fazit,analyse"
)
REFERENCES = _names_of(
    "参考链接,参考资料,参考文献,参考,数据来源,信息来源,资料来源,来源,引用,references,reference,sources,"
    "出典,参照,bibliography,works cited,quellen,quellenangaben,literatur,fuentes,"
    "referencias,références,источники,منابع,مراجع"
)
OTHER = REFERENCES | _names_of(
    "今日看点,目录,目次,导航,相关链接,"
    "相关文章,相关阅读,推荐阅读,延伸阅读,关于本日报,关于,免责声明,声明,订阅,下载,下载地址,附录,致谢,"
    "更新日志,常见问题,contents,table of contents,toc,links,"
    "useful links,about,disclaimer,credits,subscribe,footnotes,resources,additional resources,"
    "more resources,other resources,see also,read more,read also,related,related posts,"
    "further reading,reading list,recommended reading,download,downloads,"
    "install,installation,changelog,changes,"
    "contributors,acknowledgements,acknowledgments,thanks,license,legal notice,appendix,faq,"
    "contact,show notes,shownotes,links mentioned,episode links,picks,sponsors,notes,press,"
    "in the press,weiterführende links,enlaces,liens,ссылки,پیوندها,events,upcoming events,"
    "upcoming meetups,meetups,meetings,jobs,requirements,prerequisites"
)
LEAD = _names_of("导语,引言,前言,导读,概述,概要,概览,摘要,introduction,intro,lead,overview")
CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
BEGINNINGS = tuple(name for name in CERTAIN if len(name) >= 4 and CJK.match(name))


def _by_script(names: frozenset[str]) -> tuple[tuple[str, ...], frozenset[str]]:
    eastern = tuple(name for name in names if CJK.search(name))
    return eastern, names.difference(eastern)


COMMENTARY_WORDS, STORIES_WORDS = _by_script(COMMENTARY), _by_script(WEAK_WORDS)
STORIES = CERTAIN | HINTED
NOT_WORD = re.compile(r"[^\w\s-]+|_")
BRACKETED = re.compile(r"[(（\[【][^)）\]】]*[)）\]】]")
NUMBER = re.compile(r"\A\s*(?:\d{1,2}|[一二三四五六七八九十]{1,3})\s*[.、．)]\s*")
MOST_LETTERS = 120  # of a name; a longer heading is a sentence


def kind_of(heading: str) -> str | None:
    """``stories``, ``commentary``, ``lead`` or ``other``; None for a name that says nothing."""
    name = _name(heading)
    for kind, names in (
        ("other", OTHER),
        ("lead", LEAD),
        ("commentary", COMMENTARY),
        ("stories", STORIES),
    ):
        if name in names:
            return kind
    if _is_called(name, *COMMENTARY_WORDS):
        return "commentary"
    if _hints(name) or _is_called(name, *STORIES_WORDS):
        return "stories"
    if _is_called(name, ("关于", "目录", "参考"), frozenset(("about",))):
        return "other"
    return None


def trust_of(heading: str) -> Trust:
    """How much the name of a section says about stories in it."""
    name = _name(heading)
    if name in CERTAIN:
        return Trust.CERTAIN
    if name in HINTED or _hints(name):
        return Trust.HINTED
    return Trust.WEAK if name in FIELDS else Trust.UNKNOWN


def is_references(heading: str) -> bool:
    """True for the name of a list of references or sources."""
    return _name(heading) in REFERENCES


@lru_cache(1_000)  # every section's name is asked about several times, many in every post
def _name(heading: str) -> str:
    heading = heading[:MOST_LETTERS]
    return _folded(BRACKETED.sub(" ", heading)) or _folded(heading)


def _folded(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(NOT_WORD.sub(" ", NUMBER.sub("", text, count=1)).split())


def _hints(name: str) -> bool:
    """True for a short name that ends as those of news do or begins with a certain one."""
    words = name.split()
    if not CJK.search(name):
        return len(words) <= 4 and name.endswith(HINTS) and not TALK.intersection(words)
    return len(name) <= 14 and (name.endswith(HINTS) or name.startswith(BEGINNINGS))


def _is_called(name: str, eastern: tuple[str, ...], others: frozenset[str]) -> bool:
    """A short name that begins or ends with a word (Chinese), or holds one whole (others)."""
    if len(name) <= 14 and (name.endswith(eastern) or name.startswith(eastern)):
        return True
    words = name.split()
    return len(words) <= 5 and not others.isdisjoint(words)
