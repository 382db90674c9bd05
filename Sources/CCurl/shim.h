// libcurl as the registry uses it: the multi interface, driven by an epoll of our own.
// Swift cannot call variadic functions, so each type of option has a setter here.
#pragma once
#include <curl/curl.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#if LIBCURL_VERSION_NUM < 0x075700
#error "libcurl 7.87 or later is needed"
#endif

static inline CURLcode registryd_curl_set_long(CURL *easy, CURLoption option, long value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode registryd_curl_set_offset(CURL *easy, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(easy, option, value);
}

// curl keeps a copy.
static inline CURLcode registryd_curl_set_string(CURL *easy, CURLoption option, const char *value) {
    return curl_easy_setopt(easy, option, value);
}

// curl keeps the pointer.
static inline CURLcode registryd_curl_set_pointer(CURL *easy, CURLoption option, void *value) {
    return curl_easy_setopt(easy, option, value);
}

typedef size_t (*registryd_curl_data)(char *bytes, size_t size, size_t count, void *context);
typedef int (*registryd_curl_seek)(void *context, curl_off_t offset, int origin);
typedef int (*registryd_curl_begin)(void *context, char *remote, char *local, int remote_port, int local_port);
typedef int (*registryd_curl_socket)(CURL *easy, curl_socket_t socket, int events, void *context, void *of_socket);
typedef int (*registryd_curl_timer)(CURLM *multi, long milliseconds, void *context);

// What the system starts later must not inherit our connections.
static inline int registryd_curl_close_on_exec(void *context, curl_socket_t socket, curlsocktype purpose) {
    (void)context;
    (void)purpose;
    fcntl(socket, F_SETFD, FD_CLOEXEC);
    return CURL_SOCKOPT_OK;
}

static inline void registryd_curl_set_callbacks(
    CURL *easy, registryd_curl_data header, registryd_curl_data write, registryd_curl_data read, registryd_curl_seek seek,
    registryd_curl_begin begin) {
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, header);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, write);
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, read);
    curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, seek);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, begin);
    curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, registryd_curl_close_on_exec);
}

// The context of every callback above; nil while the handle is not in use.
static inline void registryd_curl_set_context(CURL *easy, void *context) {
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, context);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, context);
    curl_easy_setopt(easy, CURLOPT_READDATA, context);
    curl_easy_setopt(easy, CURLOPT_SEEKDATA, context);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, context);
}

static inline void registryd_curl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    curl_multi_setopt(multi, option, value);
}

static inline void registryd_curl_multi_set_callbacks(
    CURLM *multi, registryd_curl_socket socket, registryd_curl_timer timer, void *context) {
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, socket);
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, context);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, timer);
    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, context);
}

static inline long registryd_curl_long(CURL *easy, CURLINFO info) {
    long value = 0;
    curl_easy_getinfo(easy, info, &value);
    return value;
}

static inline int64_t registryd_curl_offset(CURL *easy, CURLINFO info) {
    curl_off_t value = 0;
    curl_easy_getinfo(easy, info, &value);
    return value;
}
