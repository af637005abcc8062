# Generated from tests/_async/test_ingest_listing.py by tools/generate_sync.py. Do not edit.
"""Ingestion reads the list of a dataset's documents, on servers that fail in the middle of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx

from ragflow import DataSet, Outcome, RAGFlow
from scripted import Script, in_pages


def test_a_page_that_fails_is_asked_for_again(connect: Callable[..., RAGFlow]) -> None:
    """A failure in the middle of a long list costs one more request, not the list once more."""
    documents = [
        {"id": f"{number:032}", "name": f"{number}.txt", "size": 1, "create_time": number}
        for number in range(250)
    ]
    show = in_pages("docs", documents)
    failures = iter([True])

    def answer(request: httpx.Request) -> Any:
        if request.url.params["page"] == "2" and next(failures, False):
            return {"code": 100, "data": None, "message": "OperationalError()"}
        return show(request)

    script = Script(answer)
    dataset = connect(script).bind(DataSet(id="ds", name="Papers"))
    files = [(f"{number}.txt", b"x") for number in (7, 107, 207)]
    report = dataset.ingest(files, parse=False)
    assert report.counts == {Outcome.SKIPPED: 3}
    lists = [query["page"] for query in script.queries if query["desc"].lower() == "false"]
    assert lists == ["1", "2", "2", "3"]
