"""Faults that an embedded server commits on purpose, drawn from a seed."""

from __future__ import annotations

import json
import random
import re
from http import HTTPStatus
from typing import Any, Self

import attrs
from attrs import field, frozen, validators

REPORT_PATH = "/faults"
STATUSES = frozenset(status.value for status in HTTPStatus if status >= HTTPStatus.BAD_REQUEST)
PERHAPS_STORED = frozenset({500, 502, 504})


def _rate(default: float = 0.0) -> Any:
    """A field that holds a probability."""
    return field(default=default, validator=[validators.ge(0), validators.le(1)])


def _seconds(default: float = 0.0) -> Any:
    return field(default=default, validator=validators.ge(0))


@frozen
class Strike:
    """What happens to one request.

    Attributes:
        kind: The fault, by the name that reports count it under.
        status: The HTTP status of an error answer.
        handled: Whether the request behind an error answer is acted upon all the same.
        part: How much of the request body arrives before a reset, from 0 to 1.
    """

    kind: str
    status: int
    handled: bool
    part: float


@frozen(kw_only=True)
class Faults:
    """What goes wrong at an embedded server, and how often; by default nothing.

    The rates are probabilities from 0 to 1. At most one of these faults strikes a request, so
    their sum is at most 1. What strikes the n-th request depends on nothing but `seed` and n: calls
    made one after the other meet the same faults in every run. Of calls made at the same time,
    chance decides which is the n-th.

    Attributes:
        seed: Another seed draws other requests.
        error_rate: How often an error is answered, with one of `error_statuses`.
        error_statuses: HTTP statuses of these answers. 500 comes as JSON with the code 500, all
            others come as the HTML page of a proxy.
        retry_after: Seconds to wait, told with 429 and 503 in ``Retry-After``; None tells nothing.
        stored_anyway: How many of the requests answered with 500, 502 or 504 are acted upon all
            the same. Those with another status never are.
        reset_before: How often the connection is reset while the request arrives; for requests
            with a body, somewhere in the middle of it. Nothing is acted upon.
        reset_after: How often the connection is reset instead of an answer, after the request was
            acted upon.
        truncated: How often the body of an answer ends in the middle, after the request was acted
            upon.
        partial_upload: How often only the first half of an upload form's files is stored and the
            others are refused with the code 500. Strikes only forms of two files or more.
        late_store: How often 504 is answered at once and the request is acted upon later.
        late_by: How much later, in seconds.
        latency: Seconds that every request takes longer.
        refuse_concurrent_forms: Whether an upload form is refused, with the code 100 and nothing
            stored, if it arrives while another form into the same dataset is being handled.
            Servers of v0.27.0 were seen to do so.
        only: A regular expression, looked for in ``"METHOD /path"``, for example
            ``"^POST .*/documents$"``. Requests without it meet no drawn fault and no latency, and
            do not count for `seed`. The default strikes all requests, even those by which clients
            find out the server's version.

    Raises:
        ValueError: If a value is out of its range.
    """

    seed: int = 0
    error_rate: float = _rate()
    error_statuses: tuple[int, ...] = field(
        default=(429, 500, 502, 504),
        converter=tuple,
        validator=[validators.min_len(1), validators.deep_iterable(validators.in_(STATUSES))],
    )
    retry_after: float | None = field(default=None, validator=validators.optional(validators.ge(0)))
    stored_anyway: float = _rate(0.5)
    reset_before: float = _rate()
    reset_after: float = _rate()
    truncated: float = _rate()
    partial_upload: float = _rate()
    late_store: float = _rate()
    late_by: float = _seconds(1.0)
    latency: float = _seconds()
    refuse_concurrent_forms: bool = False
    only: str = ""

    def __attrs_post_init__(self) -> None:
        if sum(self._rates().values()) > 1:
            raise ValueError("the rates of all faults together are more than 1")
        try:
            re.compile(self.only)
        except re.error as error:
            raise ValueError(f"only={self.only!r} is no regular expression: {error}") from None

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what :meth:`to_json` wrote; fields may be missing.

        Raises:
            ValueError: If it is something else.
        """
        try:
            return cls(**json.loads(text))
        except (TypeError, ValueError) as error:
            raise ValueError(f"these are no faults: {error}") from error

    def to_json(self) -> str:
        """Write all fields as a JSON object."""
        return json.dumps(attrs.asdict(self))

    def strike(self, number: int) -> Strike | None:
        """The fault that strikes a request; None if it is spared.

        Args:
            number: Which of the server's requests it is; the first one is 0.
        """
        draw = random.Random(f"{self.seed} {number}")  # noqa: S311 - nothing secret
        lot, part = draw.random(), draw.random()
        status = draw.choice(self.error_statuses)
        handled = status in PERHAPS_STORED and draw.random() < self.stored_anyway
        for kind, rate in self._rates().items():
            if lot < rate:
                return Strike(kind, status, handled, part)
            lot -= rate
        return None

    def _rates(self) -> dict[str, float]:
        return {
            "error": self.error_rate,
            "reset_before": self.reset_before,
            "reset_after": self.reset_after,
            "truncated": self.truncated,
            "partial_upload": self.partial_upload,
            "late_store": self.late_store,
        }


@frozen(kw_only=True)
class FaultReport:
    """What a server with faults has seen and done since its start.

    Attributes:
        requests: How many requests the faults could have struck.
        struck: How often each fault struck. Error answers are told apart by their status, as in
            ``error_502``; refusals of concurrent forms are ``refused_form``.
        uploads: How many upload forms began to arrive.
        upload_bytes: How many bytes of them the server read.
        lost_bytes: How many of these were in vain, since their files were not stored: by the fault
            that struck, or ``disconnected`` where the client went away.
        open_bytes: How many belong to forms that the server is still at.
    """

    requests: int
    struck: dict[str, int]
    uploads: int
    upload_bytes: int
    lost_bytes: dict[str, int]
    open_bytes: int
