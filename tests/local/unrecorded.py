"""Steps between the recordings that are needed for what follows them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Step:
    """A request without a recorded answer.

    Attributes:
        n: Where it stands in the order of the recordings.
        method: The HTTP method.
        path: The path below ``/api/v1``, with recorded ids.
        json: The JSON body.
        file: Name and content of a file to upload instead.
        stands_for: The recorded ids that the answer's ``id`` values stand for, in their order.
    """

    n: int
    method: str
    path: str
    json: Any = None
    file: tuple[str, bytes] | None = None
    stands_for: list[str] = field(default_factory=list)


def _steps(alpha: str, gamma: str, beta: str, big: str, text: str, broken: str) -> list[Step]:
    return [
        Step(
            20,
            "POST",
            "/datasets",
            {"name": 'beta ☃ "q"', "description": "d", "chunk_method": "qa"},
            stands_for=[beta],
        ),
        Step(44, "POST", "/datasets", {"name": "cs é"}),
        Step(76, "POST", f"/datasets/{alpha}/documents", file=("empty.txt", b"")),
        Step(124, "POST", f"/datasets/{alpha}/chunks", {"document_ids": [text]}),
        Step(
            136,
            "POST",
            f"/datasets/{alpha}/documents",
            file=("broken.docx", b"not a docx at all"),
            stands_for=[broken],
        ),
        Step(140, "POST", f"/datasets/{gamma}/chunks", {"document_ids": [big]}),
    ]


STEPS = {
    "0.17.2": [
        *_steps(
            alpha="ad3a9624e6e211f1a3d202fc00000001",
            gamma="ad45f514e6e211f1a76802fc00000001",
            beta="ad41a4e6e6e211f1a6a002fc00000001",
            big="c926c966e6e211f1b2bb02fc00000001",
            text="ae1b5a1ae6e211f1b4ee02fc00000001",
            broken="c876f4dce6e211f1a0ef02fc00000001",
        ),
        Step(
            224,
            "DELETE",
            "/datasets/ad3a9624e6e211f1a3d202fc00000001/documents",
            {
                "ids": [
                    "ae286a8ee6e211f1bb1c02fc00000001",
                    "ae30a578e6e211f1bb1c02fc00000001",
                    "ae40032ee6e211f18e7c02fc00000001",
                    "ae4ac21ee6e211f1916602fc00000001",
                    "ae72a40ae6e211f1ad7402fc00000001",
                    "c876f4dce6e211f1a0ef02fc00000001",
                ]
            },
        ),
        Step(
            268,
            "POST",
            "/chats/e46560fce6e211f1936c02fc00000001/sessions",
            {"name": "s1"},
            stands_for=["e4a76704e6e211f1b40a02fc00000001"],
        ),
        Step(
            304,
            "POST",
            "/chats/e466d9d2e6e211f196cd02fc00000001/sessions",
            {"name": "s"},
            stands_for=["e7c3c0fee6e211f190f302fc00000001"],
        ),
    ],
    "0.22.1": [
        *_steps(
            alpha="8379723ee6e111f1bb5302fc00000001",
            gamma="838188dee6e111f1bb5302fc00000001",
            beta="837d7046e6e111f1bb5302fc00000001",
            big="8ee72ea4e6e111f1bb5302fc00000001",
            text="8429df52e6e111f1bb5302fc00000001",
            broken="8c9d76dae6e111f1bb5302fc00000001",
        ),
        Step(
            224,
            "POST",
            "/chats",
            {
                "name": "full",
                "dataset_ids": ["8379723ee6e111f1bb5302fc00000001"],
                "prompt": {"prompt": "Use this: {knowledge}", "empty_response": ""},
            },
            stands_for=["97be986ee6e111f1bb5302fc00000001"],
        ),
        Step(228, "POST", "/chats", {"name": 3}),
        Step(
            252,
            "PUT",
            "/chats/97b81b06e6e111f1bb5302fc00000001",
            {"dataset_ids": ["8379723ee6e111f1bb5302fc00000001"]},
        ),
        Step(
            436,
            "DELETE",
            "/datasets/8379723ee6e111f1bb5302fc00000001/documents",
            {"ids": ["84315e94e6e111f1bb5302fc00000001"]},
        ),
    ],
    "0.27.0": [
        *_steps(
            alpha="0477a582e6e111f18af102fc00000001",
            gamma="047cea42e6e111f18af102fc00000001",
            beta="0479eef0e6e111f18af102fc00000001",
            big="11990e22e6e111f1a31602fc00000001",
            text="0503cee0e6e111f1ac5a02fc00000001",
            broken="0ef4ab40e6e111f1a26c02fc00000001",
        ),
        Step(
            224,
            "POST",
            "/chats",
            {"name": "full", "dataset_ids": ["0477a582e6e111f18af102fc00000001"]},
            stands_for=["2558f9aee6e111f18af102fc00000001"],
        ),
        Step(472, "DELETE", "/chats", {"ids": ["2554cc3ae6e111f18af102fc00000001"]}),
    ],
}
