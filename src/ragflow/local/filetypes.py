"""What the protocol makes of a file name: type, suffix, and whether it is taken at all."""

from __future__ import annotations

import mimetypes
import struct
import zlib
from pathlib import PurePosixPath
from typing import IO

from ragflow.local.extraction import SUPPORTED_SUFFIXES

_OFFICE = [
    "msg",
    "eml",
    "doc",
    "docx",
    "ppt",
    "pptx",
    "yml",
    "xml",
    "htm",
    "json",
    "jsonl",
    "ldjson",
    "csv",
    "txt",
    "ini",
    "xls",
    "xlsx",
    "wps",
    "rtf",
    "hlp",
    "pages",
    "numbers",
    "key",
    "md",
    "mdx",
    "py",
    "js",
    "java",
    "c",
    "cpp",
    "h",
    "php",
    "go",
    "ts",
    "sh",
    "cs",
    "kt",
    "html",
    "sql",
]
_SOUND = ["wav", "flac", "ape", "alac", "wavpack", "wv", "mp3", "aac", "ogg", "vorbis", "opus"]
_VISUAL = [
    "jpg",
    "jpeg",
    "png",
    "tif",
    "gif",
    "pcx",
    "tga",
    "exif",
    "fpx",
    "svg",
    "psd",
    "cdr",
    "pcd",
    "dxf",
    "ufo",
    "eps",
    "ai",
    "raw",
    "webp",
    "avif",
    "apng",
    "icon",
    "ico",
    "mpg",
    "mpeg",
    "avi",
    "rm",
    "rmvb",
    "mov",
    "wmv",
    "asf",
    "dat",
    "asx",
    "wvx",
    "mpe",
    "mpa",
    "mp4",
    "mkv",
]
_TYPES = {
    **dict.fromkeys(SUPPORTED_SUFFIXES, "doc"),
    **dict.fromkeys(_OFFICE, "doc"),
    **dict.fromkeys(_SOUND, "aural"),
    **dict.fromkeys(_VISUAL, "visual"),
    "pdf": "pdf",
}
_PRESENTATIONS = ("ppt", "pptx", "pages")
_SIGNATURES = {
    "png": b"\x89PNG\r\n\x1a\n",
    "jpg": b"\xff\xd8\xff",
    "jpeg": b"\xff\xd8\xff",
    "gif": b"GIF8",
}


def suffix_of(name: str) -> str:
    """The part of a file name behind its last dot, in lower case."""
    return PurePosixPath(name).suffix.lower().lstrip(".")


def type_of(name: str) -> str | None:
    """The document type of a file name; None when such files are not taken."""
    return _TYPES.get(suffix_of(name))


def method_of(name: str, default: str) -> str:
    """The chunk method that the kind of a file calls for, or else the dataset's."""
    kind, suffix = type_of(name), suffix_of(name)
    if kind == "visual":
        return "picture"
    if kind == "aural":
        return "audio"
    if suffix in _PRESENTATIONS:
        return "presentation"
    return "email" if suffix == "eml" else default


def is_broken_image(name: str, file: IO[bytes]) -> bool:
    """Whether a file that claims to be an image of a common kind cannot be one."""
    suffix = suffix_of(name)
    signature = _SIGNATURES.get(suffix)
    if signature is None:
        return False
    file.seek(0)
    broken = file.read(len(signature)) != signature or (suffix == "png" and _is_torn_png(file))
    file.seek(0)
    return broken


def _is_torn_png(file: IO[bytes]) -> bool:
    """Whether a PNG, read up to its signature, breaks off or has a wrong checksum."""
    kind = b""
    while kind != b"IEND":
        header = file.read(8)
        if len(header) < 8:
            return True
        size, kind = struct.unpack(">I4s", header)
        data, checksum = file.read(size), file.read(4)
        if struct.pack(">I", zlib.crc32(kind + data)) != checksum:
            return True
    return False


def content_type(name: str) -> str:
    """The media type of a file by its name."""
    guessed = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return f"{guessed}; charset=utf-8" if guessed.startswith("text/") else guessed
