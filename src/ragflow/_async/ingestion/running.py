"""Where a job runs: in a thread of its own, if nothing ties it to the caller's event loop."""

from __future__ import annotations

# async-only: start
from collections.abc import Callable

from anyio.from_thread import BlockingPortal
from attrs import evolve

from ..._twins import async_beside

# async-only: end
from ...ingest.options import IngestOptions
from ...models import DatasetData, IngestReport
from ..transport import AsyncTransport
from .job import AsyncIngest

# async-only: start
Told = Callable[..., None]
# async-only: end


async def run_job(
    api: AsyncTransport, dataset: DatasetData, options: IngestOptions, sources: object
) -> IngestReport:
    """Does a job.

    Raises:
        RAGFlowError: As `AsyncIngest.run`.
    """
    job = AsyncIngest(api, dataset, options)
    # async-only: start
    if not api.is_bound and not hasattr(sources, "__aiter__"):
        return await _beside(api, dataset, options, sources)
    # async-only: end
    return await job.run(sources)


# async-only: start
async def _beside(
    api: AsyncTransport, dataset: DatasetData, options: IngestOptions, sources: object
) -> IngestReport:
    """Does a job in a thread of its own; who listens is told in the caller's event loop."""
    if options.progress is None and options.on_result is None:
        return await async_beside(AsyncIngest(api, dataset, options).run, sources)
    async with BlockingPortal() as portal:
        progress = _at_home(portal, options.progress)
        on_result = _at_home(portal, options.on_result)
        told = evolve(options, progress=progress, on_result=on_result)
        try:
            return await async_beside(AsyncIngest(api, dataset, told).run, sources)
        except Exception as error:  # the portal would put it into a group
            failure = error
    raise failure


def _at_home(portal: BlockingPortal, function: Told | None) -> Told | None:
    return None if function is None else lambda told: portal.call(function, told)


# async-only: end
