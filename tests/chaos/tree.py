"""A folder of files whose sizes, names and places are as mixed as those of real ones."""

from __future__ import annotations

import base64
import math
import os
import random
from pathlib import Path

ODD_NAMES = (
    "report",
    "report(1)",
    "Report",
    "index",
    "r\u00e9sum\u00e9",
    "re\u0301sume\u0301",
    "it's \U0001f600 fine",
    'the "best" one',
    "100%22 & more; a=b #1",
    "back\\slash",
    "caf\udce9",
    "\udcff\udcfe",
    " spaced  out ",
    "文書",
    "a.b.c",
    "-dash",
)
LEAST, MOST = 100, 60 << 10  # bytes of a small file
LARGE_LEAST, LARGE_MOST = 2 << 20, 12 << 20
SMALL_PER_LARGE = 2500
PER_FOLDER = 12
DEEPEST = 7
COMMON_SIZE = 1000  # bytes of every fifth file, so that sizes tell little


def make_tree(root: Path, files: int, seed: int, largest: int = LARGE_MOST) -> None:
    """Fills a folder with files of different contents.

    Sizes are spread evenly over their logarithm, but for one that is common; one file of 2,500,
    and at least one, is large.
    """
    draw = random.Random(f"tree {seed}")
    folders = [root]
    large = max(1, files // SMALL_PER_LARGE)
    for number in range(files):
        if number % PER_FOLDER == 0:
            folders.append(_new_folder(draw, folders, number))
        if number < large:
            size = draw.randint(LARGE_LEAST, largest)
        elif number % 5 == 0:
            size = COMMON_SIZE
        else:
            size = int(math.exp(draw.uniform(math.log(LEAST), math.log(MOST))))
        path = _free_place(draw, folders, number)
        path.write_bytes(_content(draw, size))


def _new_folder(draw: random.Random, folders: list[Path], number: int) -> Path:
    deepest = len(folders[0].parts) + DEEPEST
    shallow = [folder for folder in folders[-20:] if len(folder.parts) < deepest]
    parent = draw.choice(shallow or folders[:1])
    name = draw.choice(["2024", "hr", "données", "caf\udce9", "a - b", f"project {number}"])
    folder = parent / f"{name} {number // PER_FOLDER}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _free_place(draw: random.Random, folders: list[Path], number: int) -> Path:
    """Where the next file goes: half of them share their base names with others."""
    suffix = draw.choice([".txt", ".md"])
    folder = draw.choice(folders[-4:])
    path = folder / f"{draw.choice(ODD_NAMES)}{suffix}"
    if draw.random() < 0.5 or os.path.lexists(path):
        path = folder / f"{draw.choice(ODD_NAMES)} {number}{suffix}"
    return path


def _content(draw: random.Random, size: int) -> bytes:
    return base64.encodebytes(draw.randbytes(size * 3 // 4 + 64))[:size]
