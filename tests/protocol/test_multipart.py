"""Upload forms: exact lengths, whole files, names that survive."""

from __future__ import annotations

import io
import os
import secrets
import tempfile
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_multipart import FormParser
from python_multipart.multipart import File

from ragflow._protocol.multipart import PIECE, FilePart, Multipart, file_part
from ragflow.errors import InvalidArgumentError

SAFE_NAMES = st.text(
    st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters='/\\"%:'),
    min_size=1,
    max_size=20,
).filter(lambda name: name == name.strip() == name.strip("."))
BLOBS = st.binary(max_size=300) | st.sampled_from([b"\r\n--", b"--\r\n", b"\r\n" * 9])


def parsed(form: Multipart) -> list[tuple[str, str, bytes]]:
    """The field, name and bytes of each file, as a server's parser reads the form."""
    files: list[tuple[str, str, bytes]] = []

    def take(file: File) -> None:
        file.file_object.seek(0)
        name = (file.file_name or b"").decode()
        files.append(((file.field_name or b"").decode(), name, file.file_object.read()))
        file.close()

    boundary = form.content_type.partition("boundary=")[2]
    parser = FormParser("multipart/form-data", None, take, boundary=boundary)
    for piece in form:
        parser.write(piece)
    parser.finalize()
    parser.close()
    return files


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(SAFE_NAMES, BLOBS, st.sampled_from(["blob", "path", "file"]))))
def test_forms_are_read_back_whole(files: list[tuple[str, bytes, str]]) -> None:
    """A parser finds names and bytes, the length is exact, and a second reading is the same."""
    with tempfile.TemporaryDirectory() as folder:
        parts = []
        for number, (name, blob, source) in enumerate(files):
            path = Path(folder, str(number))
            path.write_bytes(blob)
            content = {"blob": blob, "path": path, "file": io.BytesIO(b"head" + blob)}[source]
            if isinstance(content, io.BytesIO):
                content.seek(4)
            parts.append(file_part((name, content)))
        form = Multipart(parts)
        body = b"".join(form)
        assert len(body) == form.content_length
        assert b"".join(form) == body
        assert parsed(form) == [
            ("file", unicodedata.normalize("NFC", name), blob) for name, blob, _ in files
        ]


def test_large_files_come_in_pieces(tmp_path: Path) -> None:
    """A file is read a MiB at a time and small parts travel in one write."""
    path = tmp_path / "big.bin"
    path.write_bytes(b"x" * (2 * PIECE + 5))
    form = Multipart([file_part(path), file_part(("s.txt", "y" * (PIECE + 1)))])
    sizes = [len(piece) for piece in form]
    assert sum(sizes) == form.content_length
    assert len(sizes) == 4
    assert max(sizes) < 2 * PIECE
    assert not form.is_small
    small = Multipart([file_part((f"{n}.txt", "text")) for n in range(20)])
    assert len(list(small)) == 1
    assert small.is_small
    assert small.after(b"head") == b"head" + b"".join(small)


@pytest.mark.parametrize("missing", range(-45, 5))
def test_forms_of_about_one_piece(missing: int) -> None:
    """Wherever a piece ends, inside the closing boundary too, the form is whole."""
    empty = Multipart([file_part(("a.bin", b""))]).content_length
    form = Multipart([file_part(("a.bin", bytes(PIECE - empty - missing)))])
    pieces = list(form)
    assert sum(map(len, pieces)) == form.content_length == PIECE - missing
    assert all(pieces)


def test_functions_open_the_file_for_each_reading() -> None:
    """What a function opens is read from the beginning, and closed."""
    opened: list[io.BytesIO] = []

    def opener() -> io.BytesIO:
        opened.append(io.BytesIO(b"content"))
        return opened[-1]

    form = Multipart([FilePart("a.txt", 7, opener)])
    assert parsed(form) == parsed(form) == [("file", "a.txt", b"content")]
    assert [file.closed for file in opened] == [True, True]
    assert not form.is_small


def test_line_breaks_in_names_end_no_header() -> None:
    """They are escaped as browsers do it."""
    body = b"".join(Multipart([FilePart("a\r\nb.txt", 1, b"x")]))
    assert b'filename="a%0D%0Ab.txt"\r\n' in body


def test_quotes_are_escaped() -> None:
    """A quote in a name does not end it, and a backslash stays what it is."""
    body = b"".join(Multipart([FilePart('a"b\\c.txt', 0, b"")]))
    assert b'filename="a\\"b\\\\c.txt"\r\n' in body


def test_boundaries_are_random() -> None:
    """Nobody can put a boundary into a file before it is drawn."""
    forms = {Multipart([]).boundary for _ in range(100)}
    assert len(forms) == 100
    assert min(map(len, forms)) >= 32


class Named(io.BytesIO):
    """An open file with a name."""

    def __init__(self, content: bytes, name: object) -> None:
        super().__init__(content)
        self.name = name


@pytest.mark.parametrize(
    ("source", "name", "content"),
    [
        ({"name": "1.txt", "blob": "123"}, "1.txt", b"123"),
        ({"display_name": "2.txt", "blob": b"x"}, "2.txt", b"x"),
        ({"name": "", "display_name": "3.txt", "blob": bytearray(b"x")}, "3.txt", b"x"),
        (("ü.txt", "ü"), "ü.txt", "ü".encode()),
        (("u\u0308.txt", memoryview(b"x")), "ü.txt", b"x"),
        (("folder/a.txt", b""), "a.txt", b""),
        (("C:\\folder\\a.txt", b""), "a.txt", b""),
        ((" a.txt ", b""), "a.txt", b""),
        (("\udcc3\udcbc.txt", b""), "ü.txt", b""),
        (Named(b"abc", "folder/x.bin"), "x.bin", b"abc"),
        (FilePart("p.txt", 1, b"p"), "p.txt", b"p"),
    ],
)
def test_everything_that_can_be_uploaded(source: object, name: str, content: bytes) -> None:
    """Dicts, pairs, open files, each with the base name that a server gets."""
    part = file_part(source)
    assert (part.name, part.size, b"".join(part.pieces())) == (name, len(content), content)


def test_paths(tmp_path: Path) -> None:
    """A path is a file with its own name, or with another one."""
    path = tmp_path / "a.txt"
    path.write_bytes(b"abc")
    for source in (path, str(path), ("a.txt", path), {"name": "a.txt", "blob": path}):
        part = file_part(source)
        assert (part.name, part.size, b"".join(part.pieces())) == ("a.txt", 3, b"abc")


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (5, "path, an open binary file"),
        (None, "path, an open binary file"),
        (b"bytes", "path, an open binary file"),
        (("a", "b", "c"), "path, an open binary file"),
        (io.BytesIO(b"x"), "no name"),
        (Named(b"x", 3), "no name"),
        ({"blob": b"x"}, 'needs a "name"'),
        ({"name": 5, "blob": b"x"}, 'needs a "name"'),
        ({"name": "a.txt"}, 'needs a "blob"'),
        ({"name": "a.txt", "blob": None}, "bytes, text, a path"),
        (("a.txt", 5), "bytes, text, a path"),
        (("a.txt", io.StringIO("x")), "binary mode"),
        (("", b"x"), "file name"),
        (("..", b"x"), "file name"),
        (("a\nb.txt", b"x"), "file name"),
        (("\ud800.txt", b"x"), "file name"),
        (("x" * 252 + ".txt", b""), "255"),
        (("ü" * 126 + ".txt", b""), "255"),
        ("/no/such/file.txt", "does not exist"),
        ("x" * 5000, "too long"),
        ("a\0b", "does not exist"),
    ],
)
def test_what_cannot_be_uploaded(source: object, words: str) -> None:
    """Each bad source is named before anything is sent."""
    with pytest.raises(InvalidArgumentError, match=words):
        file_part(source)


def test_folder_is_no_file(tmp_path: Path) -> None:
    """A folder is not uploaded by accident."""
    with pytest.raises(InvalidArgumentError, match="is not a file"):
        file_part(tmp_path)


def test_longest_name_is_taken() -> None:
    """255 bytes are what servers take."""
    assert len(file_part(("ü" * 125 + "a.txt", b"")).name.encode()) == 255


def test_text_that_is_no_unicode_is_refused() -> None:
    """Half a surrogate pair has no bytes."""
    with pytest.raises(InvalidArgumentError, match="Unicode"):
        file_part(("a.txt", "\ud800"))


def test_pipes_are_refused() -> None:
    """What cannot be read twice cannot be sent again."""
    reading, writing = os.pipe()
    os.close(writing)
    source = os.fdopen(reading, "rb")
    with source, pytest.raises(InvalidArgumentError, match="cannot be read from its position"):
        file_part(("a.txt", source))


def test_closed_file_is_refused(tmp_path: Path) -> None:
    """A file that was closed too early is named."""
    path = tmp_path / "a.txt"
    path.write_bytes(b"x")
    file = path.open("rb")
    file.close()
    with pytest.raises(InvalidArgumentError, match="closed"):
        file_part(file)


@pytest.mark.parametrize("change", [b"", b"sho"])
def test_file_that_shrinks_breaks_the_upload(tmp_path: Path, change: bytes) -> None:
    """A form is never shorter than was announced."""
    path = tmp_path / "a.txt"
    path.write_bytes(b"longer")
    form = Multipart([file_part(path)])
    path.write_bytes(change)
    with pytest.raises(InvalidArgumentError, match="shorter"):
        list(form)


def test_file_that_vanishes_breaks_the_upload(tmp_path: Path) -> None:
    """A file that is gone when its form is sent is told by name."""
    path = tmp_path / "a.txt"
    path.write_bytes(b"there")
    form = Multipart([file_part(path)])
    path.unlink()
    with pytest.raises(InvalidArgumentError, match=r"a\.txt could not be read: FileNotFoundError"):
        list(form)


def test_file_that_grows_is_sent_as_it_was(tmp_path: Path) -> None:
    """A log that is written meanwhile is cut where it ended."""
    path = tmp_path / "a.log"
    path.write_bytes(b"first")
    form = Multipart([file_part(path)])
    path.write_bytes(b"first and more")
    assert len(b"".join(form)) == form.content_length


def test_parts_do_not_show_their_content() -> None:
    """A traceback does not hold a document."""
    blob = secrets.token_hex(20)
    part: Any = file_part(("a.txt", blob))
    assert blob not in repr(part)
