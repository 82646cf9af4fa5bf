"""Pictures: what is hidden in them leaves, what is large is refused, what is kept is whole."""

import io
import os
import resource
import struct
import tempfile
import threading
import zlib
from pathlib import Path
from unittest import TestCase as SimpleTestCase
from unittest import mock

from PIL import Image as Pillow
from PIL import ImageCms, PngImagePlugin

from posts.deriving.limits import Limits
from posts.deriving.picture import BadPicture, Picture
from posts.deriving.pool import Pool

XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><name>SECRET-NAME</name></x:xmpmeta>"


SIZE = (60, 40)


def exif(orientation: int = 1) -> Pillow.Exif:
    found = Pillow.Exif()
    found[0x010F], found[0x0112], found[0x013B] = "SECRET-CAMERA", orientation, "SECRET-ARTIST"
    gps = found.get_ifd(0x8825)
    gps[1], gps[2], gps[29] = "N", (48.0, 51.0, 30.0), "SECRET-DAY"
    return found


def drawn(format_name: str, frames: int = 1, orientation: int = 1, **options) -> bytes:
    """A picture full of what its maker did not mean to publish, with something behind its end."""
    images = [Pillow.effect_noise(SIZE, 40 + 9 * n).convert("RGB") for n in range(frames)]
    if frames > 1:
        options |= {"save_all": True, "append_images": images[1:], "duration": 90, "loop": 0}
    if format_name != "GIF":
        options["exif"] = exif(orientation)
    if format_name in ("JPEG", "WEBP", "AVIF"):
        options["xmp"] = XMP
    if format_name in ("JPEG", "GIF"):
        options["comment"] = b"SECRET-COMMENT"
    if format_name == "PNG":
        text = PngImagePlugin.PngInfo()
        text.add_text("Author", "SECRET-AUTHOR")
        text.add_itxt("XML:com.adobe.xmp", XMP.decode())
        options["pnginfo"] = text
    out = io.BytesIO()
    images[0].save(out, format_name, **options)
    return out.getvalue() + b"<script>SECRET-TRAILER</script>"


class Case(SimpleTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pool = Pool(size=2)
        cls.addClassCleanup(cls.pool.close)

    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def clean(self, data: bytes) -> tuple[Picture, bytes]:
        source, target = self.folder / "source", self.folder / "target"
        source.write_bytes(data)
        return self.pool.cleaned(source, target), target.read_bytes()

    def refusal(self, data: bytes) -> str:
        with self.assertRaises(BadPicture) as raised:
            self.clean(data)
        return raised.exception.code

    def assertClean(self, data: bytes, frames: int = 1) -> Pillow.Image:
        self.assertIn(b"SECRET", data)
        picture, clean = self.clean(data)
        self.assertNotIn(b"SECRET", clean)
        with Pillow.open(io.BytesIO(clean)) as image:
            self.assertEqual(getattr(image, "n_frames", 1), frames)
            self.assertEqual(picture.frames, frames)
            self.assertNotIn(0x8825, image.getexif())
            self.assertEqual(set(image.info) & {"xmp", "comment", "XML:com.adobe.xmp"}, set())
            for frame in range(frames):
                image.seek(frame)
                image.load()
            return image.copy()


class Hidden(Case):
    """GPS, names, remarks and what stands behind the end leave every format."""

    def test_they_leave_a_jpeg_and_no_pixel_changes(self):
        data = drawn("JPEG", quality=80)
        image = self.assertClean(data)
        self.assertEqual(image.tobytes(), Pillow.open(io.BytesIO(data)).tobytes())

    def test_they_leave_a_progressive_jpeg(self):
        self.assertClean(drawn("JPEG", progressive=True))

    def test_they_leave_a_png_and_no_pixel_changes(self):
        data = drawn("PNG")
        image = self.assertClean(data)
        self.assertEqual(image.tobytes(), Pillow.open(io.BytesIO(data)).tobytes())

    def test_they_leave_a_png_that_is_animated(self):
        self.assertClean(drawn("PNG", frames=3), frames=3)

    def test_they_leave_a_gif(self):
        self.assertClean(drawn("GIF"))

    def test_they_leave_a_gif_that_is_animated_and_it_goes_on_for_ever(self):
        data = drawn("GIF", frames=3)
        hidden = b"\x21\xff\x0bXMP DataXMP" + XMP + b"\x01" + bytes(range(255, -1, -1)) + b"\0"
        data = data.replace(b"\x21\xf9", hidden + b"\x21\xf9", 1)
        image = self.assertClean(data, frames=3)
        self.assertEqual(image.info.get("loop"), 0)

    def test_they_leave_a_webp(self):
        self.assertClean(drawn("WEBP"))
        self.assertClean(drawn("WEBP", lossless=True))

    def test_they_leave_a_webp_that_is_animated(self):
        self.assertClean(drawn("WEBP", frames=3), frames=3)

    def test_they_leave_an_avif(self):
        self.assertClean(drawn("AVIF"))

    def test_they_leave_an_avif_that_is_animated(self):
        self.assertClean(drawn("AVIF", frames=3), frames=3)

    def test_what_no_item_of_an_avif_points_at_leaves_too(self):
        data = drawn("AVIF").removesuffix(b"<script>SECRET-TRAILER</script>")
        at = data.index(b"mdat")
        size = int.from_bytes(data[at - 4 : at], "big")
        longer = struct.pack(">I", size + 16) + data[at : at - 4 + size] + b"SECRET-IN-MDAT--"
        box = struct.pack(">I4s", 8 + 14, b"uuid") + b"SECRET-IN-UUID"
        self.assertClean(data[: at - 4] + longer + box + data[at - 4 + size :])

    def test_the_thumbnail_and_the_second_picture_of_a_camera_leave_a_jpeg(self):
        data = drawn("JPEG")
        thumbnail = b"JFXX\0\x10" + drawn("JPEG")
        block = b"\xff\xe0" + struct.pack(">H", len(thumbnail) + 2) + thumbnail
        several = b"\xff\xe2" + struct.pack(">H", 14 + 2) + b"MPF\0SECRET-MPF"
        image = self.assertClean(data[:20] + block + several + data[20:] + drawn("JPEG"))
        self.assertEqual(image.size, SIZE)

    def test_colours_stay_and_a_profile_of_a_megabyte_does_not(self):
        profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
        for format_name in ("JPEG", "PNG", "WEBP"):
            image = self.assertClean(drawn(format_name, icc_profile=profile))
            self.assertEqual(image.info.get("icc_profile"), profile, format_name)
            bomb = profile + b"SECRET" * 300_000
            self.assertNotIn(
                "icc_profile", self.assertClean(drawn(format_name, icc_profile=bomb)).info
            )

    def test_transparency_stays(self):
        out = io.BytesIO()
        Pillow.new("RGBA", SIZE, (9, 9, 9, 0)).save(out, "PNG")
        _picture, clean = self.clean(out.getvalue())
        self.assertEqual(Pillow.open(io.BytesIO(clean)).getpixel((0, 0))[3], 0)

    def test_a_picture_that_was_held_on_its_side_stands_upright(self):
        for format_name in ("JPEG", "PNG", "WEBP", "AVIF"):
            data = drawn(format_name, orientation=6)
            picture, clean = self.clean(data)
            self.assertEqual((picture.width, picture.height), (40, 60), format_name)
            with Pillow.open(io.BytesIO(clean)) as image:
                if format_name != "AVIF":  # which turns itself, by no EXIF block
                    self.assertEqual(image.size, (40, 60), format_name)
                    self.assertEqual(dict(image.getexif()), {}, format_name)
            self.assertNotIn(b"SECRET", clean)

    def test_cleaning_a_clean_picture_changes_nothing(self):
        for format_name in ("JPEG", "PNG", "GIF", "WEBP", "AVIF"):
            _picture, once = self.clean(
                drawn(format_name, frames=1 if format_name == "JPEG" else 2)
            )
            self.assertEqual(self.clean(once)[1], once, format_name)


class Hostile(Case):
    """Whatever a file says of itself, it is refused with a reason, and nobody's memory fills."""

    def bomb(self, width: int, height: int) -> bytes:
        header = struct.pack(">II5B", width, height, 8, 2, 0, 0, 0)

        def chunk(kind: bytes, data: bytes) -> bytes:
            total = zlib.crc32(kind + data)
            return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", total)

        rows = chunk(b"IDAT", zlib.compress(b"\0" * 1_000_000))
        return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + rows + chunk(b"IEND", b"")

    def test_a_bomb_is_refused_before_it_is_decoded(self):
        self.assertEqual(self.refusal(self.bomb(50_000, 50_000)), "picture-too-many-pixels")

    def test_an_animation_is_measured_as_a_whole(self):
        out = io.BytesIO()
        frames = [Pillow.new("P", (3_000, 3_000), n) for n in range(60)]
        frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
        self.assertEqual(self.refusal(out.getvalue()), "picture-too-many-frames")

    def test_no_file_that_is_cut_off_or_wrong_anywhere_brings_an_error_of_ours(self):
        kinds = ("JPEG", "PNG", "GIF", "WEBP", "AVIF")
        known = {"picture-unreadable", "picture-unknown", "picture-too-complex"}
        known |= {"picture-too-many-pixels", "picture-too-many-frames"}
        for format_name in kinds:
            data = drawn(format_name, frames=1 if format_name == "JPEG" else 2)
            for at in range(0, len(data), max(1, len(data) // 40)):
                for broken in (data[:at], data[:at] + b"\xff\xff\xff\xff" + data[at + 4 :]):
                    try:
                        _picture, clean = self.clean(broken)
                        self.assertNotIn(b"SECRET", clean)
                    except BadPicture as error:
                        self.assertIn(error.code, known)

    def test_other_files_under_a_pictures_name_are_refused(self):
        svg = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"
        for data in (b"", svg, b"<html>", b"%PDF-1.4", b"BM" + b"\0" * 60, b"II*\0" + b"\0" * 60):
            self.assertEqual(self.refusal(data), "picture-unknown")

    def test_nothing_behind_the_end_of_a_picture_is_kept(self):
        for format_name in ("JPEG", "PNG", "GIF", "WEBP", "AVIF"):
            data = drawn(format_name) + b"PK\x03\x04SECRET-ZIP"
            self.assertNotIn(b"PK\x03\x04", self.clean(data)[1], format_name)

    def test_a_dozen_pictures_of_49_million_pixels_fill_neither_this_process_nor_a_child(self):
        out = io.BytesIO()
        Pillow.new("RGB", (7_000, 7_000), "red").save(out, "JPEG", exif=exif(orientation=6))
        sources = [self.folder / f"{n}.jpg" for n in range(12)]
        for source in sources:
            source.write_bytes(out.getvalue())
        Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
        before = peak()  # what other tests and this one's own drawing have left
        peaks, done = [], []

        def one(source: Path):
            done.append(self.pool.cleaned(source, source.with_suffix(".out")).width)

        def watch():
            while len(done) < len(sources):
                peaks.append(sum(map(held, children_of(os.getpid()))))
                threading.Event().wait(0.02)

        threads = [threading.Thread(target=one, args=(source,)) for source in sources]
        watching = threading.Thread(target=watch)
        for thread in [*threads, watching]:
            thread.start()
        for thread in [*threads, watching]:
            thread.join()
        self.assertEqual(done, [7_000] * 12)
        self.assertLess(peak() - before, 100_000_000)
        self.assertLess(max(peaks), 700_000_000)  # all children together

    def test_a_picture_that_needs_too_much_is_refused_by_a_child(self):
        self.enterContext(mock.patch("posts.deriving.pool.PICTURE", Limits(20.0, 120_000_000)))
        out = io.BytesIO()
        Pillow.new("RGB", (7_000, 7_000)).save(out, "PNG")
        self.assertEqual(self.refusal(out.getvalue()), "picture-too-complex")


def children_of(parent: int) -> list[int]:
    text = Path(f"/proc/{parent}/task/{parent}/children").read_text()
    found = {int(pid) for pid in text.split()}
    for task in Path(f"/proc/{parent}/task").iterdir():
        found |= {int(pid) for pid in (task / "children").read_text().split()}
    return sorted(found)


def held(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()
    except (OSError, IndexError):
        return 0


def peak() -> int:
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024
