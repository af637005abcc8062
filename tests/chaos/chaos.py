"""Ingests a folder into a faulty server, kills client and server at random, checks the outcome.

Run ``python tests/chaos/chaos.py --files 20000 --seed 1 --kills 30``. It prints what happened, and
the bytes the server received against those that were needed; it ends with 1 if anything is wrong.
"""

from __future__ import annotations

import argparse
import asyncio
import platform
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from attrs import frozen

sys.path.insert(0, str(Path(__file__).parent))
from accounts import Accounts
from checking import check
from running import Run
from tree import make_tree

from ragflow import RAGFlow, RAGFlowError
from ragflow.testing import Faults, LocalServer

DATASET = "kb_chaos"
ALLOWED_AGAIN = 0.05  # of the bytes needed


@frozen(kw_only=True)
class Plan:
    """How large the chaos is.

    Attributes:
        files: How many files there are.
        seed: Draws the files, the faults and the kills.
        kills: How often the client is killed, at most.
        restarts: How often the server is killed and started again.
        parse: Whether the documents are parsed.
        version: The RAGFlow version of the server.
        refuse: Whether the server refuses concurrent forms, as v0.27.0 does.
        latency: Seconds that each request takes longer.
        largest: MiB of a large file, at most.
        harder: How many times as often something goes wrong.
        bound: Seconds in which a run of the client must end.
    """

    files: int
    seed: int
    kills: int
    restarts: int = 1
    parse: bool = False
    version: str = "0.27.0"
    refuse: bool = False
    latency: float = 0.0
    largest: int = 12
    harder: float = 1.0
    bound: float = 120.0

    @property
    def faults(self) -> Faults:
        """What goes wrong at the server."""
        return Faults(
            seed=1000 * self.seed,
            error_rate=0.05 * self.harder,
            reset_before=0.005 * self.harder,
            reset_after=0.005 * self.harder,
            truncated=0.005 * self.harder,
            partial_upload=0.005 * self.harder,
            late_store=0.0025 * self.harder,
            late_by=0.7,
            latency=self.latency,
            refuse_concurrent_forms=self.refuse,
        )


class Chaos:
    """One chaos run.

    Args:
        plan: How large it is.
        place: An empty folder for files, ledger and the server's data.
    """

    def __init__(self, plan: Plan, place: Path) -> None:
        self.plan = plan
        self.problems: list[str] = []
        self.runs = self.kills = self.restarts = 0
        self.seconds = 0.0
        self._draw = random.Random(f"chaos {plan.seed}")
        self._folder = place / "files"
        self._ledger = place / "ledger.db"
        self._data = place / "server.db"
        self._folder.mkdir()
        make_tree(self._folder, plan.files, plan.seed, plan.largest << 20)
        self.accounts = Accounts(self._folder)
        self._settled = self._sent = 0  # by the runs so far
        self._restarts = sorted(
            self._draw.uniform(0.05, 0.9) * self.accounts.contents for _ in range(plan.restarts)
        )

    def run(self) -> None:
        """Does all of it."""
        plan = self.plan
        with LocalServer(self._data, version=plan.version, faults=plan.faults) as self._server:
            self._make_dataset()
            begun = time.monotonic()
            while self._interrupted():
                pass
            self.seconds = time.monotonic() - begun
            time.sleep(plan.faults.late_by + 1)
            self.accounts.add(self._server.fault_report())
            key = self._server.api_key
        with LocalServer(self._data, version=plan.version, api_key=key) as clean:
            self.problems += asyncio.run(
                check(clean, DATASET, self._folder, self._ledger, parsed=plan.parse)
            )
        if self.accounts.resent > ALLOWED_AGAIN * self.accounts.needed:
            self.problems.append(f"sent again: {self.accounts.share(self.accounts.resent)}")

    def _make_dataset(self) -> None:
        with RAGFlow(self._server.api_key, self._server.base_url, max_retries=9) as rag:
            while DATASET not in {dataset.name for dataset in rag.iter_datasets()}:
                with suppress(RAGFlowError):
                    rag.create_dataset(DATASET)

    def _interrupted(self) -> bool:
        """Runs the client to its end, or until it is killed; whether it was killed."""
        self.runs += 1
        options = {"ledger": str(self._ledger), "parse": self.plan.parse}
        place = (DATASET, self._folder, options)
        with Run(self._server, *place, is_async=self.runs % 2 == 1) as client:
            is_doomed = self._doom()
            killed = False
            while client.is_running and not killed:
                if client.seconds > self.plan.bound:
                    where = f"{client.state}: {client.stacks()}"
                    self.problems.append(f"run {self.runs} hung at {where}")
                    client.kill()
                    return False
                if is_doomed(client):
                    time.sleep(self._draw.uniform(0, 0.05))
                    killed = client.kill()
                elif self._restarts and self._sent + client.sent > self._restarts[0]:
                    self._restart_server()
                else:
                    time.sleep(0.003)
            if killed:
                self.accounts.orphan(self._server.fault_report())
            self._settled += client.settled
            self._sent += client.sent
            self.kills += killed
            if not killed:
                self._judge(*client.ended())
            return killed

    def _doom(self) -> Callable[[Run], bool]:
        """When to kill a run: after a time, or after a share of what is left to do."""
        left = self.plan.kills - self.kills
        if left <= 0:
            return lambda client: False
        how = self._draw.choice(["seconds", "sent", "sent", "settled"])
        share = self._draw.uniform(0, 2) / (left + 1)
        if how == "seconds":
            seconds = self._draw.uniform(0.2, 2.0)
            return lambda client: client.seconds > seconds
        if how == "sent":
            size = share * (self.accounts.contents - self._sent)
            return lambda client: client.sent > size
        number = share * (self.plan.files - self._settled)
        return lambda client: client.settled > number

    def _restart_server(self) -> None:
        self._restarts.pop(0)
        self.restarts += 1
        self.accounts.add(self._server.fault_report())
        self._server.kill()
        time.sleep(self._draw.uniform(0, 1))
        self._server.restart()

    def _judge(self, state: dict[str, Any], complaints: str) -> None:
        """Looks at the report of the last run."""
        if complaints:
            self.problems.append(f"run {self.runs} ended with {complaints}")
            return
        files = self.plan.files
        if not state["ok"]:
            self.problems.append(f"not ok: {state['counts']}, {state['failures']}")
        numbers = {state["ended"], sum(state["counts"].values()), state["results"]}
        if numbers != {files} or state["vanished"]:
            self.problems.append(f"wrong statistics: {state}")

    def lines(self) -> list[str]:
        """What happened."""
        plan = self.plan
        return [
            f"seed {plan.seed}, {plan.files} files, parse={plan.parse}, server {plan.version}, "
            f"refuse={plan.refuse}, latency={plan.latency}, harder={plan.harder}; "
            f"{platform.platform()}, Python {platform.python_version()}",
            f"{self.seconds:.1f} s in {self.runs} runs, {self.kills} kills of the client, "
            f"{self.restarts} of the server",
            *self.accounts.lines(),
            *(f"PROBLEM: {problem}" for problem in self.problems),
            "all is well" if not self.problems else "NOT WELL",
        ]


def main() -> int:
    """Runs chaos as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=1, help="how many runs, from --seed on")
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--restarts", type=int, default=1)
    parser.add_argument("--parse", action="store_true")
    parser.add_argument("--version", default="0.27.0")
    parser.add_argument("--refuse", action="store_true", help="the server takes one form at a time")
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--largest", type=int, default=12, help="MiB of a large file, at most")
    parser.add_argument("--harder", type=float, default=1.0, help="so many times the faults")
    parser.add_argument("--bound", type=float, default=120.0, help="seconds for a run")
    parser.add_argument("--keep", type=Path, help="where to leave files, ledger and server data")
    given = vars(parser.parse_args())
    seeds, keep = given.pop("seeds"), given.pop("keep")
    failed = []
    for seed in range(given["seed"], given["seed"] + seeds):
        place = Path(tempfile.mkdtemp(prefix=f"chaos-{seed}-", dir=keep))
        chaos = Chaos(Plan(**{**given, "seed": seed}), place)
        chaos.run()
        print("\n".join(chaos.lines()), flush=True)
        if chaos.problems:
            failed.append(seed)
        if not (keep and chaos.problems):
            shutil.rmtree(place)
    if seeds > 1:
        print(f"{seeds} seeds, failed: {failed or 'none'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
