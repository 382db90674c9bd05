"""What a server costs: processor time and memory of its process and all its children, from /proc."""

import os

TICKS = os.sysconf("SC_CLK_TCK")


def family(pid):
    """The process and all that descend from it."""
    children = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            fields = stat(int(entry))
            if fields:
                children.setdefault(int(fields[1]), []).append(int(entry))
    found, queue = [], [pid]
    while queue:
        process = queue.pop()
        found.append(process)
        queue += children.get(process, [])
    return found


def stat(pid):
    """The fields of /proc/PID/stat from the third on: what stands before may hold spaces."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()
    except OSError:
        return None


def cpu_seconds(pid):
    """User and system time, reaped children included."""
    total = 0
    for process in family(pid):
        fields = stat(process)
        if fields:
            total += sum(int(field) for field in fields[11:15])
    return total / TICKS


def memory_mib(pid, field="VmRSS"):
    """Resident memory now (VmRSS), or the most there ever was (VmHWM)."""
    total = 0
    for process in family(pid):
        try:
            with open(f"/proc/{process}/status") as file:
                for line in file:
                    if line.startswith(field + ":"):
                        total += int(line.split()[1])
        except OSError:
            pass
    return total / 1024
