"""Pictures that lie beside the posts: brought once, kept whole, mended, reported."""

import errno
import io
import os
import shutil
import tempfile
from pathlib import Path
from unittest import mock

from django.core.files.storage import default_storage
from django.core.management import call_command
from django.test import TestCase, override_settings
from PIL import Image as Pillow

from posts.deriving.picture import MAX_BYTES
from posts.deriving.pool import Pool
from posts.files import exporting, storage
from posts.files.importing import ImportRun
from posts.files.pictures import PictureRun, damaged
from posts.models import Image, Post
from tests.cast import plain
from tests.test_pictures import drawn


class Beside(TestCase):
    """Pictures that lie beside the posts: brought once, kept whole, mended, reported."""

    def setUp(self):
        self.root = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.media = Path(self.enterContext(tempfile.TemporaryDirectory()))
        override = override_settings(MEDIA_ROOT=self.media)
        override.enable()
        self.addCleanup(override.disable)
        self.pool = Pool(size=1)
        self.addCleanup(self.pool.close)
        (self.root / "_posts").mkdir()
        (self.root / "img").mkdir()
        (self.root / "img" / "a.jpg").write_bytes(drawn("JPEG"))
        self.post = self.root / "_posts" / "2026-03-05-x.md"
        self.post.write_text(plain("甲", "2026-03-05", "![灯](/img/a.jpg)\n"))

    def bring(self, *references: str, pool: Pool | None = None):
        run = PictureRun(pool or self.pool)
        found = run.bring(self.root, "_posts/2026-03-05-x.md", list(references))
        return [(result.state, result.key) for result in found]

    def stored(self) -> list[Path]:
        return sorted(path for path in self.media.rglob("*") if path.is_file())

    def test_each_picture_has_a_result_with_the_reason(self):
        (self.root / "img" / "b.svg").write_text("<svg/>")
        (self.root / "img" / "c.png").write_text("no picture")
        (self.root / "img" / "d.png").symlink_to("/etc/hostname")
        (self.root / "img" / "e.jpg").write_bytes(b"\xff\xd8\xff" + bytes(MAX_BYTES))
        names = ("a.jpg", "b.svg", "c.png", "d.png", "e.jpg", "f.gif")
        found = self.bring(*(f"/img/{name}" for name in names), "https://x.example/y.png")
        self.assertEqual(
            found,
            [
                ("imported", ""),
                ("refused", "picture-unknown"),
                ("refused", "picture-unknown"),
                ("refused", "link"),
                ("refused", "picture-too-large"),
                ("missing", "picture-missing"),
            ],
        )

    def test_a_missing_picture_is_a_remark_and_one_that_arrives_later_is_brought(self):
        run = PictureRun(self.pool)
        [missing] = run.bring(self.root, "_posts/2026-03-05-x.md", ["../img/late.png"])
        self.assertIn("../img/late.png", missing.remark().message)
        (self.root / "img" / "late.png").write_bytes(drawn("PNG"))
        self.assertEqual(self.bring("../img/late.png"), [("imported", "")])

    def test_a_photograph_of_twenty_megabytes_is_taken(self):
        data = drawn("JPEG")
        huge = io.BytesIO()
        noise = Pillow.merge("RGB", [Pillow.effect_noise((2_700, 2_500), 90) for _ in range(3)])
        noise.save(huge, "JPEG", quality=98, subsampling=0)
        self.assertGreater(len(huge.getvalue()), 20_000_000)
        (self.root / "img" / "a.jpg").write_bytes(huge.getvalue())
        self.assertEqual(self.bring("/img/a.jpg"), [("imported", "")])
        self.assertLess(len(data), Image.objects.get().size)

    def test_an_unchanged_picture_is_not_opened_again(self):
        self.assertEqual(self.bring("/img/a.jpg"), [("imported", "")])
        closed = mock.Mock(spec=Pool)
        self.assertEqual(self.bring("/img/a.jpg", pool=closed), [("unchanged", "")])
        closed.cleaned.assert_not_called()

    def test_a_changed_picture_names_what_the_posts_still_show(self):
        self.bring("/img/a.jpg")
        before = Image.objects.get().file.name
        (self.root / "img" / "a.jpg").write_bytes(drawn("JPEG", quality=30))
        [result] = PictureRun(self.pool).bring_known(self.root)
        self.assertEqual((result.state, result.replaced), ("imported", before))

    def test_a_picture_that_many_posts_show_is_looked_at_once(self):
        run = PictureRun(self.pool)
        with mock.patch.object(self.pool, "cleaned", wraps=self.pool.cleaned) as cleaned:
            for n in range(5):
                run.bring(self.root, f"_posts/2026-03-0{n + 1}-x.md", ["/img/a.jpg", "/img/a.jpg"])
        self.assertEqual(cleaned.call_count, 1)
        self.assertEqual(len(run.results), 1)

    def test_an_emptied_lost_or_cut_picture_is_noticed_and_mended_by_the_next_import(self):
        ImportRun([self.root]).run()
        [file] = self.stored()
        whole = file.read_bytes()
        for fault, spoil in (
            ("empty", lambda: file.write_bytes(b"")),
            ("size", lambda: file.write_bytes(whole[:99])),
            ("missing", file.unlink),
        ):
            spoil()
            self.assertEqual([found for _image, found in damaged()], [fault])
            errors = io.StringIO()
            with self.assertRaises(SystemExit):
                call_command("rebuild_posts", stdout=io.StringIO(), stderr=errors)
            self.assertIn("img/a.jpg", errors.getvalue())
            counts = ImportRun([self.root])
            counts.run()
            self.assertEqual(counts.counts["unchanged"], 1)  # the post is as it was
            self.assertEqual(file.read_bytes(), whole)
            self.assertEqual(list(damaged()), [])

    def test_a_picture_is_synced_before_it_has_its_name(self):
        order = []
        real = {"fsync": os.fsync, "replace": os.replace}

        def noted(name):
            return lambda *given: (order.append(name), real[name](*given))[1]

        for name in real:
            self.enterContext(mock.patch.object(storage.os, name, noted(name)))
        self.bring("/img/a.jpg")
        self.assertEqual(order, ["fsync", "replace", "fsync"])  # file, name, folder

    def test_a_full_disk_and_a_read_only_one_are_said_and_leave_nothing(self):
        for number, function in (
            (errno.ENOSPC, "shutil.copyfileobj"),
            (errno.EROFS, "tempfile.mkstemp"),
            (errno.ENOSPC, "os.fsync"),
        ):
            error = OSError(number, os.strerror(number))
            with mock.patch(f"posts.files.storage.{function}", side_effect=error):
                run = PictureRun(self.pool)
                [result] = run.bring(self.root, "_posts/2026-03-05-x.md", ["/img/a.jpg"])
            self.assertEqual((result.state, result.key), ("refused", "picture-not-kept"))
            self.assertIn(os.strerror(number), result.remark().message)
            self.assertEqual(self.stored(), [])
            self.assertFalse(Image.objects.exists())
        self.assertEqual(self.bring("/img/a.jpg"), [("imported", "")])

    def test_a_write_that_fails_leaves_what_stood_there(self):
        location = self.media / "a.txt"
        storage.write_whole(location, io.BytesIO(b"before"))
        with (
            mock.patch("posts.files.storage.os.replace", side_effect=OSError(errno.EIO, "broken")),
            self.assertRaises(OSError),
        ):
            storage.write_whole(location, io.BytesIO(b"behind"))
        self.assertEqual([location.read_bytes()], [path.read_bytes() for path in self.stored()])

    def test_an_export_with_media_goes_on_past_a_missing_file_and_reports_it(self):
        (self.root / "img" / "b.png").write_bytes(drawn("PNG"))
        self.post.write_text(plain("甲", "2026-03-05", "![](/img/a.jpg) ![](/img/b.png)\n"))
        ImportRun([self.root]).run()
        default_storage.delete(Image.objects.get(path="img/a.jpg").file.name)
        out, errors, target = io.StringIO(), io.StringIO(), self.root / "out"
        with self.assertRaises(SystemExit):
            call_command("export_posts", str(target), "--media", stdout=out, stderr=errors)
        self.assertIn("img/a.jpg", errors.getvalue())
        self.assertIn("3 files, 2 written, 1 failed", out.getvalue())
        self.assertTrue((target / "img" / "b.png").is_file())
        self.assertFalse((target / "img" / "a.jpg").exists())
        self.assertEqual(Post.objects.get().document, self.post.read_text())
        shutil.rmtree(target)

    def test_front_matter_and_pictures_are_not_read_by_the_process_that_imports(self):
        (self.root / "page.md").write_text("+++\ntitle = 'p'\ndate = 2026-03-06\n+++\nwords\n")
        with (
            mock.patch("posts.content.frontmatter.read", side_effect=AssertionError),
            mock.patch("PIL.Image.open", side_effect=AssertionError),
        ):
            run = ImportRun([self.root])
            run.run()
        self.assertEqual(run.counts["imported"], 2)
        self.assertEqual(Image.objects.count(), 1)

    def test_a_picture_goes_out_as_it_was_kept(self):
        self.bring("/img/a.jpg")
        image = Image.objects.get()
        self.assertEqual(len(exporting.picture_bytes(image)), image.size)
