// What a push cannot cost less than: bytes from a socket through SHA-256 into a file, by one thread that waits for nothing else.
// usage: floor FILE, says its port on stdout; each connection is a push.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <arpa/inet.h>
#include <fcntl.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    static unsigned char buffer[64 << 10];
    if (argc != 2 || bind(listener, (struct sockaddr *)&address, length) || listen(listener, 8)) return 1;
    getsockname(listener, (struct sockaddr *)&address, &length);
    printf("listening on 127.0.0.1:%d\n", ntohs(address.sin_port));
    fflush(stdout);
    for (;;) {
        int client = accept(listener, NULL, NULL), file = open(argv[1], O_CREAT | O_TRUNC | O_WRONLY, 0600);
        if (client < 0 || file < 0) return 1;
        SHA256_CTX hash;
        SHA256_Init(&hash);
        ssize_t count;
        while ((count = read(client, buffer, sizeof buffer)) > 0) {
            SHA256_Update(&hash, buffer, count);
            if (write(file, buffer, count) != count) return 1;
        }
        SHA256_Final(buffer, &hash);
        close(file);
        if (write(client, buffer, 1) != 1) return 1;
        close(client);
    }
}
