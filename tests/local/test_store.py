"""The data file: durability, concurrency, migrations, and what happens to broken ones."""

from __future__ import annotations

import io
import sqlite3
import threading
from typing import TYPE_CHECKING, Any

import pytest

from ragflow.local.generations import find_generation
from ragflow.local.store import Store, StoreClosedError
from ragflow.local.store.database import MIGRATIONS, Database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ragflow.local.store.records import Dataset, Document

NEW = find_generation("0.27.0")


@pytest.fixture
def store() -> Iterator[Store]:
    """A store in a temporary file."""
    store = Store(None)
    yield store
    store.close()


def make_dataset(store: Store, name: str = "kb") -> Dataset:
    """A dataset of the first tenant."""
    tenant = store.tenants.register(0, None, "key")
    values: dict[str, Any] = {
        "permission": "me",
        "embedding_model": "m",
        "chunk_method": "naive",
        "parser_config": NEW.parser_config.for_method("naive"),
    }
    return store.datasets.create(tenant.id, name, values)


def make_document(store: Store, dataset: Dataset, content: bytes, name: str = "a.txt") -> Document:
    """A document of a dataset."""
    document = store.documents.create(
        dataset,
        created_by=dataset.tenant_id,
        name=name,
        type="doc",
        suffix="txt",
        chunk_method="naive",
        file=io.BytesIO(content),
    )
    assert document is not None
    return document


def test_temporary_files_go_away() -> None:
    """A store without a path leaves nothing behind."""
    store = Store(None)
    path = store.path
    assert path.exists()
    store.close()
    store.close()
    assert not path.parent.exists()


def test_everything_is_kept(tmp_path: Path) -> None:
    """What was written is there when the file is opened again."""
    store = Store(tmp_path / "kb.db")
    dataset = make_dataset(store)
    document = make_document(store, dataset, b"content")
    store.close()
    again = Store(tmp_path / "kb.db")
    assert again.datasets.get(dataset.id) is not None
    assert b"".join(again.documents.content(document.id)) == b"content"
    again.close()


def test_keys_are_kept(tmp_path: Path) -> None:
    """The first key stays, until another one is asked for."""
    path = tmp_path / "kb.db"
    for asked, expected in ((None, "fresh"), (None, "fresh"), ("mine", "mine"), (None, "mine")):
        store = Store(path)
        fresh = "fresh" if expected == "fresh" else "never"
        assert store.tenants.register(0, asked, fresh).api_key == expected
        store.close()


def test_newer_files_are_refused(tmp_path: Path) -> None:
    """A file of a newer version is not touched."""
    path = tmp_path / "kb.db"
    Store(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    connection.close()
    with pytest.raises(ValueError, match="newer version"):
        Store(path)


def test_other_files_are_refused(tmp_path: Path) -> None:
    """A file that is no database stays as it is."""
    path = tmp_path / "notes.txt"
    path.write_text("these are notes, and there are enough of them to be no header\n" * 20)
    with pytest.raises(sqlite3.DatabaseError):
        Store(path)
    assert path.read_text().startswith("these are notes")


def test_a_closed_store_refuses_work() -> None:
    """Whoever comes too late is told so."""
    store = Store(None)
    store.close()
    with pytest.raises(StoreClosedError):
        store.datasets.get("x")
    with pytest.raises(StoreClosedError):
        store.jobs.start([])


def test_a_read_may_outlast_the_store() -> None:
    """A connection in use when the store closes is closed by its user."""
    database = Database(None)
    with database.read() as connection:
        database.close()
        assert connection.execute("SELECT 1 AS one").fetchone() == {"one": 1}
    with pytest.raises(sqlite3.ProgrammingError):
        connection.execute("SELECT 1")


def test_failed_transactions_leave_nothing() -> None:
    """A transaction that raises is undone."""
    database = Database(None)

    def fail() -> None:
        with database.write() as connection:
            connection.execute("INSERT INTO tenants VALUES ('a', 'k', 'n', 0, 0)")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with database.read() as connection:
        assert connection.execute("SELECT count(*) AS n FROM tenants").fetchone() == {"n": 0}
    database.close()


def test_contents_come_in_pieces(store: Store) -> None:
    """Large files are stored and read piece by piece; empty ones have no piece."""
    dataset = make_dataset(store)
    document = make_document(store, dataset, b"x" * (2 * 1024 * 1024 + 1))
    assert [len(piece) for piece in store.documents.content(document.id)] == [1 << 20, 1 << 20, 1]
    assert document.size == 2 * 1024 * 1024 + 1
    empty = make_document(store, dataset, b"", "b.txt")
    assert list(store.documents.content(empty.id)) == []


def test_the_same_content_has_the_same_hash(store: Store) -> None:
    """The hash follows from the content alone."""
    dataset = make_dataset(store)
    first, second = (make_document(store, dataset, b"same", name) for name in ("a.txt", "b.txt"))
    other = make_document(store, dataset, b"other", "c.txt")
    assert first.content_hash == second.content_hash != other.content_hash


def test_names_without_extension(store: Store) -> None:
    """Numbers stand at the end of names that have no extension."""
    dataset = make_dataset(store)
    make_document(store, dataset, b"", "README")
    assert make_document(store, dataset, b"", "readme").name == "readme(1)"


def test_many_writers(store: Store) -> None:
    """Writers in many threads wait for each other and lose nothing."""
    dataset = make_dataset(store)

    def write(number: int) -> None:
        for repetition in range(5):
            make_document(store, dataset, b"x", f"{number}-{repetition}.txt")

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = store.datasets.get(dataset.id)
    assert kept is not None
    assert kept.document_count == 40


def test_readers_do_not_wait_for_writers(store: Store) -> None:
    """A read is answered while a transaction is open, and does not see it."""
    dataset = make_dataset(store)
    with store._database.write() as connection:
        connection.execute("UPDATE datasets SET name = 'changed'")
        kept = store.datasets.get(dataset.id)
        assert kept is not None
        assert kept.name == "kb"


def test_late_results_are_refused(store: Store) -> None:
    """Chunks of a task that was given up are not stored."""
    dataset = make_dataset(store)
    document = make_document(store, dataset, b"x")
    ((_, old),) = store.jobs.start([document])
    store.jobs.start([document])
    assert not store.chunks.append(document, old, [], [])
    assert not store.jobs.receive(document.id, old)
    assert not store.jobs.report(document.id, old, "late")
    store.jobs.advance(document.id, old, 0.5)
    store.jobs.fail(document.id, old, "late")
    store.jobs.finish(document.id, old, "late")
    kept = store.documents.get(document.id)
    assert kept is not None
    assert (kept.run, kept.progress < 0.01) == ("RUNNING", True)


def test_an_update_of_a_gone_session(store: Store) -> None:
    """A turn that comes after its session was deleted is dropped."""
    store.sessions.add_turn("nobody", [], {})


def test_a_chunk_that_went_away(store: Store) -> None:
    """An update of a chunk that is gone by now changes nothing."""
    dataset = make_dataset(store)
    document = make_document(store, dataset, b"x")
    chunk = store.chunks.add(document, "text", [], [])
    assert store.chunks.delete(document, [chunk.id]) == 1
    store.chunks.update(chunk, {"available": 0})
    assert store.chunks.get(document.id, chunk.id) is None
