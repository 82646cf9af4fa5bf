"""The sections of ``docs/benchmarks.md``."""

import statistics

from bench import texts
from bench.charts import short
from bench.measures import NATURAL, ratio
from bench.tables import figure, share, spread_text, table

NAMES = {
    "newsroom": "Newsroom",
    "granian": "granian",
    "gunicorn": "gunicorn",
    "nginx": "nginx",
    "django": "Django, no middleware",
    "blog": "textbook blog",
    "wagtail": "Wagtail",
}

COLD = {"post": "0.10", "story": "0.10"} | dict.fromkeys(
    ("home", "tag", "source", "RSS", "JSON feed"), "0.07"
)


def middle(values: list[float]) -> float:
    """The median."""
    return statistics.median(values)


def row_of(result: dict, subject: str, page: str, state: str = "") -> dict | None:
    """The row of a subject's page, if it was measured."""
    for row in result["rows"]:
        if (row["subject"], row["page"]) == (subject, page) and state in ("", row["state"]):
            return row
    return None


def ratios(found: dict[str, dict]) -> str:
    """What the whole is about, in one table."""
    rows: list[list[str]] = []
    if serving := found.get("serving"):
        rows += _serving_ratios(serving)
    if importing := found.get("importing"):
        rows += _importing_ratios(importing)
    if search := found.get("search"):
        rows += _search_ratios(search)
    for name in ("growth", "million"):
        if result := found.get(name):
            base = found["growth"]["rows"] if "growth" in found else result["rows"]
            rows += _growth_ratios(base, result["rows"])
    return "## Ratios\n\n" + table(["", "ratio", "wanted"], rows)


def _serving_ratios(result: dict) -> list[list[str]]:
    def line(name: str, ours: tuple, theirs: tuple, wanted: str = "") -> list[list[str]]:
        mine, other = row_of(result, *ours), row_of(result, *theirs)
        return [[name, share(mine["rate"], other["rate"]), wanted]] if mine and other else []

    hello, rows = ("granian", "hello"), []
    for page in ("post", "story", "home", "tag", "source", "archive"):
        rows += line(
            f"{page}, warm / hello world", ("newsroom", page, "warm"), hello, "0.70 or more"
        )
    same = ("granian", "a post's bytes")
    rows += line("post, warm / as many bytes from memory", ("newsroom", "post", "warm"), same)
    same = ("granian", "a feed's bytes")
    rows += line("RSS, warm / as many bytes from memory", ("newsroom", "RSS", "warm"), same)
    rows += line(
        "304 / post, warm", ("newsroom", "304"), ("newsroom", "post", "warm"), "1.00 or more"
    )
    rows += line(
        "post, warm / nginx's file", ("newsroom", "post", "warm"), ("nginx", "a post's bytes")
    )
    for server, name in (("granian", "hello world"), ("gunicorn", "gunicorn's hello world")):
        for page, wanted in COLD.items():
            ours = ("newsroom", page, "cold")
            rows += line(f"{page}, cold / {name}", ours, (server, "hello"), f"{wanted} or more")
    for peer in ("blog", "wagtail"):
        for page in ("post", "home", "tag", "RSS"):
            for state in ("warm", "cold"):
                name = f"{page}, {state} / {NAMES[peer]}'s"
                rows += line(name, ("newsroom", page, state), (peer, page))
    return rows


def _importing_ratios(result: dict) -> list[list[str]]:
    tasks = {task["task"]: task for task in result["tasks"]}
    ours, rows = tasks["Newsroom, import"], []
    for name, other in tasks.items():
        if "Newsroom" in name or other["posts"] != ours["posts"]:
            continue
        wanted = {"wall": "below 1", "cpu": "1.5 or less"} if "Hugo" in name else {}
        for kind, what in (("wall", "time"), ("cpu", "CPU"), ("memory", "memory")):
            count = min(len(ours[kind]), len(other[kind]))
            found = ratio(ours[kind][:count], other[kind][:count])
            line = [f"import / {name}: {what}", spread_text(found, 2), wanted.get(kind, "")]
            rows.append(line)
    return rows


WAYS = {"newest": ("newest first", "5 or less"), "ranked": ("best first", "20 or less")}


def _search_ratios(result: dict) -> list[list[str]]:
    return [
        [
            f"search among {result['posts']:,} posts, {row['database']}, {WAYS[row['way']][0]}:"
            " p99 ms",
            figure([row["p99"]]),
            WAYS[row["way"]][1],
        ]
        for row in result["rows"]
        if row["kind"] == "all" and row["way"] in WAYS
    ]


def search(result: dict) -> str:
    """What each kind of query costs on each database."""
    parts = [f"## Searching {result['posts']:,} posts\n", texts.SEARCH]
    for built in result["built"]:
        mine = [row for row in result["rows"] if row["database"] == built["database"]]
        found = {(row["kind"], row["way"]): row for row in mine}
        rows = [
            [kind, *(figure([found[kind, way][p]]) for way in WAYS_ASKED for p in ("p50", "p99"))]
            for kind in dict.fromkeys(row["kind"] for row in mine)
        ]
        heads = [f"{way} {p} ms" for way in WAYS_ASKED for p in ("p50", "p99")]
        parts.append(f"### {built['database']}, {built['bytes'] / 1e9:.2f} GB\n")
        parts.append(table(["", *heads], rows))
    return "\n".join([*parts, *(f"Left out: {one}\n" for one in result["left_out"])])


WAYS_ASKED = ("newest", "ranked", "facets")


def _growth_ratios(base: list[dict], rows: list[dict]) -> list[list[str]]:
    """The largest sites beside the smallest: the page that grew most."""
    lines = []
    for database in dict.fromkeys(row["database"] for row in rows):
        first = {
            (row["page"], row["state"]): row
            for row in sorted(base, key=lambda row: -row["posts"])
            if row["database"] == database
        }
        most = max(row["posts"] for row in rows)
        least = min(row["posts"] for row in first.values()) if first else most
        if most == least:
            continue
        for state, wanted in (("cold", "1.2 or less"), ("warm", "1.2 or less"), ("editor", "")):
            grown = [
                (row["p50"] / first[row["page"], state]["p50"], row["page"])
                for row in rows
                if row["posts"] == most
                and (row["database"], row["state"]) == (database, state)
                and row["page"] not in NATURAL
            ]
            if not grown:
                continue
            value, page = max(grown)
            name = f"p50 at {most:,} / at {least:,} posts, {database}, {state}: {page}, the worst"
            lines.append([name, f"{value:.2f}", wanted])
    return lines


def serving(result: dict) -> str:
    """Everything that was asked for."""
    hello = row_of(result, "granian", "hello")["rate"]
    second = row_of(result, "gunicorn", "hello")
    rows = []
    for row in result["rows"]:
        line = [
            f"{NAMES[row['subject']]}: {row['page']}, {row['state']}",
            f"{row['body']:,}",
            figure(row["rate"]),
            share(row["rate"], hello),
            share(row["rate"], second["rate"]) if second else "",
            short(middle(row["p50"])),
            short(middle(row["p99"])),
            "†" if middle(row["busy"]) < 0.8 else "",
        ]
        rows.append(line)
    heads = ["", "bytes", "requests per CPU-second", "of granian's hello", "of gunicorn's hello"]
    memory = ", ".join(f"{name} {size}" for name, size in result["memory_mb"].items())
    return (
        f"## Serving {result['posts']:,} posts\n\n![Serving](benchmarks/serving.svg)\n\n"
        + table([*heads, "p50 ms", "p99 ms", ""], rows)
        + texts.SERVING.format(memory=memory)
        + _left_out(result)
        + "\n"
        + _falls_short(result)
    )


def _falls_short(result: dict) -> str:
    """In microseconds of CPU."""
    asked = {
        "granian": row_of(result, "granian", "hello"),
        "gunicorn": row_of(result, "gunicorn", "hello"),
        "bare": row_of(result, "django", "hello"),
    }
    if not all(asked.values()):
        return ""
    cost = {name: 1e6 / middle(row["rate"]) for name, row in asked.items() if row}
    return texts.FALLS_SHORT.format(
        tenth=cost["granian"] / 0.10,
        list=cost["granian"] / 0.07,
        bare=cost["bare"],
        gunicorn=cost["gunicorn"],
    )


def importing(result: dict) -> str:
    """Times, CPU and memory."""
    rows = [
        [
            task["task"],
            f"{task['posts']:,}",
            figure(task["wall"]),
            figure(task["cpu"]),
            figure(task["memory"]),
            short(task["posts"] / middle(task["wall"])),
        ]
        for task in result["tasks"]
        if "alone" not in task["task"]
    ]
    tasks = {task["task"]: task for task in result["tasks"]}
    alone = middle(tasks["Newsroom, start alone"]["wall"])
    beyond = max(0.01, middle(tasks["Newsroom, unchanged folder"]["wall"]) - alone)
    heads = ["", "posts", "seconds", "CPU-seconds", "MB at the peak", "posts per second"]
    return (
        "## Importing\n\n![Time](benchmarks/importing-wall.svg)\n\n"
        "![CPU](benchmarks/importing-cpu.svg)\n\n"
        + table(heads, rows)
        + texts.IMPORTING.format(alone=alone, rate=result["posts"] / beyond)
        + _left_out(result)
    )


def growth(result: dict) -> str:
    """By database: pages in lines, numbers of posts in columns."""
    parts = ["## Growing\n"]
    for database in dict.fromkeys(row["database"] for row in result["rows"]):
        rows = [row for row in result["rows"] if row["database"] == database]
        parts.append(f"### {database}\n\n![{database}](benchmarks/growth-{database.lower()}.svg)\n")
        parts.append(_sizes(rows))
    built = ", ".join(
        f"{entry['database']} {entry['posts']:,} in {entry['seconds']:.0f} s"
        for entry in result["built"]
    )
    parts.append(texts.GROWTH.format(built=built) + _left_out(result))
    return "\n".join(parts)


def _sizes(rows: list[dict]) -> str:
    sizes = sorted({row["posts"] for row in rows})
    cells = {(row["page"], row["state"], row["posts"]): row for row in rows}
    lines = []
    for page, state in dict.fromkeys((row["page"], row["state"]) for row in rows):
        line = [f"{page}, {state}"]
        for size in sizes:
            row = cells.get((page, state, size))
            queries = f", {row['queries']:.0f} queries" if row and "queries" in row else ""
            line.append(
                f"{short(row['p50'])} / {short(row['p99'])} [{short(row['cpu'])}{queries}]"
                if row
                else ""
            )
        lines.append(line)
    return table(["", *(f"{size:,} posts" for size in sizes)], lines)


def million(result: dict) -> str:
    """The one run with a million posts."""
    text = growth(result).replace("## Growing\n", "## A million posts\n", 1)
    for name in ("sqlite", "postgresql"):  # the charts above hold these points
        text = "\n".join(line for line in text.split("\n") if f"growth-{name}.svg" not in line)
    return text


def _left_out(result: dict) -> str:
    if not result["left_out"]:
        return ""
    return f"\nLeft out: {'; '.join(result['left_out'])}.\n"


def how(found: dict[str, dict]) -> str:
    """What each part was measured with."""
    lines = []
    for name, result in found.items():
        about = result["about"]
        versions = ", ".join(f"{key} {value}" for key, value in about["versions"].items())
        lines.append(texts.RUN.format(**about | {"name": name, "versions": versions}))
    return texts.HOW + "\n" + "".join(lines)
