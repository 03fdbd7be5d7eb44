/* A server that is not the bottleneck: the order socket's handshake, then a success for each request, unchecked.
 *
 *   server RATE [CERTIFICATE KEY]      with a certificate it speaks TLS
 *
 * It prints its port on loopback and serves until its standard input ends. One thread, all connections:
 *
 * - /v1/private: challenge, welcome, then `200000` for each request. An operation that begins with "held." is never
 *   answered, so that requests stay in flight.
 * - any other path: a Pro push socket; after each subscription, its acknowledgement and RATE tickers a second in all.
 *
 * Requests are read just far enough: the first "id", "op" and "clientOid" that are followed by a string.
 */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define READ_SIZE (1 << 16)
#define GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
#define CHALLENGE "{\"sessionId\":\"92f2aec4-d87e-47cc-917d-4e7c93911bdc\",\"timestamp\":%lld}"
#define WELCOME \
    "{\"sessionId\":\"92f2aec4-d87e-47cc-917d-4e7c93911bdc\",\"data\":\"welcome\",\"message\":\"welcome\"," \
    "\"pingInterval\":18000,\"pingTimeout\":10000}"
#define TICKER \
    "{\"T\":\"ticker.SPOT\",\"P\":1768206966101166007,\"d\":{\"A\":\"0.97675941\",\"B\":\"0.02052839\"," \
    "\"E\":%lld,\"M\":1768206966096000000,\"S\":\"BUY\",\"a\":\"90968.2\",\"b\":\"90968.1\",\"l\":\"90968.2\"," \
    "\"q\":\"0.00109929\",\"s\":\"BTC-USDT\"}}"

enum phase { UPGRADE, CHALLENGED, READY, PUSH, SUBSCRIBED };

struct buffer {
    char *bytes;
    size_t size, room;
};

struct connection {
    int fd;
    SSL *tls;
    enum phase phase;
    struct buffer in, out;
    struct connection *next; /* of those that are subscribed */
};

static SSL_CTX *tls_context;
static int poller;
static struct connection *subscribed;

static void reserve(struct buffer *buffer, size_t more)
{
    if (buffer->size + more > buffer->room) {
        buffer->room = 2 * (buffer->size + more);
        buffer->bytes = realloc(buffer->bytes, buffer->room);
        if (!buffer->bytes)
            abort();
    }
}

static void append(struct buffer *buffer, const void *bytes, size_t size)
{
    reserve(buffer, size);
    memcpy(buffer->bytes + buffer->size, bytes, size);
    buffer->size += size;
}

static void drop_front(struct buffer *buffer, size_t size)
{
    buffer->size -= size;
    memmove(buffer->bytes, buffer->bytes + size, buffer->size);
}

static long long milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static void say_frame(struct connection *to, int opcode, const char *text, size_t size)
{
    unsigned char head[4] = {0x80 | opcode, size, 0, 0};
    size_t head_size = 2;
    if (size > 125) {
        head[1] = 126;
        head[2] = size >> 8;
        head[3] = size & 255;
        head_size = 4;
    }
    append(&to->out, head, head_size);
    append(&to->out, text, size);
}

static void say(struct connection *to, const char *text)
{
    say_frame(to, 1, text, strlen(text));
}

static void watch(struct connection *connection, int writable)
{
    struct epoll_event wanted = {EPOLLIN | (writable ? EPOLLOUT : 0), {.ptr = connection}};
    epoll_ctl(poller, EPOLL_CTL_MOD, connection->fd, &wanted);
}

static void flush(struct connection *to)
{
    while (to->out.size) {
        ssize_t sent = to->tls ? SSL_write(to->tls, to->out.bytes, to->out.size)
                               : send(to->fd, to->out.bytes, to->out.size, MSG_NOSIGNAL);
        if (sent <= 0) {
            watch(to, 1);
            return;
        }
        drop_front(&to->out, sent);
        if (!to->out.size)
            watch(to, 0);
    }
}

static void hang_up(struct connection *connection)
{
    for (struct connection **at = &subscribed; *at; at = &(*at)->next)
        if (*at == connection) {
            *at = connection->next;
            break;
        }
    if (connection->tls)
        SSL_free(connection->tls);
    close(connection->fd);
    free(connection->in.bytes);
    free(connection->out.bytes);
    free(connection);
}

static void upgrade(struct connection *connection)
{
    static const char key_field[] = "\r\nsec-websocket-key:";
    char answer[256], accept[64];
    unsigned char digest[SHA_DIGEST_LENGTH];

    append(&connection->in, "", 1);
    char *end = strstr(connection->in.bytes, "\r\n\r\n"), *key = strcasestr(connection->in.bytes, key_field);
    connection->in.size--;
    if (!end || !key)
        return;
    key += sizeof key_field - 1;
    while (*key == ' ')
        key++;
    size_t length = strcspn(key, "\r");
    char salted[128];
    snprintf(salted, sizeof salted, "%.*s" GUID, (int)length, key);
    SHA1((unsigned char *)salted, strlen(salted), digest);
    EVP_EncodeBlock((unsigned char *)accept, digest, sizeof digest);
    int size = snprintf(answer, sizeof answer,
                        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        "Sec-WebSocket-Accept: %s\r\n\r\n", accept);
    int orders = strncmp(connection->in.bytes, "GET /v1/private", 15) == 0;
    append(&connection->out, answer, size);
    drop_front(&connection->in, end + 4 - connection->in.bytes);
    if (orders) {
        snprintf(answer, sizeof answer, CHALLENGE, milliseconds());
        say(connection, answer);
        connection->phase = CHALLENGED;
    } else {
        say(connection, WELCOME);
        connection->phase = PUSH;
    }
}

/* The string value of `"name":`; blanks after the colon are what Python's json writes. */
static int string_of(const char *text, size_t size, const char *name, const char **value)
{
    const char *at = memmem(text, size, name, strlen(name));
    if (!at)
        return -1;
    at += strlen(name);
    while (at < text + size && (*at == ':' || *at == ' '))
        at++;
    if (at >= text + size || *at != '"')
        return -1;
    const char *end = memchr(at + 1, '"', text + size - at - 1);
    *value = at + 1;
    return end ? (int)(end - at - 1) : -1;
}

static void answer_request(struct connection *from, const char *text, size_t size)
{
    const char *id, *op, *oid = "none";
    char answer[512];
    int id_size = string_of(text, size, "\"id\"", &id), op_size = string_of(text, size, "\"op\"", &op);
    int oid_size = string_of(text, size, "\"clientOid\"", &oid);
    if (id_size < 0 || id_size > 64 || op_size < 0 || op_size > 64 || oid_size > 64)
        return;
    if (op_size >= 5 && memcmp(op, "held.", 5) == 0)
        return;
    long long now = milliseconds();
    int length;
    if (op_size == 4 && memcmp(op, "ping", 4) == 0)
        length = snprintf(answer, sizeof answer, "{\"id\":\"%.*s\",\"op\":\"pong\",\"timestamp\":%lld}",
                          id_size, id, now);
    else
        length = snprintf(answer, sizeof answer,
                          "{\"id\":\"%.*s\",\"op\":\"%.*s\",\"code\":\"200000\",\"data\":{\"orderId\":"
                          "\"670fd33bf9406e0007ab3945\",\"clientOid\":\"%.*s\"},\"inTime\":%lld,\"outTime\":%lld,"
                          "\"userRateLimit\":{\"limit\":4000,\"remaining\":3999,\"reset\":29876}}",
                          id_size, id, op_size, op, oid_size < 0 ? 4 : oid_size, oid, now, now);
    say_frame(from, 1, answer, length);
}

static void take_text(struct connection *from, char *text, size_t size)
{
    if (from->phase == CHALLENGED) {
        say(from, WELCOME);
        from->phase = READY;
    } else if (from->phase == READY) {
        answer_request(from, text, size);
    } else {
        const char *id;
        char answer[128];
        int id_size = string_of(text, size, "\"id\"", &id);
        if (id_size < 0 || id_size > 64)
            return;
        int ping = memmem(text, size, "\"ping\"", 6) != NULL;
        snprintf(answer, sizeof answer, ping ? "{\"id\":\"%.*s\",\"op\":\"pong\"}" : "{\"id\":\"%.*s\",\"result\":true}",
                 id_size, id);
        say(from, answer);
        if (!ping && from->phase == PUSH) {
            from->phase = SUBSCRIBED;
            from->next = subscribed;
            subscribed = from;
        }
    }
}

/* One frame from the front of the buffer; the bytes it took, 0 while it is not whole, -1 for the end. */
static ssize_t take_frame(struct connection *from, unsigned char *bytes, size_t size)
{
    if (size < 6)
        return 0;
    size_t length = bytes[1] & 127, head = 2;
    if (length == 126) {
        length = bytes[2] << 8 | bytes[3];
        head = 4;
    } else if (length == 127) {
        return -1;
    }
    if (!(bytes[1] & 128))
        return -1;
    if (size < head + 4 + length)
        return 0;
    unsigned char *mask = bytes + head, *payload = mask + 4;
    for (size_t i = 0; i < length; i++)
        payload[i] ^= mask[i & 3];
    int opcode = bytes[0] & 15;
    if (opcode == 8)
        return -1;
    if (opcode == 9)
        say_frame(from, 10, (char *)payload, length);
    else if (opcode == 1)
        take_text(from, (char *)payload, length);
    return head + 4 + length;
}

/* Whether the connection goes on. */
static int serve(struct connection *connection)
{
    if (connection->tls && !SSL_is_init_finished(connection->tls)) {
        int done = SSL_accept(connection->tls);
        if (done != 1)
            return SSL_get_error(connection->tls, done) == SSL_ERROR_WANT_READ;
    }
    for (;;) {
        reserve(&connection->in, READ_SIZE);
        char *end = connection->in.bytes + connection->in.size;
        ssize_t got = connection->tls ? SSL_read(connection->tls, end, READ_SIZE) : recv(connection->fd, end, READ_SIZE, 0);
        if (got <= 0) {
            int again = connection->tls ? SSL_get_error(connection->tls, got) == SSL_ERROR_WANT_READ
                                        : got < 0 && (errno == EAGAIN || errno == EINTR);
            if (!again)
                return 0;
            break;
        }
        connection->in.size += got;
        if (got < READ_SIZE && !connection->tls)
            break;
    }
    if (connection->phase == UPGRADE)
        upgrade(connection);
    if (connection->phase != UPGRADE) {
        size_t taken = 0;
        ssize_t more;
        while ((more = take_frame(connection, (unsigned char *)connection->in.bytes + taken, connection->in.size - taken)) > 0)
            taken += more;
        if (more < 0)
            return 0;
        drop_front(&connection->in, taken);
    }
    flush(connection);
    return 1;
}

static void accept_one(int listener)
{
    int on = 1, fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    if (fd < 0)
        return;
    struct connection *connection = calloc(1, sizeof *connection);
    connection->fd = fd;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (tls_context) {
        connection->tls = SSL_new(tls_context);
        SSL_set_fd(connection->tls, fd);
        SSL_set_accept_state(connection->tls);
    }
    struct epoll_event wanted = {EPOLLIN, {.ptr = connection}};
    epoll_ctl(poller, EPOLL_CTL_ADD, fd, &wanted);
}

static void tell_tickers(int timer, long long per_tick)
{
    static long long number;
    char text[512];
    uint64_t ticks;
    if (read(timer, &ticks, sizeof ticks) != sizeof ticks)
        return;
    for (struct connection *to = subscribed; to; to = to->next) {
        for (uint64_t i = 0; i < ticks * per_tick && to->out.size < 1 << 20; i++) {
            int size = snprintf(text, sizeof text, TICKER, ++number);
            say_frame(to, 2, text, size);
        }
        flush(to);
    }
}

static void set_up_tls(const char *certificate, const char *key)
{
    tls_context = SSL_CTX_new(TLS_server_method());
    SSL_CTX_set_mode(tls_context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    if (SSL_CTX_use_certificate_chain_file(tls_context, certificate) != 1
        || SSL_CTX_use_PrivateKey_file(tls_context, key, SSL_FILETYPE_PEM) != 1)
        exit(3);
}

int main(int argc, char **argv)
{
    enum { TICK_NS = 1000000 };
    long long rate = argc > 1 ? atoll(argv[1]) : 5000;
    if (argc == 4)
        set_up_tls(argv[2], argv[3]);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    if (bind(listener, (struct sockaddr *)&address, size) || listen(listener, 128)
        || getsockname(listener, (struct sockaddr *)&address, &size))
        return 2;
    poller = epoll_create1(0);
    int roots[] = {listener, timer, STDIN_FILENO};
    for (int i = 0; i < 3; i++) {
        struct epoll_event wanted = {EPOLLIN, {.ptr = &roots[i]}};
        epoll_ctl(poller, EPOLL_CTL_ADD, roots[i], &wanted);
    }
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);

    struct itimerspec every = {{0, TICK_NS}, {0, TICK_NS}}, never = {{0, 0}, {0, 0}};
    int ticking = 0;
    for (;;) {
        struct epoll_event events[64];
        int count = epoll_wait(poller, events, 64, -1);
        for (int i = 0; i < count; i++) {
            void *who = events[i].data.ptr;
            if (who == &roots[0]) {
                accept_one(listener);
            } else if (who == &roots[1]) {
                tell_tickers(timer, rate / 1000);
            } else if (who == &roots[2]) {
                return 0;
            } else {
                struct connection *connection = who;
                int goes_on = 1;
                if (events[i].events & EPOLLOUT)
                    flush(connection);
                if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))
                    goes_on = serve(connection);
                if (!goes_on)
                    hang_up(connection);
            }
        }
        if ((subscribed != NULL) != ticking) { /* an idle server does not wake up */
            ticking = subscribed != NULL;
            timerfd_settime(timer, 0, ticking ? &every : &never, NULL);
        }
    }
}
