"""``docs/benchmarks.md`` and its charts, made of the kept results and of nothing else."""

import json
from pathlib import Path

from bench import charts, sections, texts
from bench.charts import Bar, Line

ORDER = ("serving", "importing", "search", "growth", "million")
GROWING = ("post", "story", "home", "tag", "source", "RSS", "admin list", "save")


def write(results: Path, document: Path, pictures: Path) -> None:
    """The document and the charts beside it."""
    found = read(results)
    pictures.mkdir(exist_ok=True)
    drawn = drawings(found)
    for left in pictures.glob("*.svg"):
        if left.name not in drawn:
            left.unlink()
    for name, text in drawn.items():
        (pictures / name).write_text(text)
    document.write_text(rendered(found))


def read(results: Path) -> dict[str, dict]:
    """The parts that were measured, by name."""
    paths = {name: results / f"{name}.json" for name in ORDER}
    return {name: json.loads(path.read_text()) for name, path in paths.items() if path.exists()}


def rendered(found: dict[str, dict]) -> str:
    """The text of the document: ratios first."""
    if not found:
        return texts.HEAD + texts.NOTHING
    parts = [texts.HEAD, sections.ratios(found)]
    makers = {
        "serving": sections.serving,
        "importing": sections.importing,
        "search": sections.search,
        "growth": sections.growth,
        "million": sections.million,
    }
    parts += [makers[name](found[name]) for name in found]
    return "\n".join([*parts, sections.how(found)])


def drawings(found: dict[str, dict]) -> dict[str, str]:
    """The charts by the names of their files."""
    drawn = {}
    if "serving" in found:
        drawn["serving.svg"] = charts.bars(
            "Serving",
            "requests per second of server CPU, logarithmic",
            served(found["serving"]),
            True,
        )
    if "importing" in found:
        for kind, unit in (("wall", "seconds"), ("cpu", "seconds of CPU")):
            values = imported(found["importing"], kind)
            drawn[f"importing-{kind}.svg"] = charts.bars(
                f"{found['importing']['posts']:,} posts", unit, values
            )
    for name in sorted({row["database"] for row in found.get("growth", {}).get("rows", [])}):
        rows = [row for row in found["growth"]["rows"] if row["database"] == name]
        rows += [row for row in found.get("million", {}).get("rows", []) if row["database"] == name]
        drawn[f"growth-{name.lower()}.svg"] = charts.lines(
            f"Growing, {name}", "milliseconds (p50, cold) by the number of posts", grown(rows)
        )
    return drawn


def served(result: dict) -> list[Bar]:
    """The quickest first."""
    kinds = {"newsroom": "ours", "granian": "least", "gunicorn": "least", "nginx": "least"}
    wanted = {"post", "home", "RSS", "304", "hello", "a post's bytes"}
    rows = [row for row in result["rows"] if row["page"] in wanted]
    values = [
        Bar(
            f"{sections.NAMES[row['subject']]}: {row['page']}"
            + (f", {row['state']}" if row["subject"] == "newsroom" else ""),
            sections.middle(row["rate"]),
            kinds.get(row["subject"], "other"),
        )
        for row in rows
    ]
    return sorted(values, key=lambda bar: -bar.value)


def imported(result: dict, kind: str) -> list[Bar]:
    """Tasks that were done with all posts."""
    return [
        Bar(
            task["task"], sections.middle(task[kind]), "ours" if "room" in task["task"] else "other"
        )
        for task in result["tasks"]
        if task["posts"] == result["posts"] and "alone" not in task["task"]
    ]


def grown(rows: list[dict]) -> list[Line]:
    """A line for each kind of page, where there is more than one size."""
    found = []
    for page in GROWING:
        points = [
            (row["posts"], row["p50"])
            for row in rows
            if row["page"] == page and row["state"] in ("cold", "editor")
        ]
        if points:
            kind = "other" if page in ("admin list", "save") else "ours"
            found.append(Line(page, sorted(points), kind))
    return found
