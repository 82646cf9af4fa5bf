"""The house: imports point one way, files stay small, translations are complete."""

import ast
import re
from pathlib import Path
from unittest import TestCase

from tests.cast import ROOT

LAYERS = {
    "content": 0,
    "search": 1,
    "renditions": 1,
    "links": 1,
    "caching": 1,
    "sandbox": 1,
    "models": 2,
    "publishing": 3,
    "importing": 3,
    "exporting": 3,
    "urls": 5,
}
EDGES = 4
FILES = sorted(place for place in (ROOT / "posts").rglob("*.py") if "migrations" not in place.parts)


def room(name: str) -> str:
    return name.split(".")[1] if name.startswith("posts.") else ""


def imports(place: Path):
    """(module, line, is at the top) of every import."""
    tree = ast.parse(place.read_text())
    top = set(tree.body)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            names = (
                [f"posts.{alias.name}" for alias in node.names]
                if node.module == "posts"
                else [node.module or ""]
            )
            yield from ((name, node.lineno, node in top) for name in names)
        elif isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno, node in top) for alias in node.names)


class House(TestCase):
    def test_imports_point_one_way(self):
        for place in FILES:
            own = room(".".join(place.relative_to(ROOT).with_suffix("").parts)) or "__init__"
            layer = LAYERS.get(own, EDGES)
            for name, line, _top in imports(place):
                other = room(name)
                if not other or other == own:
                    continue
                where = f"{place.relative_to(ROOT)}:{line} imports {name}"
                self.assertLessEqual(LAYERS.get(other, EDGES), layer, where)
                self.assertNotEqual(other, "urls", where)

    def test_text_code_knows_no_framework(self):
        for place in (ROOT / "posts" / "content").rglob("*.py"):
            for name, line, _top in imports(place):
                self.assertFalse(
                    name.split(".")[0] in ("django", "taggit", "newsroom"), f"{place}:{line}"
                )

    def test_imports_stand_at_the_top(self):
        for place in FILES:
            for name, line, top in imports(place):
                self.assertTrue(
                    top or place.name == "apps.py",
                    f"{place}:{line} imports {name} inside a function",
                )

    def test_there_is_no_cycle(self):
        graph: dict[str, set[str]] = {}
        modules = {
            ".".join(place.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): place
            for place in FILES
        }
        for module, place in modules.items():
            found = set()
            for node in ast.walk(ast.parse(place.read_text())):
                if isinstance(node, ast.Import):
                    found |= {alias.name for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module:
                    found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
            graph[module] = (found & set(modules)) - {module}
        done: set[str] = set()

        def visit(module: str, path: tuple[str, ...]):
            self.assertNotIn(module, path, " -> ".join((*path, module)))
            if module not in done:
                for other in graph[module]:
                    visit(other, (*path, module))
                done.add(module)

        for module in graph:
            visit(module, ())

    def test_files_and_functions_stay_small(self):
        for place in FILES:
            text = place.read_text()
            self.assertLessEqual(text.count("\n"), 400, place)
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.FunctionDef):
                    self.assertLessEqual(node.end_lineno - node.lineno, 60, f"{place}:{node.name}")

    def test_public_names_have_docstrings(self):
        for place in FILES:
            if "commands" in place.parts or "admin" in place.parts or "models" in place.parts:
                continue
            for node in ast.parse(place.read_text()).body:
                if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith(
                    "_"
                ):
                    self.assertTrue(ast.get_docstring(node), f"{place}: {node.name}")


class Translations(TestCase):
    def test_every_text_of_the_interface_is_in_simplified_chinese(self):
        text = (ROOT / "posts/locale/zh_Hans/LC_MESSAGES/django.po").read_text()
        self.assertNotIn("#, fuzzy", text)
        entries = re.findall(
            r'msgid ((?:"[^\n]*"\n)+)(?:msgid_plural (?:"[^\n]*"\n)+)?msgstr(?:\[0\])? ((?:"[^\n]*"\n?)+)',
            text,
        )
        self.assertGreater(len(entries), 100)
        self.assertEqual(
            [
                source
                for source, translated in entries[1:]
                if not "".join(re.findall(r'"(.*)"', translated))
            ],
            [],
        )
        known = {
            "".join(re.findall(r'"(.*)"', source)).replace('\\"', '"')
            for source, _translated in entries
        }
        for place in [*(ROOT / "templates").rglob("*.html")]:
            for phrase in re.findall(r"{% translate [\"'](.+?)[\"'] %}", place.read_text()):
                self.assertIn(phrase, known, place)
        for place in FILES:
            for phrase in re.findall(
                r"\b_\(\"((?:[^\"\\]|\\.)+)\"\)|gettext_lazy\(\"((?:[^\"\\]|\\.)+)\"\)",
                place.read_text(),
            ):
                self.assertIn(phrase[0] or phrase[1], known, place)
