"""The house: imports point one way, files stay small, translations are complete."""

import ast
import re
from pathlib import Path
from unittest import TestCase

from tests.cast import ROOT

# Every room of the house with its layer: a room may import those of lower layers, and itself.
LAYERS = {
    "content": 0,
    "models": 1,
    "deriving": 2,
    "search": 2,
    "caching": 2,
    "outgoing": 2,
    "publishing": 3,
    "files": 4,
    "public": 5,
    "admin": 5,
    "api": 5,
    "management": 5,
}
FACES = {room for room, layer in LAYERS.items() if layer == 5}
FORBIDDEN = {("public", "publishing")}
LOOSE = {"__init__", "apps", "checks"}  # the only modules that stand in no room
FILES = sorted(path for path in (ROOT / "posts").rglob("*.py") if "migrations" not in path.parts)
WIRING = sorted((ROOT / "newsroom").rglob("*.py"))


def room(name: str) -> str:
    """The room of a module, such as ``files`` of ``posts.files.importing``."""
    parts = name.split(".")
    return parts[1] if parts[0] == "posts" and len(parts) > 1 else ""


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def imports(path: Path):
    """(module, line, is at the top) of every import."""
    tree = ast.parse(path.read_text())
    top = set(tree.body)
    for node in tree.body:
        if isinstance(node, ast.Try):  # where a library stands elsewhere in another version
            top.update(node.body, *(handler.body for handler in node.handlers))
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


def patterns(path: Path):
    """The regular expressions of a module, as far as they stand in it as texts."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("re."):
            for part in ast.walk(node):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield part.value


def names(path: Path):
    """Every name that a module gives or uses."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name


class House(TestCase):
    def test_every_module_stands_in_a_room_that_is_known(self):
        for path in FILES:
            own = room(module_name(path))
            inside = len(path.relative_to(ROOT).parts) > 2
            self.assertIn(own, LAYERS if inside else LOOSE, f"{path}: name its room here")

    def test_imports_point_one_way_and_faces_never_at_one_another(self):
        for path in FILES:
            own = room(module_name(path))
            if own in LOOSE:
                continue
            for name, line, _top in imports(path):
                other = room(name)
                where = f"{path.relative_to(ROOT)}:{line} imports {name}"
                self.assertFalse(name.split(".")[0] in ("newsroom", "tests", "bench"), where)
                if not other or other == own:
                    continue
                self.assertIn(other, LAYERS, where)
                self.assertLess(LAYERS[other], LAYERS[own], where)
                self.assertNotIn((own, other), FORBIDDEN, where)

    def test_wiring_names_faces_and_the_page_cache_only(self):
        for path in WIRING:
            for name, line, _top in imports(path):
                where = f"{path.relative_to(ROOT)}:{line} imports {name}"
                self.assertIn(room(name), FACES | {"caching", ""}, where)

    def test_text_code_knows_no_framework(self):
        for path in (ROOT / "posts" / "content").rglob("*.py"):
            for name, line, _top in imports(path):
                self.assertFalse(
                    name.split(".")[0] in ("django", "taggit", "newsroom"), f"{path}:{line}"
                )

    def test_imports_stand_at_the_top(self):
        for path in FILES:
            for name, line, top in imports(path):
                self.assertTrue(
                    top or path.name == "apps.py",
                    f"{path}:{line} imports {name} inside a function",
                )

    def test_there_is_no_cycle(self):
        graph: dict[str, set[str]] = {}
        modules = {module_name(path).removesuffix(".__init__"): path for path in FILES}
        for module, path in modules.items():
            found = set()
            for node in ast.walk(ast.parse(path.read_text())):
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
        for path in FILES:
            text = path.read_text()
            self.assertLessEqual(text.count("\n"), 400, path)
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.FunctionDef):
                    self.assertLessEqual(node.end_lineno - node.lineno, 39, f"{path}:{node.name}")

    def test_no_regular_expression_reads_rendered_html(self):
        """Those of these modules read what an author wrote, or plain text."""
        readers = ("digest/", "frontmatter/", "threeway/", "blocks.py", "code.py", "extents.py")
        readers += (
            "inline.py",
            "patterns.py",
            "rawhtml.py",
            "templating.py",
            "derive.py",
            "titles.py",
        )
        plain_texts = {  # asked of titles, and of what an author wrote in Markdown
            "distant.py: <[a-z/!?]",
            r"analysis.py: <!--\s*(?:more|truncate|excerpt)\s*-->|^#\s*more\s*$",
        }
        for path in FILES:
            where = path.relative_to(ROOT / "posts").as_posix()
            if path.is_relative_to(ROOT / "posts/content") and any(r in where for r in readers):
                continue
            for pattern in patterns(path):
                bare = re.sub(r"\(\?(?:P?<(?:[=!]|\w+>))", "(", pattern)
                if f"{path.name}: {pattern}" not in plain_texts:
                    self.assertNotRegex(bare, "<", f"{where}: {pattern}")

    def test_names_are_of_the_field(self):
        """What stands left was our own word for what stands right in ``docs/decisions.md``."""
        old = {"place", "places", "placing", "placed", "moment", "moments", "tie", "ties", "desk"}
        old |= {"told", "truth", "speak", "speaks", "shelf", "othertexts"}
        for path in [*FILES, *WIRING, *(ROOT / "tests").rglob("*.py")]:
            for name in names(path):
                if not name.startswith("test_"):
                    self.assertFalse(old & set(name.lower().split("_")), f"{path}: {name}")
        classes = re.findall(r"\.([a-z][\w-]*)", (ROOT / "static/site/site.css").read_text())
        self.assertFalse(old & set(classes))

    def test_every_class_of_the_style_sheet_is_used(self):
        """Classes of code are Pygments', those of the admin Django's."""
        used = "".join(path.read_text() for path in [*FILES, *(ROOT / "templates").rglob("*.html")])
        words = set(re.findall(r"[\w-]+", used))
        for name in re.findall(r"\.([a-z][\w-]*)\b", (ROOT / "static/site/site.css").read_text()):
            self.assertIn(name, words)

    def test_public_names_have_docstrings(self):
        for path in FILES:
            if "commands" in path.parts or "admin" in path.parts or "models" in path.parts:
                continue
            for node in ast.parse(path.read_text()).body:
                if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith(
                    "_"
                ):
                    self.assertTrue(ast.get_docstring(node), f"{path}: {node.name}")


class Translations(TestCase):
    def test_every_text_of_the_interface_is_in_simplified_chinese(self):
        text = (ROOT / "posts/locale/zh_Hans/LC_MESSAGES/django.po").read_text()
        self.assertNotIn("#, fuzzy", text)
        entries = re.findall(
            r'msgid ((?:"[^\n]*"\n)+)(?:msgid_plural (?:"[^\n]*"\n)+)?'
            r'msgstr(?:\[0\])? ((?:"[^\n]*"\n?)+)',
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
        for path in [*(ROOT / "templates").rglob("*.html")]:
            text = path.read_text()
            phrases = re.findall(r"{% translate [\"'](.+?)[\"'] %}", text)
            phrases += re.findall(r"""\b_\((?:"([^"]+)"|'[^']+')\)""", text)
            for phrase in phrases:
                self.assertIn(phrase, known, path)
        for path in FILES:
            for phrase in re.findall(
                r"\b_\(\"((?:[^\"\\]|\\.)+)\"\)|gettext_lazy\(\"((?:[^\"\\]|\\.)+)\"\)",
                path.read_text(),
            ):
                self.assertIn(phrase[0] or phrase[1], known, path)
