"""The names that sections go by in real digests."""

import re
import unicodedata

STORIES = (
    "主要新闻 今日要闻 头条新闻 详细内容 新闻 要闻 头条 动态 快讯 资讯 速递 速览 热点 热门 精选 简报 聚焦 焦点 重磅 要点新闻 "
    "ニュース トピックス 主要新聞 新聞 뉴스 "
    "news stories headlines highlights nouvelles actualités noticias nachrichten meldungen notizie новости اخبار"
).split()
COMMENTARY = (
    "分析 结论 总结 观察 小结 结语 点评 评论 展望 解读 思考 编者按 后记 洞察 趋势 結論 總結 觀察 評論 まとめ 考察 所感 결론 분석 "
    "analysis conclusion conclusions summary commentary takeaways takeaway outlook observations insights opinion wrap-up conclusión análisis fazit analyse"
).split()
OTHER = (
    "今日看点 目录 目次 导航 数据来源 信息来源 资料来源 来源 参考链接 参考资料 参考文献 参考 引用 相关链接 延伸阅读 关于本日报 关于 免责声明 声明 订阅 "
    "contents toc references reference sources links about disclaimer credits subscribe footnotes 参照 出典"
).split()
LEAD = "导语 引言 前言 导读 概述 概要 概览 摘要 introduction intro lead overview".split()
REFERENCES = (
    "参考链接",
    "参考资料",
    "参考文献",
    "参考",
    "数据来源",
    "信息来源",
    "资料来源",
    "来源",
    "引用",
    "references",
    "reference",
    "sources",
    "出典",
    "参照",
)
CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
NOT_WORD = re.compile(r"[^\w\s-]+|_")
BRACKETED = re.compile(r"[(（\[【].*?[)）\]】]")


def kind_of(heading: str) -> str | None:
    """The kind that a section's name tells: ``stories``, ``commentary``, ``lead``, ``other``, or None for a name unknown."""
    name = _folded(BRACKETED.sub(" ", heading)) or _folded(heading)
    for kind, words in (
        ("other", OTHER),
        ("lead", LEAD),
        ("commentary", COMMENTARY),
        ("stories", STORIES),
    ):
        if name in words:
            return kind
    for kind, words in (
        ("commentary", COMMENTARY),
        ("stories", STORIES),
        ("other", ("关于", "目录", "参考", "about")),
    ):
        if any(_names(name, word) for word in words):
            return kind
    return None


def is_references(heading: str) -> bool:
    """True for the name of a list of references or sources."""
    return _folded(BRACKETED.sub(" ", heading)) in REFERENCES


def _folded(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(
        NOT_WORD.sub(
            " ", re.sub(r"^\s*(?:\d{1,2}|[一二三四五六七八九十]+)\s*[.、．)]\s*", "", text)
        ).split()
    )


def _names(name: str, word: str) -> bool:
    """A short name that begins or ends with the word (Chinese), or holds it as a whole word (others)."""
    if CJK.search(word):
        return len(name) <= 14 and (name.endswith(word) or name.startswith(word))
    return word in name.split() and len(name.split()) <= 5
