"""Two posts that ask for one address: the exported folder gives each the one that it has."""

import io
import itertools

from django.core.management import call_command
from django.test import TestCase

from posts.files.importing import ImportRun
from posts.models import Author, Category, Image, Post, Redirect, Source, Tag
from tests.cast import plain, save
from tests.test_importing import Folder

A, B, C = "a/2026-03-05-x.md", "b/2026-03-05-x.md", "c/2026-03-05-x.md"


class NumberedAddresses(TestCase):
    def export(self) -> Folder:
        folder = Folder(self)
        call_command("export_posts", str(folder.root), stdout=io.StringIO())
        return folder

    def rebuild(self) -> dict[str, str | None]:
        """The addresses after an export and an import into an emptied database."""
        folder = self.export()
        self.empty()
        ImportRun([folder.root], jobs=1).run()
        return self.addresses()

    def empty(self) -> None:
        for model in (Redirect, Image, Post, Author, Category, Source, Tag):
            model.objects.all().delete()

    def addresses(self) -> dict[str, str | None]:
        return dict(Post.objects.values_list("path", "address"))

    def test_an_exported_folder_gives_every_post_the_address_that_it_has(self):
        for order in itertools.permutations((A, B, C)):
            for path in order:
                save(plain(path, "2026-03-05"), path=path)
            before = self.addresses()
            self.assertEqual(before[order[0]], "/2026/03/05/x/")
            self.assertEqual(self.rebuild(), before, order)
            self.assertEqual(self.rebuild(), before, order)
            self.empty()

    def test_a_number_stays_when_the_post_with_the_plain_address_has_moved(self):
        save(plain("甲", "2026-03-05"), path=A)
        save(plain("乙", "2026-03-05"), path=B)
        save(plain("甲", "2026-03-05", slug="y"), path=A)
        before = self.addresses()
        self.assertEqual(before, {A: "/2026/03/05/y/", B: "/2026/03/05/x-2/"})
        self.assertEqual(self.rebuild(), before)
        response = self.client.get("/2026/03/05/x/", follow=True)
        self.assertEqual(response.redirect_chain, [("/2026/03/05/y/", 301)])

    def test_a_draft_that_came_later_does_not_take_the_address(self):
        save(plain("乙", "2026-03-05"), path=B)
        save(plain("甲", "2026-03-05", draft="true"), path=A)
        before = self.addresses()
        self.assertEqual(self.rebuild(), before)

    def test_numbers_that_follow_from_the_folder_alone_leave_its_bytes(self):
        folder = Folder(self, {path: plain(path, "2026-03-05") for path in (A, B, C)})
        ImportRun([folder.root], jobs=1).run()
        again = self.export()
        for path in (A, B, C):
            self.assertEqual((again.root / path).read_bytes(), (folder.root / path).read_bytes())

    def test_an_exported_folder_imported_where_it_came_from_moves_nothing(self):
        for path in (C, B, A):
            save(plain(path, "2026-03-05"), path=path)
        before = self.addresses()
        ImportRun([self.export().root], jobs=1).run()
        self.assertEqual(self.addresses(), before)
        self.assertFalse(Redirect.objects.filter(target="", derived=False).exists())
