// About the least that a durable push can cost: bytes from a socket through SHA-256 into a file, the file synced and renamed to
// its digest, the folder synced, and a page of a log, synced together with others', for what a registry must remember of it.
// Knows the requests of a push and no more of HTTP, of uploads, of manifests than that; a thread a connection, an upload at a
// time on each.
// usage: floor FOLDER, says its port on stdout.
#define _GNU_SOURCE
#define OPENSSL_SUPPRESS_DEPRECATED
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/sha.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { log_pages = 4096 };
static const char page[4096];
static int log_file;
static atomic_long uploads;

static void must(int is_true, const char *what) {
    if (is_true) return;
    perror(what);
    exit(1);
}

// Hashes a body of `rest` bytes, the first `count` of which are here; into a file, too, if there is one. 0: the client went away
// in the middle.
static int take(int client, char *buffer, size_t size, const char *bytes, ssize_t count, long rest, SHA256_CTX *hash, int file) {
    while (rest > 0) {
        if (count == 0) count = read(client, buffer, rest < (long)size ? rest : (long)size), bytes = buffer;
        if (count <= 0) return 0;
        SHA256_Update(hash, bytes, count);
        must(file < 0 || write(file, bytes, count) == count, "write");
        rest -= count;
        count = 0;
    }
    return 1;
}

// The page that remembers a blob or a manifest. Who has waited for another's sync may find its page in that one.
static void note(void) {
    static pthread_mutex_t writing = PTHREAD_MUTEX_INITIALIZER, syncing = PTHREAD_MUTEX_INITIALIZER;
    static long written, synced;
    pthread_mutex_lock(&writing);
    long mine = written++;
    must(pwrite(log_file, page, sizeof page, mine % log_pages * (long)sizeof page) == sizeof page, "log");
    pthread_mutex_unlock(&writing);
    pthread_mutex_lock(&syncing);
    if (synced <= mine) {
        pthread_mutex_lock(&writing);
        long all = written;
        pthread_mutex_unlock(&writing);
        must(fdatasync(log_file) == 0, "fdatasync of the log");
        synced = all;
    }
    pthread_mutex_unlock(&syncing);
}

static void commit(int file, const char *upload, SHA256_CTX *hash) {
    unsigned char digest[SHA256_DIGEST_LENGTH];
    char folder[8], name[80];
    SHA256_Final(digest, hash);
    snprintf(folder, sizeof folder, "%02x", digest[0]);
    int length = snprintf(name, sizeof name, "%s/", folder);
    for (int i = 0; i < SHA256_DIGEST_LENGTH; i++) length += sprintf(name + length, "%02x", digest[i]);
    must(fdatasync(file) == 0 && close(file) == 0, "fdatasync");
    must(rename(upload, name) == 0, "rename");
    int parent = open(folder, O_RDONLY | O_DIRECTORY);
    must(parent >= 0 && fsync(parent) == 0 && close(parent) == 0, "fsync");
}

static void *serve(void *argument) {
    int client = (int)(long)argument, file = -1, one = 1;
    char buffer[256 << 10], upload[32] = "", answer[160];
    SHA256_CTX hash;
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    for (;;) {
        ssize_t count = 0, more;
        char *body = NULL;
        while (!body && (more = read(client, buffer + count, sizeof buffer - 1 - count)) > 0) {
            buffer[count += more] = 0;
            body = strstr(buffer, "\r\n\r\n");
        }
        if (!body) break;
        body += 4;
        char *length = strcasestr(buffer, "\r\nContent-Length:");
        long rest = length && length < body ? atol(length + 17) : 0;
        int is_post = !strncmp(buffer, "POST", 4), is_patch = !strncmp(buffer, "PATCH", 5);
        char *manifests = strstr(buffer, "/manifests/");
        int is_manifest = manifests && manifests < body;
        if (is_post) {
            if (file >= 0) close(file);
            snprintf(upload, sizeof upload, "upload-%ld", atomic_fetch_add(&uploads, 1));
            must((file = open(upload, O_CREAT | O_EXCL | O_WRONLY, 0600)) >= 0, upload);
            SHA256_Init(&hash);
        }
        SHA256_CTX manifest;
        SHA256_Init(&manifest);
        count -= body - buffer;
        if (!is_manifest && file < 0) break;
        if (!take(client, buffer, sizeof buffer, body, count, rest, is_manifest ? &manifest : &hash, is_manifest ? -1 : file)) break;
        if (!is_post && !is_patch) {
            if (!is_manifest) commit(file, upload, &hash), file = -1;
            note();
        }
        int size = snprintf(
            answer, sizeof answer, "HTTP/1.1 %s\r\nLocation: /v2/floor/blobs/uploads/%s\r\nContent-Length: 0\r\n\r\n",
            is_post || is_patch ? "202 Accepted" : "201 Created", upload);
        if (write(client, answer, size) != size) break;
    }
    if (file >= 0) close(file);
    close(client);
    return NULL;
}

int main(int argc, char **argv) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    must(argc == 2 && chdir(argv[1]) == 0, "folder");
    for (int i = 0; i < 256; i++) {
        char folder[8];
        snprintf(folder, sizeof folder, "%02x", i);
        must(mkdir(folder, 0700) == 0, folder);
    }
    // Written once before, so that a sync has no size to make durable.
    must((log_file = open("log", O_CREAT | O_EXCL | O_WRONLY, 0600)) >= 0, "log");
    for (int i = 0; i < log_pages; i++) must(write(log_file, page, sizeof page) == sizeof page, "log");
    must(fsync(log_file) == 0, "fsync of the log");
    signal(SIGPIPE, SIG_IGN);
    must(bind(listener, (struct sockaddr *)&address, length) == 0 && listen(listener, 64) == 0, "listen");
    getsockname(listener, (struct sockaddr *)&address, &length);
    printf("listening on 127.0.0.1:%d\n", ntohs(address.sin_port));
    fflush(stdout);
    for (;;) {
        pthread_t thread;
        int client = accept(listener, NULL, NULL);
        must(client >= 0 && pthread_create(&thread, NULL, serve, (void *)(long)client) == 0, "connection");
        pthread_detach(thread);
    }
}
