"""Runs rows on servers in turn, and prints what they cost beside their budgets."""

import os
import statistics
import sys
import time


def measure(row, subject):
    """(units, processor seconds, wall seconds) of one time through."""
    cpu, wall = subject.server.cpu_seconds(), time.monotonic()
    units = row.work(subject)
    return units, subject.server.cpu_seconds() - cpu, time.monotonic() - wall


def measure_push(row, subject):
    """The same for the large blob, which is not kept."""
    subject.blob.warm()
    before = subject.server.mark(subject.blob.size)
    try:
        return measure(row, subject)
    finally:
        subject.server.forget(subject.blob.size, before)


def run(row, subjects, rounds):
    """All rounds of a row, by server, and who failed in one; every other round in the other order."""
    results, failed = {}, set()
    for turn in range(rounds):
        for subject in subjects if turn % 2 == 0 else reversed(subjects):
            if not row.includes(subject.server):
                continue
            os.sync()  # nobody pays for what the one before left to be written
            name = subject.server.name
            try:
                sample = (measure_push if row.name == "push-large" else measure)(row, subject)
                results.setdefault(name, []).append(sample)
            except Exception as failure:
                failed.add(name)
                state = "" if subject.server.is_running() else f"; it has ended:\n{subject.server.log_tail()}"
                print(f"{row.title}, {name}: {failure!r}{state}", file=sys.stderr)
    return results, failed


def medians(samples):
    """(processor milliseconds per unit, units per second)."""
    cost = statistics.median(cpu / units for units, cpu, _ in samples) * 1000
    # The error of the floating-point differences in it is no miss of a budget.
    return round(cost, 6), statistics.median(units / wall for units, _, wall in samples)


def rate_text(row, rate):
    if row.unit == "GiB":
        return f"{rate * 1024:,.0f} MiB/s"
    return f"{rate * 1000:,.0f} req/s" if row.unit == "1000" else f"{rate:,.0f} images/s"


def verdict(value, budget):
    return f"budget {budget:,g}: {'met' if value <= budget else 'MISSED'}"


def print_row(row, results, failed, order, judged=("registryd",)):
    """Returns whether the budget is met by those of `judged` that ran; one that failed once has not met it."""
    print(f"\n{row.title}, cpu ms per {row.unit}")
    met = True
    first = None
    for name in order:
        if name not in results:
            if name in failed:
                print(f"  {name:18} {'failed':>10}", flush=True)
            met = met and name not in judged
            continue
        cost, rate = medians(results[name])
        first = first or cost or None
        ratio = f"{cost / first:.2f}x" if first else ""
        note = ""
        if name in judged:
            met = met and cost <= row.budget and name not in failed
            note = verdict(cost, row.budget)
        if name in failed:
            note += ("; " if note else "") + "failed in a round"
        print(f"  {name:18} {cost:10,.4g} {ratio:>8} {rate_text(row, rate):>18}   {note}".rstrip(), flush=True)
    return met
