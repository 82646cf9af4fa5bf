"""Dates, numbers and names as the frame of a page writes them: one way in each language.

Every function takes the language of the frame, whichever is active. A year is left out next to a
date of the same year that the page shows, never by the clock: what is kept stays right.
``datetime`` is always ISO and Gregorian.

A Persian frame has its own digits, and its own calendar for days. Months and years stand for
addresses of the archive, which are Gregorian in every language.
"""

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from django.conf import settings
from django.utils import timezone
from markupsafe import Markup

from posts.models.posts import RTL_LANGUAGES
from posts.public import jalali

HTML_TAGS = {"zh-hans": "zh-Hans", "zh-hant": "zh-Hant"}
PERSIAN = "fa"
PERSIAN_DIGITS = str.maketrans("0123456789,", "۰۱۲۳۴۵۶۷۸۹٬")


class Forms(NamedTuple):
    """How a language writes dates; ``{d}``, ``{m}``, ``{y}`` and ``{w}`` are day, month, year and
    weekday.
    """

    full: str
    within_year: str
    rule: str  # above the entries of a day
    rule_full: str
    month: str
    year: str
    day_and_time: str
    weekdays: tuple[str, ...]
    months: tuple[str, ...]  # of the Gregorian calendar
    own_months: tuple[str, ...]  # of the calendar that days are given in


ENGLISH_MONTHS = tuple(
    "January February March April May June July August September October November December".split()
)
PERSIAN_MONTHS = tuple(
    "ژانویه فوریه مارس آوریل مه ژوئن ژوئیه اوت سپتامبر اکتبر نوامبر دسامبر".split()
)
JALALI_MONTHS = tuple("فروردین اردیبهشت خرداد تیر مرداد شهریور مهر آبان آذر دی بهمن اسفند".split())
NUMBERED = tuple(str(month) for month in range(1, 13))
FORMS = {
    "zh-hans": Forms(
        full="{y}年{m}月{d}日",
        within_year="{m}月{d}日",
        rule="{m}月{d}日 {w}",
        rule_full="{y}年{m}月{d}日 {w}",
        month="{y}年{m}月",
        year="{y}年",
        day_and_time="{day} {time}",
        weekdays=tuple(f"周{one}" for one in "一二三四五六日"),
        months=NUMBERED,
        own_months=NUMBERED,
    ),
    "en": Forms(
        full="{d} {m} {y}",
        within_year="{d} {m}",
        rule="{w} {d} {m}",
        rule_full="{w} {d} {m} {y}",
        month="{m} {y}",
        year="{y}",
        day_and_time="{day}, {time}",
        weekdays=tuple("Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()),
        months=ENGLISH_MONTHS,
        own_months=ENGLISH_MONTHS,
    ),
    PERSIAN: Forms(
        full="{d} {m} {y}",
        within_year="{d} {m}",
        rule="{w} {d} {m}",
        rule_full="{w} {d} {m} {y}",
        month="{m} {y}",
        year="{y}",
        day_and_time="{day}، ساعت {time}",
        weekdays=tuple("دوشنبه سه‌شنبه چهارشنبه پنجشنبه جمعه شنبه یکشنبه".split()),
        months=tuple(
            "ژانویه فوریه مارس آوریل مه ژوئن ژوئیه اوت سپتامبر اکتبر نوامبر دسامبر".split()
        ),
        own_months=tuple(
            "فروردین اردیبهشت خرداد تیر مرداد شهریور مهر آبان آذر دی بهمن اسفند".split()
        ),
    ),
}


def htmllang(tag: str) -> str:
    """A language tag in the case that HTML authors use."""
    return HTML_TAGS.get(tag, tag or "")


def direction(language: str) -> str:
    """``rtl`` or ``ltr``, of a language's letters."""
    return "rtl" if language.split("-")[0] in RTL_LANGUAGES else "ltr"


@lru_cache(10_000)
def day(value: date, language: str) -> Markup:
    """The whole date: ``2026年9月30日``, ``30 September 2026``."""
    return _marked(value, day_text(value, language))


@lru_cache(10_000)
def day_short(value: date, language: str, beside: date) -> Markup:
    """``9月30日`` beside a date of the same year, else the whole date."""
    return _marked(value, _within(value, language, beside, "within_year", "full"))


@lru_cache(10_000)
def day_rule(value: date, language: str, beside: date | None) -> Markup:
    """``9月30日 周三`` beside a date of the same year, else the whole date; where there is no date
    beside it, the whole one with its weekday.
    """
    if beside is None:
        return day_full(value, language)
    return _marked(value, _within(value, language, beside, "rule", "full"))


@lru_cache(1000)
def day_full(value: date, language: str) -> Markup:
    """The whole date with its weekday, as in the head of a newspaper."""
    return _marked(value, _written(value, language, _forms(language).rule_full))


def day_text(value: date, language: str) -> str:
    """The whole date, without marks: for titles."""
    return _written(value, language, _forms(language).full)


def days_text(first: date, days: int, language: str) -> str:
    """A day, or a span of days: ``2026年9月28日–10月4日``."""
    if days == 1:
        return day_text(first, language)
    last = first + timedelta(days=days - 1)
    within = _written(last, language, _forms(language).within_year)
    same = _parts(first, language)[0] == _parts(last, language)[0]
    return f"{day_text(first, language)}–{within if same else day_text(last, language)}"


def month(value: date, language: str) -> str:
    """A month of the archive: ``2026年9月``, ``September 2026``, ``سپتامبر ۲۰۲۶``."""
    forms = _forms(language)
    text = forms.month.format(m=forms.months[value.month - 1], y=value.year)
    return digits(text, language)


def month_short(value: date, language: str) -> str:
    """A month of the archive without its year: ``9月``, ``September``."""
    name = _forms(language).months[value.month - 1]
    return f"{name}月" if name.isdigit() else name


def year(value: int, language: str) -> str:
    """A year of the archive: ``2026年``, ``2026``, ``۲۰۲۶``."""
    return digits(_forms(language).year.format(y=value), language)


def clock(value: datetime, language: str) -> str:
    """The time of day in the site's zone: ``14:02``."""
    local = timezone.localtime(value)
    return digits(f"{local.hour:02}:{local.minute:02}", language)


def day_and_time(value: datetime, language: str) -> Markup:
    """The whole date with the time of day, both in the site's zone."""
    local = timezone.localtime(value).replace(microsecond=0)
    text = _forms(language).day_and_time.format(
        day=day_text(local.date(), language), time=clock(value, language)
    )
    return Markup('<time datetime="{}">{}</time>').format(local.isoformat(), text)


def number(value: int, language: str) -> str:
    """A count: ``1,180``, ``۱٬۱۸۰``."""
    return digits(f"{value:,}", language)


def digits(text: str, language: str) -> str:
    """A text with the digits of the language."""
    return text.translate(PERSIAN_DIGITS) if language == PERSIAN else text


def _forms(language: str) -> Forms:
    return FORMS.get(language) or FORMS.get(settings.SITE_LANGUAGE) or FORMS["en"]


def _within(value: date, language: str, beside: date, within: str, beyond: str) -> str:
    same = _parts(value, language)[0] == _parts(beside, language)[0]
    form: str = getattr(_forms(language), within if same else beyond)
    return _written(value, language, form)


def _written(value: date, language: str, form: str) -> str:
    y, m, d = _parts(value, language)
    forms = _forms(language)
    text = form.format(y=y, m=forms.own_months[m - 1], d=d, w=forms.weekdays[value.weekday()])
    return digits(text, language)


def _parts(value: date, language: str) -> tuple[int, int, int]:
    if language == PERSIAN:
        return jalali.from_gregorian(value)
    return value.year, value.month, value.day


def _marked(value: date, text: str) -> Markup:
    return Markup('<time datetime="{}">{}</time>').format(value.isoformat(), text)
