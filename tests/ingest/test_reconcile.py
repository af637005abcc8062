"""What is decided about a file, case by case."""

from __future__ import annotations

import pytest
from attrs import evolve

from ingest.parcels import found, known, row, sending
from ragflow.ingest.inventory import Known
from ragflow.ingest.items import FileState, Row
from ragflow.ingest.reconcile import (
    ALREADY_THERE,
    CHANGED,
    MAX_PARSES,
    OTHER_FILE,
    UNCHANGED,
    Decision,
    Policy,
    Step,
    after_reading,
    decide,
)
from ragflow.models import Outcome, RunStatus

PARSE, STORE = True, False


def policy(conflict: str = "skip", parse: bool = STORE, taken: str | None = None) -> Policy:
    """What a caller wants."""
    return Policy(parse, changed=conflict, taken=taken or conflict)


def new(**more: object) -> Row:
    """A file that the ledger sees for the first time."""
    return row(**{"state": FileState.FOUND, "digest": "", "created": True, **more})


def stored(**more: object) -> Row:
    """A file that the ledger has stored as document d1."""
    return row(**{"state": FileState.STORED, "document_id": "d1", **more})


def changed(**more: object) -> Row:
    """A stored file that has another size now."""
    return stored(**{"found": found(size=9, stamp="2"), "changed": True, **more})


def touched(**more: object) -> Row:
    """A stored file that has another time of change, and its old size."""
    return stored(**{"found": found(stamp="2"), "changed": True, **more})


OTHER = known("x", size=99)  # another file of the same name
SAME = known("x")
NUMBERED = known("x", "a(1).txt")
RECOVERED = known("r", create_time=300)
NUMBERED = known("r", "a(1).txt", create_time=300, content_hash="d")

CASES = {
    "new": (new(), None, [], policy(), Decision(Step.SEND)),
    "new, the name and size are there": (
        new(),
        None,
        [SAME],
        policy(),
        Decision(Step.END, SAME, reason=ALREADY_THERE),
    ),
    "new, the same is there under replace too": (
        new(),
        None,
        [SAME],
        policy("replace"),
        Decision(Step.END, SAME, reason=ALREADY_THERE),
    ),
    "new, the name is taken, skip": (
        new(),
        None,
        [OTHER],
        policy("skip"),
        Decision(Step.END, reason=OTHER_FILE),
    ),
    "new, the name is taken, replace": (
        new(),
        None,
        [OTHER],
        policy("replace"),
        Decision(Step.SEND, replaces="x"),
    ),
    "new, the name is taken, rename": (new(), None, [OTHER], policy("rename"), Decision(Step.SEND)),
    "new, the name is taken, a mirror": (
        new(),
        None,
        [OTHER],
        policy("replace", taken="skip"),
        Decision(Step.END, reason=OTHER_FILE),
    ),
    "new, renamed by an earlier run without a ledger": (
        new(),
        None,
        [OTHER, known("y", "a(1).txt")],
        policy("rename"),
        Decision(Step.END, known("y", "a(1).txt"), reason=ALREADY_THERE),
    ),
    "new, only a numbered one is there": (new(), None, [NUMBERED], policy(), Decision(Step.SEND)),
    "new, there but not parsed": (
        new(),
        None,
        [known("x", run=RunStatus.UNSTART)],
        policy(parse=PARSE),
        Decision(Step.PARSE, known("x", run=RunStatus.UNSTART)),
    ),
    "unchanged": (
        stored(),
        known(),
        [],
        policy(),
        Decision(Step.END, known(), reason=UNCHANGED),
    ),
    "unchanged, parsed": (
        stored(),
        known(),
        [],
        policy(parse=PARSE),
        Decision(Step.END, known(), reason=UNCHANGED),
    ),
    "unchanged, not yet parsed": (
        stored(),
        known(run=RunStatus.UNSTART),
        [],
        policy(parse=PARSE),
        Decision(Step.PARSE, known(run=RunStatus.UNSTART)),
    ),
    "unchanged, being parsed": (
        stored(),
        known(run=RunStatus.RUNNING),
        [],
        policy(parse=PARSE),
        Decision(Step.PARSE, known(run=RunStatus.RUNNING)),
    ),
    "unchanged, its parsing failed": (
        stored(attempts=1),
        known(run=RunStatus.FAIL),
        [],
        policy(parse=PARSE),
        Decision(Step.PARSE, known(run=RunStatus.FAIL)),
    ),
    "unchanged, its parsing failed too often": (
        stored(attempts=MAX_PARSES, reason="no text in it"),
        known(run=RunStatus.FAIL),
        [],
        policy(parse=PARSE),
        Decision(
            Step.END,
            known(run=RunStatus.FAIL),
            outcome=Outcome.QUARANTINED,
            reason="no text in it",
        ),
    ),
    "unchanged, parsing not asked for": (
        stored(),
        known(run=RunStatus.FAIL),
        [],
        policy(),
        Decision(Step.END, known(run=RunStatus.FAIL), reason=UNCHANGED),
    ),
    "unchanged, its document was deleted": (stored(), None, [], policy(), Decision(Step.SEND)),
    "changed, skip": (
        changed(),
        known(),
        [],
        policy("skip"),
        Decision(Step.END, known(), reason=CHANGED),
    ),
    "changed, replace": (
        changed(),
        known(),
        [],
        policy("replace"),
        Decision(Step.SEND, known(), replaces="d1"),
    ),
    "changed, rename": (changed(), known(), [], policy("rename"), Decision(Step.SEND, known())),
    "touched": (touched(), known(), [], policy(), Decision(Step.READ, known())),
    "touched, never read": (
        touched(digest=""),
        known(),
        [],
        policy("replace"),
        Decision(Step.SEND, known(), replaces="d1"),
    ),
    "contents in memory": (
        stored(stamp="", found=found(stamp="")),
        known(),
        [],
        policy(),
        Decision(Step.READ, known()),
    ),
    "quarantined": (
        row(state=FileState.QUARANTINED, reason="refused"),
        None,
        [],
        policy(),
        Decision(Step.END, outcome=Outcome.QUARANTINED, reason="refused"),
    ),
    "quarantined, then changed": (
        row(state=FileState.QUARANTINED, found=found(size=9), changed=True),
        None,
        [],
        policy(),
        Decision(Step.SEND),
    ),
    "in doubt, nothing came of it": (sending(), None, [], policy(), Decision(Step.SEND)),
    "in doubt, found": (
        sending(),
        None,
        [RECOVERED],
        policy(),
        Decision(Step.END, RECOVERED, reason=UNCHANGED),
    ),
    "in doubt, found under a number": (
        sending(),
        None,
        [OTHER, NUMBERED],
        policy("rename"),
        Decision(Step.END, NUMBERED, reason=UNCHANGED),
    ),
    "in doubt, found under a number, but who knows its bytes": (
        sending(),
        None,
        [OTHER, evolve(NUMBERED, content_hash="")],
        policy("rename"),
        Decision(Step.SEND),
    ),
    "in doubt, who knows what bytes were sent": (
        sending(digest=""),
        None,
        [NUMBERED],
        policy(),
        Decision(Step.SEND),
    ),
    "in doubt, its own name has a number": (
        evolve(sending(), name="a(1).txt"),
        None,
        [evolve(NUMBERED, content_hash="")],
        policy("rename"),
        Decision(Step.SEND),
    ),
    "in doubt, found, to be parsed": (
        sending(),
        None,
        [known("r", create_time=300, run=RunStatus.UNSTART)],
        policy(parse=PARSE),
        Decision(Step.PARSE, known("r", create_time=300, run=RunStatus.UNSTART)),
    ),
    "in doubt, found, but changed since": (
        sending(found=found(size=9, stamp="2"), changed=True),
        None,
        [RECOVERED],
        policy("replace"),
        Decision(Step.SEND, RECOVERED, replaces="r"),
    ),
    "in doubt, found, but touched since": (
        sending(found=found(stamp="2"), changed=True),
        None,
        [RECOVERED],
        policy(),
        Decision(Step.READ, RECOVERED),
    ),
    "in doubt, what is there is older": (
        sending(),
        None,
        [known("old", size=99)],
        policy("skip"),
        Decision(Step.SEND),
    ),
    "in doubt with a replacement, not found": (
        sending(replaces="d1", document_id="d1"),
        known("d1", size=4),
        [known("d1", size=4)],
        policy("replace"),
        Decision(Step.SEND, replaces="d1"),
    ),
    "in doubt with a replacement, found": (
        sending(replaces="d1", document_id="d1"),
        known("d1"),
        [known("d1"), NUMBERED],
        policy("replace"),
        Decision(Step.END, NUMBERED, reason=UNCHANGED),
    ),
    "in doubt with a replacement, the old one is not taken for the new one": (
        sending(replaces="d1", document_id="d1"),
        known("d1", create_time=300),
        [known("d1", create_time=300)],
        policy("replace"),
        Decision(Step.SEND, replaces="d1"),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_decision(case: str) -> None:
    """The next step for a file follows from what ledger, scan and server know."""
    item, own, variants, wanted, decision = CASES[case]
    assert decide(item, own, variants, wanted) == decision


def test_a_row_that_was_not_scanned() -> None:
    """Nothing can be decided about a file that nobody looked at."""
    with pytest.raises(ValueError, match="not scanned"):
        decide(row(found=None), None, [], policy())


READ = {
    "the same": (known(), "d", policy("replace"), Decision(Step.END, known(), reason=UNCHANGED)),
    "the same, to be parsed": (
        known(run=RunStatus.UNSTART),
        "d",
        policy(parse=PARSE),
        Decision(Step.PARSE, known(run=RunStatus.UNSTART)),
    ),
    "another, skip": (
        known(),
        "e",
        policy("skip"),
        Decision(Step.END, known(), reason=CHANGED),
    ),
    "another, replace": (
        known(),
        "e",
        policy("replace"),
        Decision(Step.SEND, known(), replaces="d1"),
    ),
    "another, rename": (known(), "e", policy("rename"), Decision(Step.SEND, known())),
}


@pytest.mark.parametrize("case", READ)
def test_after_reading(case: str) -> None:
    """The contents decide where the time of the last change could not."""
    own, digest, wanted, decision = READ[case]
    assert after_reading(stored(), own, digest, wanted) == decision


def test_the_name_itself_is_preferred() -> None:
    """Of two documents that may be the file, the one with its very name is taken."""
    both: list[Known] = [
        known("n", "a(1).txt", create_time=400),
        known("r", create_time=300),
    ]
    assert decide(sending(), None, both, policy()).document == both[1]


@pytest.mark.parametrize("taken", ["skip", "replace", "rename"])
def test_a_name_that_files_share_is_compared(taken: str) -> None:
    """Where another file may have been stored under a name, its size does not do."""
    item, there = row(document_id="", digest=""), [known(content_hash="e")]
    assert decide(item, None, there, policy(taken), shared=True) == Decision(Step.COMPARE, there[0])
    assert decide(item, None, there, policy(taken)).reason == ALREADY_THERE
    same = after_reading(item, there[0], "e", policy(taken))
    assert same == Decision(Step.END, there[0], reason=ALREADY_THERE)
    other = after_reading(item, there[0], "f", policy(taken))
    if taken == "skip":
        assert other == Decision(Step.END, reason=OTHER_FILE)
    else:
        assert other == Decision(Step.SEND, replaces="d1" if taken == "replace" else "")
