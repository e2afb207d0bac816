"""Where work runs: this process, local processes or a Dask cluster."""

from __future__ import annotations

from sentiment_core.execution.base import Executor, Here


def executor_for(workers: int, cluster: str | None = None) -> Executor:
    """Return a cluster's executor where an address is given, else processes, or for 0 workers this one."""
    if cluster is not None:
        from sentiment_core.execution.cluster import Cluster

        return Cluster(cluster)
    if workers == 0:
        return Here()
    from sentiment_core.execution.processes import Processes

    return Processes(workers)
