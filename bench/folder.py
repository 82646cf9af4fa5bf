"""A folder of generated digests in the shape of the first user's.

Each has a lead, three stories with sources, and two commentaries.
"""

import json
import random
from datetime import date, timedelta
from pathlib import Path

import yaml

WORDS = (
    "云 计算 市场 芯片 协议 投资 数据 中心 模型 企业 增长 风险 开源 社区 发布 "
    "版本 安全 成本 服务 平台 用户 分析 趋势 研究 报告 合作 监管 政策 技术 未来"
).split()
TAGS = (
    "ai cloud-computing oracle openai technology kubernetes security fintech policy chips data "
    "open-source"
).split()
CATEGORIES = "tech cloud-native fintech policy military".split()


def sentence(rng: random.Random, length: int) -> str:
    return "".join(rng.choice(WORDS) for _word in range(length)) + "。"


def post(rng: random.Random, number: int) -> str:
    """One document of about 4 kB."""
    title = sentence(rng, 9)[:-1]
    tags = "".join(f"  - {tag}\n" for tag in ["ai", *rng.sample(TAGS[1:], 4)])
    stories = "".join(
        f"### {sentence(rng, 8)[:-1]}\n\n{''.join(sentence(rng, 14) for _n in range(4))}\n\n"
        f"**Source:** [{sentence(rng, 5)}]"
        f"(https://www.site{rng.randrange(300)}.example/{number}/{position})\n\n"
        for position in range(3)
    )
    commentary = "\n\n".join(
        "".join(sentence(rng, 15) for _n in range(4)) for _paragraph in range(4)
    )
    day = (
        date(2026, 1, 1) - timedelta(days=number // 5)
        if number > 30
        else date(2026, 1, max(1, number))
    )
    return (
        f'---\nlayout: post\ntitle: "{title}"\ndate: {day}\nauthor: "科技观察"\n'
        f'source: "https://www.site1.example/{number}"\n'
        f"categories:\n  - {CATEGORIES[number % 5]}\ntags:\n{tags}---\n\n"
        f"# {title}\n\n{sentence(rng, 30)}\n\n## 主要新闻\n\n{stories}"
        f"## 分析\n\n{commentary}\n\n## 结论\n\n{commentary}\n"
    )


def write_posts(folder: Path, count: int):
    """Write ``count`` documents, always the same ones."""
    rng = random.Random(7)
    folder.mkdir(parents=True)
    for number in range(count):
        text = post(rng, number)
        day = text.split("date: ", 1)[1][:10]
        (folder / f"{day}-{CATEGORIES[number % 5]}-{number}.md").write_text(text)


def write_lines(folder: Path, target: Path):
    """The same documents as JSON lines, taken apart, for programs that read no front matter."""
    with open(target, "w") as file:
        for path in sorted(folder.glob("*.md")):
            _fence, head, body = path.read_text().split("---\n", 2)
            found = yaml.safe_load(head)
            taken = {name: found[name] for name in ("title", "author", "tags")}
            slug = path.stem[11:]
            line = taken | {"slug": slug, "date": str(found["date"]), "body": body}
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
