"""What the server has."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ragflow.ingest.inventory import Inventory
from ragflow.models import DocumentData, RunStatus


@pytest.fixture
def inventory() -> Iterator[Inventory]:
    """An empty inventory."""
    inventory = Inventory()
    yield inventory
    inventory.close()


def test_a_document_is_known(inventory: Inventory) -> None:
    """All that a job asks for is kept."""
    inventory.add(
        [
            DocumentData(
                id="1",
                name="a.txt",
                size=5,
                run=RunStatus.RUNNING,
                progress=0.5,
                chunk_count=3,
                create_time=1700000000000,
                content_hash="ab",
            )
        ]
    )
    known = inventory.by_id(["1", "2"])["1"]
    assert (known.id, known.name, known.size) == ("1", "a.txt", 5)
    assert (known.run, known.progress) == (RunStatus.RUNNING, 0.5)
    assert (known.chunk_count, known.create_time) == (3, 1700000000000)
    assert known.content_hash == "ab"


def test_newer_data_replace_older(inventory: Inventory) -> None:
    """A document is there once, however often it is added."""
    inventory.add([DocumentData(id="1", name="a"), DocumentData(id="2", name="b")])
    inventory.add([DocumentData(id="1", name="c", run=RunStatus.DONE)])
    assert len(inventory) == 2
    assert inventory.named(["a", "c"]).keys() == {"c"}
    assert inventory.by_id(["1"])["1"].run is RunStatus.DONE


def test_documents_are_taken_out(inventory: Inventory) -> None:
    """Those that are not there do no harm."""
    inventory.add(DocumentData(id=str(number), name="a") for number in range(3))
    inventory.remove(["1", "7"])
    assert [known.id for known in inventory.all()] == ["0", "2"]


def test_names_are_looked_up_in_bulk(inventory: Inventory) -> None:
    """Exact names, over many pages; one name may have several documents."""
    inventory.add(DocumentData(id=str(n), name=f"{n % 400}.txt") for n in range(800))
    found = inventory.named([f"{n}.txt" for n in range(300, 900)])
    assert len(found) == 100
    assert [known.id for known in found["300.txt"]] == ["300", "700"]
    assert len(inventory.by_id([str(n) for n in range(700, 1500)])) == 100
    assert [known.id for known in inventory.all()] == [str(n) for n in range(800)]


@pytest.mark.parametrize(
    ("name", "variants"),
    [
        ("a.txt", ["a.txt", "a(1).txt", "a(23).txt"]),
        ("a(1).txt", ["a(1).txt", "a(23).txt", "a(1)(2).txt"]),
        ("a (1).txt", ["a(1).txt", "a(23).txt", "a (1).txt", "a (1)(1).txt"]),
        ("a", ["a", "a(1)"]),
        ("%.txt", ["%(1).txt"]),
        ("zzz", []),
    ],
)
def test_variants_of_a_name(inventory: Inventory, name: str, variants: list[str]) -> None:
    """The name itself, and what servers make of it when it is taken."""
    names = ["a.txt", "a(1).txt", "a(23).txt", "a", "a(1)", "a (1).txt", "a(x).txt", "A.txt"]
    names += ["a(1).pdf", "aa(1).txt", "a(1)(2).txt", "%(1).txt", "a (1)(1).txt"]
    inventory.add(DocumentData(id=name, name=name) for name in names)
    assert [known.name for known in inventory.variants(name)] == variants


def test_what_is_learned_about_a_document(inventory: Inventory) -> None:
    """Its digest and its new name."""
    inventory.add([DocumentData(id="1", name="a(1).txt")])
    inventory.hashed("1", "ab")
    inventory.renamed("1", "a.txt")
    (known,) = inventory.named(["a.txt", "a(1).txt"])["a.txt"]
    assert (known.id, known.content_hash) == ("1", "ab")
