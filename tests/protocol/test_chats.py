"""Requests about chats, and their two schemas."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from ragflow._protocol import chats
from ragflow._protocol.dialects import dialect_for
from ragflow._protocol.paging import PageCall
from ragflow.errors import InvalidArgumentError
from ragflow.models import LLM, ChatData, DatasetData, Prompt
from ragflow.models._convert import structure

from .recorded import Recording, assert_nothing_lost, successes
from .sent import body, line

OLD, NEW = dialect_for("0.22.1"), dialect_for("0.27.0")
OLDEST = evolve(OLD, keyword_weight_read_is_vector=True)
PICTURE = "data:image/png;base64,AA=="

WEIGHTS = st.integers(0, 10**6).map(lambda number: number / 10**6)
LLMS = st.builds(
    LLM,
    model_name=st.text(min_size=1),
    temperature=st.none() | WEIGHTS,
    max_tokens=st.none() | st.integers(1, 9999),
    extra=st.dictionaries(st.sampled_from(["odd", "parameter"]), st.integers()),
)
PROMPTS = st.builds(
    Prompt,
    prompt=st.text(),
    opener=st.none() | st.text(),
    show_quote=st.none() | st.booleans(),
    empty_response=st.none() | st.text(),
    variables=st.none()
    | st.lists(st.fixed_dictionaries({"key": st.text(), "optional": st.booleans()})),
    similarity_threshold=st.none() | WEIGHTS,
    keywords_similarity_weight=st.none() | WEIGHTS,
    top_n=st.none() | st.integers(1, 99),
    top_k=st.none() | st.integers(1, 1024),
    rerank_model=st.none() | st.text(),
    tts=st.none() | st.booleans(),
    cross_languages=st.none() | st.lists(st.text()),
    extra=st.dictionaries(st.sampled_from(["odd", "new_switch"]), st.integers()),
)
CHATS = st.builds(
    ChatData,
    id=st.text(min_size=1),
    name=st.text(min_size=1),
    description=st.text(),
    dataset_ids=st.lists(st.uuids().map(lambda value: value.hex), unique=True),
    llm=LLMS,
    prompt=PROMPTS,
)


@given(CHATS, st.sampled_from([OLD, NEW]))
def test_both_schemas_hold_a_whole_chat(chat: ChatData, dialect: Any) -> None:
    """A chat that is written in a schema and read back is the same chat."""
    wire = chats.to_wire(dialect, chat.to_dict())
    if not dialect.new_chat_schema and chats.WEIGHT in wire["prompt"]:  # type: ignore[operator]
        # These servers store the number as the vectors' weight and tell that of the words.
        stored = wire["prompt"][chats.WEIGHT]  # type: ignore[index]
        wire["prompt"][chats.WEIGHT] = 1 - stored  # type: ignore[index]
    again = structure(chats.from_wire(dialect, wire), ChatData)
    weight = chat.prompt.keywords_similarity_weight
    assert again.prompt.keywords_similarity_weight == pytest.approx(weight)
    prompt = evolve(again.prompt, keywords_similarity_weight=weight)
    assert evolve(again, prompt=prompt) == chat


@pytest.mark.parametrize(
    ("dialect", "wire", "told"),
    [
        (OLDEST, {"prompt": {"keywords_similarity_weight": 0.3}}, None),
        (OLD, {"prompt": {"keywords_similarity_weight": 0.7}}, 0.3),
        (NEW, {"llm_id": "m", "vector_similarity_weight": 0.3}, 0.3),
    ],
)
def test_weight_of_words(dialect: Any, wire: dict[str, Any], told: float | None) -> None:
    """A weight of 0.7 for words is read as 0.7 everywhere, and sent as the 0.3 of vectors."""
    chat = structure(chats.from_wire(dialect, wire), ChatData)
    assert chat.prompt.keywords_similarity_weight == 0.7
    sent = chats.to_wire(dialect, {"prompt": {"keywords_similarity_weight": 0.7}})
    if dialect.new_chat_schema:
        assert sent == {"vector_similarity_weight": told}
    else:
        assert sent == {"prompt": {"keywords_similarity_weight": 0.3}}


@pytest.mark.parametrize("weight", [True, "0.7", None])
def test_weight_that_is_no_number(weight: object) -> None:
    """It goes to the server as it is, which says what it thinks of it."""
    sent = chats.to_wire(OLD, {"prompt": {"keywords_similarity_weight": weight}})
    assert sent == {"prompt": {"keywords_similarity_weight": weight}}


CREATE: dict[str, Any] = {
    "avatar": "",
    "description": "",
    "dataset_ids": [],
    "llm": None,
    "prompt": None,
}


def test_create() -> None:
    """The datasets are always named, the rest where it was given."""
    request = chats.create(NEW, name="c", **CREATE)
    assert (line(request), body(request)) == ("POST /chats", {"name": "c", "dataset_ids": []})
    everything: dict[str, Any] = {
        "name": "c",
        "avatar": PICTURE,
        "description": "d",
        "dataset_ids": ["k"],
        "llm": LLM(model_name="m", temperature=0.5, max_token=9),
        "prompt": Prompt(prompt="p {knowledge}", opener="hi", top_n=3, rerank_model="r"),
    }
    assert body(chats.create(OLD, **everything)) == {
        "name": "c",
        "avatar": PICTURE,
        "description": "d",
        "dataset_ids": ["k"],
        "llm": {"model_name": "m", "temperature": 0.5, "max_tokens": 9},
        "prompt": {"prompt": "p {knowledge}", "opener": "hi", "top_n": 3, "rerank_model": "r"},
    }
    assert body(chats.create(NEW, **everything)) == {
        "name": "c",
        "icon": PICTURE,
        "description": "d",
        "dataset_ids": ["k"],
        "llm_id": "m",
        "llm_setting": {"temperature": 0.5, "max_tokens": 9},
        "top_n": 3,
        "rerank_id": "r",
        "prompt_config": {"system": "p {knowledge}", "prologue": "hi"},
    }


@pytest.mark.parametrize("name", ["", " ", None, 5])
def test_create_needs_a_name(name: object) -> None:
    """A blank name is refused."""
    with pytest.raises(InvalidArgumentError, match="name"):
        chats.create(NEW, name=name, **CREATE)  # type: ignore[arg-type]


def test_short_forms() -> None:
    """A model's name and a system prompt may stand for the whole."""
    assert chats.to_wire(OLD, {"llm": "m", "prompt": "p"}) == {
        "llm": {"model_name": "m"},
        "prompt": {"prompt": "p"},
    }
    assert chats.to_wire(NEW, {"llm": {"frequency penalty": 1}, "prompt": {}}) == {
        "llm_setting": {"frequency_penalty": 1}
    }


def test_variables_say_whether_they_are_optional() -> None:
    """Servers fail on one that does not."""
    variables = [{"key": "a"}, {"key": "b", "optional": True}, "odd"]
    fields = chats.prompt_fields({"variables": variables})
    assert fields["variables"] == [
        {"key": "a", "optional": False},
        {"key": "b", "optional": True},
        "odd",
    ]
    assert chats.prompt_fields({"variables": "text"}) == {"variables": "text"}


@pytest.mark.parametrize("field", ["llm", "prompt"])
@pytest.mark.parametrize("value", [5, ["x"], b"x"])
def test_settings_of_another_kind(field: str, value: object) -> None:
    """Anything but settings, a dict or a text is refused."""
    with pytest.raises(InvalidArgumentError, match=field):
        chats.to_wire(NEW, {field: value})


def test_list() -> None:
    """A refused key is never taken for a missing chat: both have had code 109."""
    request = chats.list_page(PageCall(1, 30), id="c")
    assert line(request) == "GET /chats"
    assert request.missing == {102}


def test_update_keeps_the_datasets() -> None:
    """v0.22 drops a chat's datasets when an update does not name them."""
    chat = ChatData(id="c", dataset_ids=["k"], tenant_id="t")
    message = {"name": "n", "tenant_id": "t"}
    old = chats.update(OLD, chat, message)
    assert (line(old), body(old)) == ("PUT /chats/c", {"name": "n", "dataset_ids": ["k"]})
    new = chats.update(NEW, chat, message)
    assert (line(new), body(new)) == ("PATCH /chats/c", {"name": "n"})
    chosen = chats.update(OLD, chat, {"dataset_ids": [DatasetData(id="x"), "y"]})
    assert body(chosen) == {"dataset_ids": ["x", "y"]}
    with pytest.raises(InvalidArgumentError, match="tenant_id"):
        chats.update(NEW, chat, {"tenant_id": "other"})


def test_delete() -> None:
    """The ids stand in the body."""
    request = chats.delete(["c"])
    assert (line(request), body(request)) == ("DELETE /chats", {"ids": ["c"]})


def test_merged() -> None:
    """What a chat is after an update that the server says nothing about."""
    chat = ChatData(id="c", llm=LLM(model_name="m", top_p=0.1), prompt=Prompt(opener="hi"))
    message = {
        "name": "n",
        "avatar": b"\x89PNG",
        "llm": {"top_p": 0.2},
        "prompt": Prompt(top_n=2),
        "dataset_ids": [DatasetData(id="k")],
    }
    assert chats.merged(chat, message) == {
        "name": "n",
        "avatar": "data:image/png;base64,iVBORw==",
        "llm": {"model_name": "m", "top_p": 0.2},
        "prompt": {"opener": "hi", "top_n": 2},
        "dataset_ids": ["k"],
    }
    assert chats.merged(chat, {"avatar": ""}) == {"avatar": ""}


def test_junk_passes_through() -> None:
    """What is no chat is left to the converter, and odd parts of one stay in it."""
    assert chats.from_wire(NEW, [1]) == [1]
    assert chats.from_wire(None, {"prompt": "p"}) == {"prompt": "p"}
    assert chats.from_wire(OLD, {"datasets": 5}) == {"datasets": 5}
    chat = structure(
        chats.from_wire(NEW, {"llm_id": "m", "llm_setting": "x", "prompt_config": [1]}), ChatData
    )
    assert chats.from_wire(NEW, {"prompt_config": {"system": "p"}}) == {
        "llm": {},
        "prompt": {"prompt": "p"},
    }
    assert chat.extra == {"llm_setting": "x", "prompt_config": [1]}
    assert chat.llm.model_name == "m"


def test_two_values_of_top_k_are_both_kept() -> None:
    """The list of older servers tells it beside the prompt."""
    beside = chats.from_wire(OLD, {"top_k": 5, "prompt": {}})
    assert beside == {"prompt": {"top_k": 5}}
    both = structure(chats.from_wire(OLD, {"top_k": 5, "prompt": {"top_k": 6}}), ChatData)
    assert (both.prompt.top_k, both.extra) == (6, {"top_k": 5})


RECORDED = [
    *successes("POST", "/chats"),
    *successes("GET", "/chats"),
    *[
        item
        for item in [*successes("GET", ""), *successes("PUT", ""), *successes("PATCH", "")]
        if item.path.startswith("/chats/") and item.path.count("/") == 2 and item.json.get("data")
    ],
]
PLACES = {
    **{f"prompt_config.{theirs}": ours for ours, theirs in chats.IN_PROMPT_CONFIG.items()},
    **{theirs: ours for ours, theirs in chats.BESIDE_PROMPT_CONFIG.items()},
}


@pytest.mark.parametrize("recording", RECORDED, ids=str)
def test_recorded_chats(recording: Recording) -> None:
    """Chats of both schemas lose no field, whatever its place."""
    items, _ = recording.reply().listing("chats")
    wires = items if isinstance(items, list) else [recording.json["data"]]
    for wire in wires:
        chat = structure(chats.from_wire(recording.dialect, wire), ChatData)
        rest = dict(wire)
        assert chat.dataset_ids == (
            rest.get("dataset_ids") or [item["id"] for item in rest.get("datasets", [])]
        )
        if recording.dialect.new_chat_schema:
            assert rest.pop("icon") == chat.avatar
            assert rest.pop("llm_id") == chat.llm.model_name
            assert_nothing_lost(rest.pop("llm_setting"), chat.llm)
            config = rest.pop("prompt_config")
            for key in config:
                name = PLACES.get(f"prompt_config.{key}", key)
                assert chat.prompt.to_dict()[name] == config[key], key
            for theirs, ours in PLACES.items():
                if theirs in rest:
                    assert getattr(chat.prompt, ours) == rest.pop(theirs)
            weight = rest.pop("vector_similarity_weight")
            assert chat.prompt.keywords_similarity_weight == pytest.approx(1 - weight)
        elif "top_k" in rest:
            assert chat.prompt.top_k == rest.pop("top_k")
        assert_nothing_lost(rest, chat)
