"""Sessions over HTTP."""

from __future__ import annotations

import pytest

from local.harness import serve

BOTH = pytest.mark.parametrize("version", ["0.22.1", "0.27.0"])
NOBODY = "00000000000011f0aaaa000000000000"


@BOTH
async def test_life(version: str) -> None:
    """A session begins with the opener, is renamed, listed and deleted."""
    async with serve(version) as api:
        chat = await api.chat([])
        path = f"/chats/{chat}/sessions"
        made = await api.data("POST", path, {"name": " s "})
        assert made["name"] == "s"
        assert [message["role"] for message in made["messages"]] == ["assistant"]
        assert await api.code("PUT", f"{path}/{made['id']}", {"name": "t"}) == 0
        listed = await api.data("GET", f"{path}?name=t")
        assert [item["id"] for item in listed] == [made["id"]]
        assert await api.code("GET", f"{path}?orderby=update_date&desc=false") == 0
        assert await api.code("GET", f"{path}?orderby=nope") == 100
        assert await api.code("DELETE", path, {"ids": [made["id"]]}) == 0
        assert await api.data("GET", path) == []


@BOTH
async def test_refused_updates(version: str) -> None:
    """Messages, references and unknown columns cannot be set."""
    async with serve(version) as api:
        chat = await api.chat([])
        session = await api.session(chat)
        path = f"/chats/{chat}/sessions/{session}"
        for body, code in (({"reference": []}, 102), ({"message": []}, 102), ({"nope": 1}, 100)):
            assert await api.code("PUT", path, body) == code
        assert await api.code("PUT", path, {"name": 5}) == (0 if version == "0.22.1" else 102)


async def test_getting_one() -> None:
    """Newer servers show one session, but not under another chat."""
    async with serve() as api:
        chat, other = await api.chat([], "a"), await api.chat([], "b")
        session = await api.session(chat)
        shown = await api.data("GET", f"/chats/{chat}/sessions/{session}")
        assert (shown["id"], shown["avatar"]) == (session, "")
        assert await api.code("GET", f"/chats/{other}/sessions/{session}") == 102


@pytest.mark.parametrize(("version", "left"), [("0.22.1", 0), ("0.27.0", 2)])
async def test_deleting_without_ids(version: str, left: int) -> None:
    """No ids mean all at the older server, and nothing at the newer."""
    async with serve(version) as api:
        chat = await api.chat([])
        await api.session(chat)
        await api.session(chat)
        path = f"/chats/{chat}/sessions"
        assert await api.code("DELETE", path, {"ids": [NOBODY]}) == 102
        assert await api.code("DELETE", path, {}) == 0
        assert len(await api.data("GET", path)) == left
        if left:
            assert await api.data("DELETE", path, {"delete_all": True}) is True
            assert await api.data("GET", path) == []


async def test_vanished_session(monkeypatch: pytest.MonkeyPatch) -> None:
    """A session that is deleted during its update is not found."""
    async with serve() as api:
        chat = await api.chat([])
        session = await api.session(chat)
        kept = api.services.store.sessions.get(session)
        await api.data("DELETE", f"/chats/{chat}/sessions", {"ids": [session]})
        monkeypatch.setattr(type(api.services.store.sessions), "get", lambda *_: kept)
        assert await api.code("PATCH", f"/chats/{chat}/sessions/{session}", {"name": "x"}) == 102
