/* A disk for tests, between the C library and the server (LD_PRELOAD).
 *
 *   DISK_TRACE=FILE   each write, sync, rename and new folder is a line of FILE when it begins and one when it ends,
 *                     and so does each HTTP answer when it is about to be sent
 *   DISK_UNDER=PATH   the files that the following are about: those whose path begins with PATH
 *   DISK_DELAY=MS     writes and syncs of these take so much longer …
 *   DISK_HOLD=FILE    … or do not begin as long as FILE exists
 *                     Either only after FILE DISK_ARMED exists, if that is set: a server starts at its usual speed.
 *   DISK_BAD=FILE     as long as FILE exists, these have a sector that cannot be read, 1.5 MiB from their beginning
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static const char *trace_path, *under, *hold, *armed, *bad;
static const off_t bad_from = 3 << 19, bad_to = (3 << 19) + 4096;
static long delay;
static int trace = -1;

__attribute__((constructor)) static void begin(void) {
    trace_path = getenv("DISK_TRACE");
    under = getenv("DISK_UNDER");
    hold = getenv("DISK_HOLD");
    armed = getenv("DISK_ARMED");
    bad = getenv("DISK_BAD");
    delay = getenv("DISK_DELAY") ? atol(getenv("DISK_DELAY")) : 0;
    if (trace_path) trace = open(trace_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

/* One line is one write(2) to a file opened for appending, so lines of several threads stay whole and in order. */
static void note(const char *format, ...) {
    if (trace < 0) return;
    char line[2 * PATH_MAX + 64];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    int saved = errno;
    syscall(SYS_write, trace, line, length);
    errno = saved;
}

/* The path of a file or folder; 0: a socket, a pipe, or none of anybody's business. */
static int path_of(int descriptor, char *path) {
    char link[32];
    int saved = errno;
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    errno = saved;
    if (length <= 0 || path[0] != '/') return 0;
    path[length] = 0;
    return strncmp(path, "/proc/", 6) && strncmp(path, "/dev/", 5);
}

static void obstruct(const char *path) {
    if (!under || strncmp(path, under, strlen(under))) return;
    int saved = errno;
    struct timespec moment = {0, 5000000}, pause = {delay / 1000, delay % 1000 * 1000000};
    if (!armed || access(armed, F_OK) == 0) {
        if (delay) {
            note("slow %s\n", path);
            nanosleep(&pause, 0);
        }
        if (hold && access(hold, F_OK) == 0) {
            note("held %s\n", path);
            while (access(hold, F_OK) == 0) nanosleep(&moment, 0);
        }
    }
    errno = saved;
}

static void answer(const void *bytes, size_t length) {
    if (length >= 12 && !memcmp(bytes, "HTTP/1.1 ", 9)) note("answer %.3s\n", (const char *)bytes + 9);
}

#define REAL(name) __typeof__(&name) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)
#define ON_FILE(kind, descriptor, call)                      \
    char path[PATH_MAX];                                     \
    int is_file = path_of(descriptor, path);                 \
    if (is_file) {                                           \
        note("begin " kind " %s\n", path);                   \
        obstruct(path);                                      \
    }                                                        \
    __typeof__(call) result = call;                          \
    if (is_file) note("end " kind " %s\n", path);            \
    return result

ssize_t write(int fd, const void *bytes, size_t length) {
    REAL(write);
    answer(bytes, length);
    ON_FILE("write", fd, real(fd, bytes, length));
}
ssize_t writev(int fd, const struct iovec *parts, int count) {
    REAL(writev);
    if (count > 0) answer(parts[0].iov_base, parts[0].iov_len);
    ON_FILE("write", fd, real(fd, parts, count));
}
ssize_t send(int fd, const void *bytes, size_t length, int flags) {
    REAL(send);
    answer(bytes, length);
    return real(fd, bytes, length, flags);
}
ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
    REAL(sendmsg);
    if (message->msg_iovlen > 0) answer(message->msg_iov[0].iov_base, message->msg_iov[0].iov_len);
    return real(fd, message, flags);
}
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) {
    REAL(pwrite);
    ON_FILE("write", fd, real(fd, bytes, length, offset));
}
ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
    REAL(pwrite64);
    ON_FILE("write", fd, real(fd, bytes, length, offset));
}
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset) {
    REAL(pwritev);
    ON_FILE("write", fd, real(fd, parts, count, offset));
}
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t offset) {
    REAL(pwritev64);
    ON_FILE("write", fd, real(fd, parts, count, offset));
}
ssize_t pwritev2(int fd, const struct iovec *parts, int count, off_t offset, int flags) {
    REAL(pwritev2);
    ON_FILE("write", fd, real(fd, parts, count, offset, flags));
}
int fsync(int fd) {
    REAL(fsync);
    ON_FILE("sync", fd, real(fd));
}
int fdatasync(int fd) {
    REAL(fdatasync);
    ON_FILE("sync", fd, real(fd));
}

#define ON_NAMES(from, to, call)                  \
    note("begin rename %s %s\n", from, to);       \
    int result = call;                            \
    note("end rename %s %s\n", from, to);         \
    return result

int rename(const char *from, const char *to) {
    REAL(rename);
    ON_NAMES(from, to, real(from, to));
}
int renameat(int a, const char *from, int b, const char *to) {
    REAL(renameat);
    ON_NAMES(from, to, real(a, from, b, to));
}
int renameat2(int a, const char *from, int b, const char *to, unsigned flags) {
    REAL(renameat2);
    ON_NAMES(from, to, real(a, from, b, to, flags));
}
int mkdir(const char *path, mode_t mode) {
    REAL(mkdir);
    int result = real(path, mode);
    if (result == 0) note("end mkdir %s\n", path);
    return result;
}

/* How many of so many bytes can be read, or -1: not even the first. */
static ssize_t readable(int descriptor, off_t offset, size_t count) {
    char path[PATH_MAX];
    if (!bad || !under || offset >= bad_to || offset + (off_t)count <= bad_from) return count;
    int saved = errno;
    int is_bad = path_of(descriptor, path) && !strncmp(path, under, strlen(under)) && access(bad, F_OK) == 0;
    errno = saved;
    if (!is_bad) return count;
    if (offset < bad_from) return bad_from - offset;
    note("bad %s\n", path);
    errno = EIO;
    return -1;
}

#define ON_READ(descriptor, offset, call)                     \
    ssize_t length = readable(descriptor, offset, count);     \
    return length < 0 ? length : call

ssize_t pread(int fd, void *bytes, size_t count, off_t offset) {
    REAL(pread);
    ON_READ(fd, offset, real(fd, bytes, length, offset));
}
ssize_t pread64(int fd, void *bytes, size_t count, off64_t offset) {
    REAL(pread64);
    ON_READ(fd, offset, real(fd, bytes, length, offset));
}
/* The server reads into one part, and offsets are always said. */
ssize_t preadv2(int fd, const struct iovec *parts, int number, off_t offset, int flags) {
    REAL(preadv2);
    size_t count = parts->iov_len;
    struct iovec part = *parts;
    ON_READ(fd, offset, (part.iov_len = length, real(fd, &part, number, offset, flags)));
}
ssize_t preadv64v2(int fd, const struct iovec *parts, int number, off64_t offset, int flags) {
    return preadv2(fd, parts, number, offset, flags);
}
ssize_t sendfile(int to, int from, off_t *offset, size_t count) {
    REAL(sendfile);
    ON_READ(from, *offset, real(to, from, offset, length));
}
ssize_t sendfile64(int to, int from, off64_t *offset, size_t count) {
    REAL(sendfile64);
    ON_READ(from, *offset, real(to, from, offset, length));
}
