"""Chats over HTTP, in the old and in the new schema."""

from __future__ import annotations

from typing import Any

import pytest

from local.harness import OTHER_KEY, serve

BOTH = pytest.mark.parametrize("version", ["0.22.1", "0.27.0"])
NOBODY = "00000000000011f0aaaa000000000000"


async def test_old_schema() -> None:
    """Old requests set what old answers show; the weight turns round on the way."""
    async with serve("0.22.1") as api:
        dataset, _ = await api.filled()
        body = {
            "name": "a",
            "avatar": "pic",
            "dataset_ids": [dataset, ""],
            "show_quotation": False,
            "llm": {"model_name": "m@P", "temperature": 0.5},
            "prompt": {
                "prompt": "Say {knowledge} and {tone}",
                "variables": [
                    {"key": "knowledge", "optional": True},
                    {"key": "tone", "optional": False},
                ],
                "opener": "Hello",
                "show_quote": False,
                "keywords_similarity_weight": 0.6,
                "top_n": 3,
                "top_k": 5,
                "similarity_threshold": 0.4,
                "rerank_model": "BAAI/bge-reranker-v2-m3",
            },
        }
        made = await api.data("POST", "/chats", body)
        assert made["dataset_ids"] == [dataset]
        assert made["llm"] == {"model_name": "m@P", "temperature": 0.5}
        prompt = made["prompt"]
        assert (prompt["opener"], prompt["show_quote"], prompt["top_n"]) == ("Hello", False, 3)
        assert prompt["keywords_similarity_weight"] == 0.4
        assert prompt["rerank_model"] == "BAAI/bge-reranker-v2-m3"
        assert (made["avatar"], made["do_refer"]) == ("pic", "0")
        (listed,) = await api.data("GET", f"/chats?id={made['id']}")
        assert (listed["top_k"], listed["datasets"][0]["doc_num"]) == (5, 1)


async def test_new_schema() -> None:
    """New requests set what new answers show, and old keys are ignored."""
    async with serve() as api:
        dataset, _ = await api.filled()
        body = {
            "name": "a",
            "icon": "pic",
            "dataset_ids": [dataset],
            "llm_id": "m@P",
            "llm_setting": {"temperature": 0.5},
            "prompt_config": {"system": "", "prologue": "Hello", "quote": False},
            "similarity_threshold": 0.4,
            "vector_similarity_weight": 0.6,
            "top_n": 3,
            "llm": {"model_name": "ignored"},
        }
        made = await api.data("POST", "/chats", body)
        assert (made["icon"], made["llm_id"], made["top_n"]) == ("pic", "m@P", 3)
        assert made["llm_setting"] == {"temperature": 0.5}
        assert made["prompt_config"]["prologue"] == "Hello"
        assert "{knowledge}" in made["prompt_config"]["system"]
        assert made["kb_names"] == ["kb"]
        assert made["vector_similarity_weight"] == 0.6


@pytest.mark.parametrize(
    ("version", "body", "code"),
    [
        ("0.22.1", {"dataset_ids": None}, 100),
        ("0.22.1", {"dataset_ids": "ab"}, 102),
        ("0.22.1", {"prompt": {"variables": [{"key": "x"}]}}, 100),
        ("0.22.1", {"prompt": {"variables": ["x"]}}, 100),
        ("0.22.1", {"tenant_id": "t"}, 102),
        ("0.22.1", {"llm": {}, "prompt": {}}, 0),
        ("0.22.1", {"name": 1.5}, 0),
        ("0.27.0", {"dataset_ids": None}, 0),
        ("0.27.0", {"tenant_id": "t"}, 102),
        ("0.27.0", {"name": 5}, 102),
        ("0.27.0", {"llm_id": "nope"}, 102),
        ("0.27.0", {"rerank_id": "nope"}, 102),
        ("0.27.0", {"llm_setting": "x"}, 102),
        ("0.27.0", {"prompt_config": {"parameters": [{"key": "a"}, {"key": "a"}]}}, 102),
        ("0.27.0", {"prompt_config": {"use_kg": True}}, 102),
        ("0.27.0", {"meta_data_filter": {"method": "auto"}}, 102),
    ],
)
async def test_creation_rules(version: str, body: Any, code: int) -> None:
    """Each rule of a creation is kept."""
    async with serve(version) as api:
        assert await api.code("POST", "/chats", {"name": "a", **body}) == code


async def test_different_embedding_models() -> None:
    """A chat cannot mix datasets with different embedding models."""
    for version, code in (("0.22.1", 109), ("0.27.0", 102)):
        async with serve(version) as api:
            first, _ = await api.filled()
            second, _ = await api.filled(name="b.txt", embedding_model="other@Builtin")
            body = {"name": "a", "dataset_ids": [first, second]}
            assert await api.code("POST", "/chats", body) == code


async def test_old_update_loses_datasets() -> None:
    """The older server merges settings, but drops datasets that are not sent again."""
    async with serve("0.22.1") as api:
        dataset, _ = await api.filled()
        chat = await api.chat([dataset])
        path = f"/chats/{chat}"
        body = {"llm": {"temperature": 0.9}, "prompt": {"opener": "Hi"}, "dataset_ids": [dataset]}
        assert await api.code("PUT", path, body) == 0
        (kept,) = await api.data("GET", f"/chats?id={chat}")
        assert (kept["llm"]["temperature"], kept["llm"]["top_p"]) == (0.9, 0.3)
        assert kept["prompt"]["opener"] == "Hi"
        assert len(kept["datasets"]) == 1
        assert await api.code("PUT", path, {"description": "d"}) == 0
        (kept,) = await api.data("GET", f"/chats?id={chat}")
        assert (kept["description"], kept["datasets"]) == ("d", [])


async def test_new_updates() -> None:
    """PUT replaces settings, PATCH merges them, and absent keys stay."""
    async with serve() as api:
        dataset, _ = await api.filled()
        chat = await api.chat([dataset], llm_setting={"temperature": 0.5})
        path = f"/chats/{chat}"
        merged = await api.data("PATCH", path, {"llm_setting": {"top_p": 0.1}})
        assert merged["llm_setting"] == {"temperature": 0.5, "top_p": 0.1}
        replaced = await api.data("PUT", path, {"llm_setting": {"top_p": 0.2}})
        assert (replaced["llm_setting"], replaced["dataset_ids"]) == ({"top_p": 0.2}, [dataset])
        system = await api.data("PATCH", path, {"prompt_config": {"system": "Be brief."}})
        assert (system["prompt_config"]["system"], system["prompt_config"]["quote"]) == (
            "Be brief.",
            True,
        )
        assert await api.code("PATCH", path, {"name": " "}) == 102


async def test_listing() -> None:
    """Lists are ordered and narrowed; a deleted dataset vanishes from its chats."""
    async with serve() as api:
        dataset, _ = await api.filled()
        await api.chat([dataset], "One")
        await api.chat([], "two")
        ordered = await api.data("GET", "/chats?orderby=name&desc=false")
        assert [chat["name"] for chat in ordered["chats"]] == ["One", "two"]
        assert (await api.data("GET", "/chats?keywords=ON"))["total"] == 1
        assert await api.code("GET", "/chats?orderby=nope") == 101
        await api.data("DELETE", "/datasets", {"ids": [dataset]})
        (one,) = (await api.data("GET", "/chats?name=one"))["chats"]
        assert one["dataset_ids"] == []


async def test_old_listing() -> None:
    """Older lists are ordered by more columns and refuse unknown ones and unknown chats."""
    async with serve("0.22.1") as api:
        chat = await api.chat([])
        assert len(await api.data("GET", f"/chats?orderby=create_date&id={chat}")) == 1
        assert await api.code("GET", "/chats?orderby=nope") == 100
        assert await api.code("GET", f"/chats?id={NOBODY}") == 102


@BOTH
async def test_deleting(version: str) -> None:
    """Known chats go, and what went wrong is told."""
    async with serve(version) as api:
        first, second = await api.chat([], "a"), await api.chat([], "b")
        body = await api.call("DELETE", "/chats", {"ids": [first, first, NOBODY]})
        assert (body["code"], body["data"]["success_count"]) == (0, 1)
        assert len(body["data"]["errors"]) == 2
        assert await api.code("DELETE", "/chats", {"ids": [NOBODY]}) == 102
        assert await api.code("DELETE", "/chats", {"ids": "x"}) == 100
        assert await api.data("DELETE", "/chats", {"ids": [second]}) == (
            None if version == "0.22.1" else {"success_count": 1}
        )
        assert await api.code("POST", "/chats", {"name": "a"}) == 0


async def test_deleting_without_ids() -> None:
    """No ids mean all at the older server, and nothing at the newer."""
    async with serve("0.22.1") as api:
        await api.chat([])
        assert await api.code("DELETE", "/chats", {"ids": None}) == 0
        assert await api.data("GET", "/chats") == []
    async with serve() as api:
        chat = await api.chat([])
        assert await api.data("DELETE", "/chats") == {}
        assert await api.data("DELETE", f"/chats/{chat}") is True
        assert await api.code("DELETE", f"/chats/{chat}") == 109
        await api.chat([])
        assert await api.code("DELETE", "/chats", {"delete_all": True}) == 0
        assert (await api.data("GET", "/chats"))["total"] == 0


async def test_names_belong_to_tenants() -> None:
    """Two tenants may use the same name."""
    async with serve() as api:
        await api.chat([])
        api.client.headers["authorization"] = f"Bearer {OTHER_KEY}"
        await api.chat([])


@pytest.mark.parametrize(
    ("version", "body"),
    [
        ("0.22.1", {"llm": "x"}),
        ("0.22.1", {"prompt": ["x"]}),
        ("0.22.1", {"prompt": {"top_n": "x"}}),
        ("0.22.1", {"avatar": 5}),
        ("0.27.0", {"top_k": 1.5}),
        ("0.27.0", {"similarity_threshold": True}),
        ("0.27.0", {"prompt_config": "x"}),
    ],
)
async def test_kinds_of_values(version: str, body: Any) -> None:
    """Values that could not be used later are refused at once."""
    async with serve(version) as api:
        chat = await api.chat([])
        assert await api.code("POST", "/chats", {"name": "a", **body}) == 102
        assert await api.code("PUT", f"/chats/{chat}", body) == 102
