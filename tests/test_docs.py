"""What the documentation names is there: files, commands, options, settings, names of code."""

import ast
import re
from argparse import ArgumentParser
from pathlib import Path
from unittest import TestCase

from django.core.management import get_commands, load_command_class

from tests.cast import ROOT

DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), ROOT / "samples/README.md"]
FOLDERS = ("posts", "newsroom", "templates", "static", "tests", "docs", "bench", "deploy")
CODE = [
    path
    for folder in (*FOLDERS, "samples")
    for path in (ROOT / folder).rglob("*")
    if path.is_file() and "__pycache__" not in path.parts
]
CODE += [path for path in ROOT.iterdir() if path.is_file()] + [ROOT / ".ci/run"]
PATH = re.compile(r"(?:[\w.-]+/)*[\w.-]+\.(?:py|sh|conf|service|html|css|toml|md)|(?:[\w.-]+/)+")
LINK = re.compile(r"\]\(([^()#:\s]+)(?:#[^()]*)?\)")
COMMAND = re.compile(r"manage\.py ([a-z_]+)([^|;&\n`]*)")


def codes(document: Path) -> list[str]:
    """The code spans and the lines of code blocks of a document."""
    text = document.read_text()
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.M))
    return spans + [line for block in blocks for line in block.splitlines()]


class Documentation(TestCase):
    def test_every_link_leads_to_a_file(self):
        for document in DOCUMENTS:
            for target in LINK.findall(document.read_text()):
                self.assertTrue((document.parent / target).exists(), f"{document}: {target}")

    def test_every_file_that_is_named_is_there(self):
        files = [path.relative_to(ROOT).as_posix() for path in CODE]
        folders = {"/".join(file.split("/")[:n]) + "/" for file in files for n in range(1, 6)}
        for document in DOCUMENTS:
            if document.name == "import-report.md":  # names files of other sites
                continue
            for code in codes(document):
                for word in code.split():
                    if not PATH.fullmatch(word) or word.split("/")[0] in ("var", "_posts"):
                        continue
                    found = any(f"/{file}".endswith(f"/{word}") for file in (*files, *folders))
                    self.assertTrue(found or word in OF_OTHER_SITES, f"{document}: {word}")

    def test_every_command_is_known_with_its_options(self):
        makefile = (ROOT / "Makefile").read_text()
        commands = get_commands()
        for document in DOCUMENTS:
            for code in codes(document):
                for target in re.findall(r"(?:^|&& )make ([a-z-]+)", code):
                    self.assertRegex(makefile, rf"(?m)^{target}:", f"{document}: make {target}")
                for name, rest in COMMAND.findall(code):
                    self.assertIn(name, commands, document)
                    options = _options(name)
                    for option in re.findall(r"(?<=\s)(--[a-z-]+)", rest):
                        self.assertIn(option, options, f"{document}: {name} {option}")

    def test_every_name_of_code_occurs_in_the_code(self):
        words = {word for path in CODE if _is_text(path) for word in _words(path)}
        words |= {*get_commands(), "pg_dump"}
        for document in DOCUMENTS:
            for code in codes(document):
                for name in re.findall(r"(?<![\w/.-])[a-zA-Z]+(?:_[a-zA-Z0-9]+)+(?![\w/-])", code):
                    self.assertTrue(name in words, f"{document}: {name}")


OF_OTHER_SITES = {"_drafts/", "docs/", "source/"}


def _is_text(path: Path) -> bool:
    return path.suffix in (".py", ".html", ".conf", ".sh", ".toml", "") and path.name != "LICENSE"


def _words(path: Path) -> list[str]:
    return re.findall(r"\w+", path.read_text())


def _options(name: str) -> set[str]:
    app = get_commands()[name]
    command = load_command_class(app, name) if isinstance(app, str) else app
    parser: ArgumentParser = command.create_parser("manage.py", name)
    return {option for action in parser._actions for option in action.option_strings}


class Settings(TestCase):
    def test_the_page_of_settings_lists_those_that_are_read_and_no_others(self):
        read = set()
        for node in ast.walk(ast.parse((ROOT / "newsroom/settings.py").read_text())):
            if isinstance(node, ast.Call) and re.match(r"env\.\w+\Z", ast.unparse(node.func)):
                read.add(ast.literal_eval(node.args[0]))
        text = (ROOT / "docs/settings.md").read_text()
        rows = re.findall(r"^\| ((?:`[A-Z_]+`(?:, )?)+) \|", text, re.MULTILINE)
        self.assertEqual({name for row in rows for name in re.findall("[A-Z_]+", row)}, read)

    def test_what_the_server_reads_is_named_there_too(self):
        read = re.findall(r"environ\.get\(\W(\w+)", (ROOT / "newsroom" / "server.py").read_text())
        self.assertEqual(set(read), {"PORT", "SOCKET", "WEB_CONCURRENCY"})
        for name in read:
            self.assertIn(f"`{name}`", (ROOT / "docs/settings.md").read_text())

    def test_settings_that_documents_export_are_known(self):
        known = (ROOT / "docs/settings.md").read_text()
        for document in DOCUMENTS:
            for name in re.findall(r"^([A-Z_]{4,})=", document.read_text(), re.MULTILINE):
                self.assertIn(f"`{name}`", known, document)
