"""What the benchmarks share: a client, content to push, servers to measure, the cost of a process."""
