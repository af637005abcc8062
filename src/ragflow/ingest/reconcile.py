"""What is to be done about a file, from what the scan, the ledger and the server know about it."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from attrs import frozen

from .._protocol.uploads import has_number
from ..models import Outcome, RunStatus
from .inventory import Known
from .items import FileState, Row
from .versions import versions

__all__ = [
    "CHANGED",
    "OTHER_FILE",
    "SEND",
    "Decision",
    "Policy",
    "Step",
    "after_reading",
    "decide",
    "holds",
    "is_suspect",
    "is_told_by_name",
    "may_hold",
]

MAX_PARSES = 3
REPAIRED_SUFFIXES = (".pdf",)  # servers may mend such a file, so its digest is another
UNCHANGED = "unchanged"
ALREADY_THERE = "the server has it already"
CHANGED = 'changed since it was stored; on_conflict="replace" sends it again'
OTHER_FILE = "the dataset has another file of this name"


class Step(Enum):
    """What comes next for a file."""

    SEND = "send it"
    READ = "read it to see whether it changed"
    COMPARE = "read it to see whether a document is the same"
    PARSE = "have the document parsed"
    END = "nothing"


@frozen
class Policy:
    """What the caller wants.

    Attributes:
        parse: Whether documents are to be parsed.
        changed: What to do about a file that changed since this ledger stored it.
        taken: What to do about a name that another document has.
    """

    parse: bool
    changed: str
    taken: str


@frozen
class Decision:
    """The next step for a file.

    Attributes:
        step: The step.
        document: The document that the file turned out to be.
        replaces: The document that gives way once the file is stored.
        outcome: With ``Step.END``: what became of the file.
        reason: Why.
    """

    step: Step
    document: Known | None = None
    replaces: str = ""
    outcome: Outcome = Outcome.SKIPPED
    reason: str = ""


SEND = Decision(Step.SEND)


def decide(
    row: Row,
    own: Known | None,
    variants: Sequence[Known],
    policy: Policy,
    *,
    shared: bool = False,
) -> Decision:
    """The next step for a file that was just scanned.

    Args:
        row: What the ledger knows.
        own: The row's document as it is on the server, if it is.
        variants: What has the row's name on the server, or the name with a number, and is no other
            file's document.
        policy: What the caller wants.
        shared: Whether another file may be stored under the same names.
    """
    if row.found is None:
        raise ValueError(f"{row.path} was not scanned")
    if row.state is FileState.QUARANTINED and not row.changed:
        return Decision(Step.END, outcome=Outcome.QUARANTINED, reason=row.reason)
    if row.state is FileState.SENDING:  # what document it had says nothing about what was sent
        own = _recovered(row, variants)
        if own is None and row.replaces:
            return Decision(Step.SEND, replaces=row.replaces)
        # It was sent in spite of what was there then, and of what nobody can tell from it: a copy
        # is found later.
        variants = [
            known
            for known in variants
            if known.create_time > row.doubted
            and not any(is_suspect(version, known) for version in versions(row))
        ]
    if own is None:
        return _by_name(row, variants, policy, shared)
    if row.found.stamp and not row.changed:
        return _kept(row, own, policy, UNCHANGED)
    if row.found.size == row.size and row.digest:
        return Decision(Step.READ, own)
    return _changed(own, policy)


def may_hold(name: str, content_hash: str, digest: str) -> bool:
    """Whether a document may have these contents, as far as the server tells."""
    if not (content_hash and digest) or name.lower().endswith(REPAIRED_SUFFIXES):
        return True
    return content_hash == digest


def after_reading(row: Row, own: Known, digest: str, policy: Policy) -> Decision:
    """The next step for a file whose contents had to be looked at."""
    if own.id != row.document_id:
        if digest == (own.content_hash or row.digest):
            return _kept(row, own, policy, ALREADY_THERE)
        return _taken(own, policy)
    if digest == row.digest:
        return _kept(row, own, policy, UNCHANGED)
    return _changed(own, policy)


def is_suspect(row: Row, known: Known) -> bool:
    """Whether a document may be a file that was being sent, as far as a list of them tells."""
    if known.create_time <= row.doubted or known.id == row.replaces:
        return False
    return known.size == row.size and may_hold(known.name, known.content_hash, row.digest)


def is_told_by_name(row: Row, known: Known) -> bool:
    """Whether a document that may be a file that was being sent can be nothing else.

    Servers make a name with a number of others, so it tells nothing; nor does a name that another
    document had before, or under which other contents were sent.
    """
    is_plain = not (row.replaces or row.earlier or has_number(row.name))
    return is_plain and known.name == row.name


def holds(known: Known, digest: str) -> bool:
    """Whether it is certain that a document has these contents."""
    return bool(digest) and known.content_hash == digest


def _recovered(row: Row, variants: Sequence[Known]) -> Known | None:
    """The document of a file that was being sent when an earlier job ended."""
    since = [
        known
        for known in variants
        if is_suspect(row, known) and (is_told_by_name(row, known) or holds(known, row.digest))
    ]
    since.sort(key=lambda known: known.name != row.name)
    return since[0] if since else None


def _by_name(row: Row, variants: Sequence[Known], policy: Policy, shared: bool) -> Decision:
    """The next step for a file that the ledger has no document of."""
    if not variants:
        return SEND
    size = 0 if row.found is None else row.found.size
    named = [known for known in variants if known.name == row.name]
    if not named:
        return SEND
    alike = [known for known in variants if known.size == size]
    if row.state is FileState.SENDING:
        alike = [known for known in alike if may_hold(known.name, known.content_hash, row.digest)]
    same = [known for known in alike if known.name == row.name]
    if not same and policy.taken == "rename" and row.state is not FileState.SENDING:
        same = alike
    if same:
        if shared:
            return Decision(Step.COMPARE, same[0])
        return _kept(row, same[0], policy, ALREADY_THERE)
    return _taken(named[0], policy)


def _kept(row: Row, own: Known, policy: Policy, reason: str) -> Decision:
    if policy.parse and own.run is not RunStatus.DONE:
        if own.run is RunStatus.FAIL and row.attempts >= MAX_PARSES:
            return Decision(Step.END, own, outcome=Outcome.QUARANTINED, reason=row.reason)
        return Decision(Step.PARSE, own)
    return Decision(Step.END, own, reason=reason)


def _taken(other: Known, policy: Policy) -> Decision:
    if policy.taken == "skip":
        return Decision(Step.END, reason=OTHER_FILE)
    return Decision(Step.SEND, replaces=other.id if policy.taken == "replace" else "")


def _changed(own: Known, policy: Policy) -> Decision:
    if policy.changed == "skip":
        return Decision(Step.END, own, reason=CHANGED)
    if policy.changed == "replace":
        return Decision(Step.SEND, own, replaces=own.id)
    return Decision(Step.SEND, own)
