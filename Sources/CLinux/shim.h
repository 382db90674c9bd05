// Linux system calls that Swift's Glibc module does not show, or not with all they have.
#pragma once
#include <malloc.h>
#include <sys/types.h>
#include <sys/uio.h>

// preadv2(2)
extern ssize_t preadv2(int descriptor, const struct iovec *vectors, int count, off_t offset, int flags);

// pipe2(2)
extern int pipe2(int ends[2], int flags);

// sched_getcpu(3)
extern int sched_getcpu(void);

// RWF_NOWAIT of <linux/fs.h>: fail with EAGAIN rather than wait for a disk.
static const int registryd_rwf_nowait = 0x00000008;
