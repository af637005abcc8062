/* The counterpart of the benchmarks: answers like a RAGFlow server, faster than clients can ask.

   cc -O2 -o stub stub.c && ./stub [MILLISECONDS BEFORE EACH ANSWER]

   Prints its port and serves until its standard input ends. One thread, epoll (Linux), memory that
   does not depend on what is sent. Ids in a request say what to answer:

   GET  .../documents/N                  a file of N bytes
   GET  .../documents/N/chunks           N chunks in one page
   POST .../documents                    takes files and lists them, each with its name and size
   POST .../completions                  a stream; the chat's id is cumulative-N, delta-N or paced-N
   GET  /counts                          requests, files and bytes that came, CPU seconds used */

#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define IN_SIZE (1 << 16)
#define OUT_SIZE (1 << 18)
#define HEAD_ROOM 256          /* before a body in `out`, for the head that tells its length */
#define BLOCK_SIZE (1 << 20)
#define LARGE_FORM (64 << 20)  /* a form above this holds one file, which is not looked through */
#define UNIT 34                /* bytes of text that a frame of a stream adds */
#define UNITS 4096
#define PACE 700000            /* nanoseconds between paced frames */
#define CONNECTIONS 4096

enum state { READ_HEAD, READ_BODY, READ_FORM, READ_AWAY, WAITING, REPLYING };
enum form { PREAMBLE, AFTER_DELIMITER, FILE_BYTES, EPILOGUE };
enum source { NOTHING, BYTES, CHUNKS, CUMULATIVE, DELTA, PACED };

struct connection {
    int fd, closes;
    enum state state;
    char method[8], path[512];
    char in[IN_SIZE + 1];
    size_t start, end;            /* what of `in` is not consumed yet */
    long long body_left;
    enum form form;
    char delimiter[128], name[256];
    long long file_size;
    int files;
    char out[OUT_SIZE];
    size_t out_end;               /* of the answer's body being written */
    const char *send_at;
    size_t send_left;
    enum source source;           /* what gives the rest of the answer, and how much of it */
    long long item, items;
    long long due;                /* when a waiting connection goes on, in nanoseconds */
};

static struct connection *connections[CONNECTIONS];
static int epoll, timer, highest;
static long long latency, armed, requests, files, bytes;
static char text[UNIT * UNITS], block[BLOCK_SIZE];

#define FRAME_IDS "\"id\": \"26064e74e6e111f18af102fc00000001\", " \
                  "\"session_id\": \"25cd43c2e6e111f18af102fc00000001\""
static const char FRAME[] = "data:{\"code\": 0, \"data\": {\"answer\": \"";
static const char CUMULATIVE_END[] =
    "\", \"reference\": {\"chunks\": []}, \"audio_binary\": null, " FRAME_IDS "}}\n\n";
static const char DELTA_END[] =
    "\", \"reference\": {\"chunks\": []}, \"audio_binary\": null, \"final\": false, " FRAME_IDS
    ", \"chat_id\": \"255192cce6e111f18af102fc00000001\"}}\n\n";
static const char FINAL_END[] =
    "\", \"reference\": {}, \"audio_binary\": null, \"final\": true, " FRAME_IDS "}}\n\n";
static const char STREAM_END[] = "data:{\"code\": 0, \"message\": \"\", \"data\": true}\n\n";
static const char CHUNKS_END[] = "]}}";
static const char NO_DOCUMENTS[] = "{\"code\":0,\"data\":{\"docs\":[],\"total\":0}}";
static const char CONTINUE[] = "HTTP/1.1 100 Continue\r\n\r\n";

static const char DATASET[] =
    "%s{\"id\":\"%032d\",\"name\":\"kb\",\"chunk_count\":3,\"document_count\":1}";
static const char DOCUMENT[] =
    "%s{\"id\":\"%032llx\",\"dataset_id\":\"%032d\",\"name\":\"%s\",\"location\":\"%s\","
    "\"size\":%lld,\"thumbnail\":\"\",\"type\":\"doc\",\"created_by\":\"%032d\","
    "\"chunk_method\":\"naive\",\"parser_config\":{\"chunk_token_num\":512,\"delimiter\":\"\\n\","
    "\"html4excel\":false,\"layout_recognize\":\"DeepDOC\",\"auto_keywords\":0,"
    "\"auto_questions\":0,"
    "\"graphrag\":{\"use_graphrag\":false},\"raptor\":{\"use_raptor\":false}},\"run\":\"UNSTART\","
    "\"pipeline_id\":null,\"source_type\":\"local\",\"suffix\":\"txt\"}";
static const char CHUNK[] =
    "%c{\"id\":\"%016llx\",\"content\":\"Passage %08lld says what a passage of some three hundred "
    "bytes would say, in words that stand for words, and goes on for a while, since what people "
    "keep in their documents is seldom said in one line, and ends here.\","
    "\"document_id\":\"%032d\",\"dataset_id\":\"%032d\",\"docnm_kwd\":\"manual.txt\","
    "\"image_id\":\"\",\"important_keywords\":[\"words\",\"passage\"],\"questions\":[],"
    "\"tag_kwd\":[],\"doc_type_kwd\":\"text\",\"available\":true,"
    "\"positions\":[[1,10,500,20,60],[1,10,500,80,120]]}";

static long long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void hang_up(struct connection *c) {
    connections[c->fd] = NULL;
    close(c->fd);
    free(c);
}

/* ---- Answers ---- */

static void say(struct connection *c, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    c->out_end += vsnprintf(c->out + c->out_end, OUT_SIZE - c->out_end, format, arguments);
    va_end(arguments);
}

/* Puts the head before the body that stands in `out`; `more` bytes of body come after that, or
   an unknown number if it is negative. */
static void begin_answer(struct connection *c, const char *fields, long long more) {
    char head[HEAD_ROOM], length[64] = "Transfer-Encoding: chunked";
    long long here = c->out_end - HEAD_ROOM;
    if (more >= 0) snprintf(length, sizeof length, "Content-Length: %lld", here + more);
    int size = snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\n%s\r\n%s\r\n\r\n", fields, length);
    memcpy(c->out + HEAD_ROOM - size, head, size);
    c->send_at = c->out + HEAD_ROOM - size;
    c->send_left = here + size;
}

static void answer_json(struct connection *c, const char *body) {
    say(c, "%s", body);
    begin_answer(c, "Content-Type: application/json", 0);
}

static void answer_datasets(struct connection *c) {
    say(c, "{\"code\":0,\"data\":[");
    for (int n = 0; n < 5; n++) say(c, DATASET, n ? "," : "", n);
    answer_json(c, "],\"total_datasets\":5}");
}

static void answer_counts(struct connection *c) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    double cpu = used.ru_utime.tv_sec + used.ru_utime.tv_usec / 1e6;
    cpu += used.ru_stime.tv_sec + used.ru_stime.tv_usec / 1e6;
    say(c, "{\"requests\":%lld,\"files\":%lld,\"bytes\":%lld,", requests, files, bytes);
    say(c, "\"cpu\":%.6f", cpu);
    answer_json(c, "}");
}

static void list_file(struct connection *c) {
    files++;
    if (c->out_end + 2048 > OUT_SIZE) return; /* the client sees that files are missing */
    const char *comma = c->files++ ? "," : "";
    say(c, DOCUMENT, comma, files, 1, c->name, c->name, c->file_size, 2);
}

static int write_chunk(char *into, long long number) {
    return snprintf(into, 1024, CHUNK, number ? ',' : ' ', number, number, 3, 1);
}

static void answer_chunks(struct connection *c, long long count) {
    char example[1024];
    long long size = count * write_chunk(example, 1); /* all have the same length */
    c->source = CHUNKS, c->item = 0, c->items = count;
    say(c, "{\"code\":0,\"data\":{\"total\":%lld,\"doc\":{\"id\":\"%032d\"},", count, 3);
    say(c, "\"chunks\":[");
    begin_answer(c, "Content-Type: application/json", size + strlen(CHUNKS_END));
}

static void answer_bytes(struct connection *c, long long count) {
    c->source = BYTES, c->item = 0, c->items = count;
    begin_answer(c,
                 "Content-Type: application/octet-stream\r\n"
                 "Content-Disposition: attachment; filename=f.bin",
                 count);
}

static void answer_stream(struct connection *c, enum source source, long long frames) {
    c->source = source, c->item = 0, c->items = frames;
    if (source == CUMULATIVE && frames > UNITS) c->items = UNITS;
    begin_answer(c, "Content-Type: text/event-stream; charset=utf-8", -1);
}

static void add(struct connection *c, const char *from, size_t size) {
    memcpy(c->out + c->out_end, from, size);
    c->out_end += size;
}

/* Adds a frame as a chunk of HTTP: `begin`, then `size` bytes of `middle`, then `end`. */
static void add_frame(struct connection *c, const char *begin, const char *middle, size_t size,
                      const char *end) {
    say(c, "%zx\r\n", strlen(begin) + size + strlen(end));
    add(c, begin, strlen(begin));
    add(c, middle, size);
    add(c, end, strlen(end));
    add(c, "\r\n", 2);
}

static void add_next_frame(struct connection *c) {
    if (c->item < c->items) {
        const char *unit = text + c->item++ % UNITS * UNIT;
        if (c->source == CUMULATIVE) add_frame(c, FRAME, text, c->item * UNIT, CUMULATIVE_END);
        else add_frame(c, FRAME, unit, UNIT, DELTA_END);
        return;
    }
    if (c->source == CUMULATIVE) add_frame(c, FRAME, text, c->items * UNIT, CUMULATIVE_END);
    else add_frame(c, FRAME, "", 0, FINAL_END);
    add_frame(c, STREAM_END, "", 0, "");
    add(c, "0\r\n\r\n", 5);
    c->source = NOTHING;
}

/* Writes more of the answer. Tells whether there was any more. */
static int refill(struct connection *c) {
    if (c->source == NOTHING) return 0;
    if (c->source == BYTES) {
        long long left = c->items - c->item;
        c->send_at = block;
        c->send_left = left < BLOCK_SIZE ? left : BLOCK_SIZE;
        c->item += c->send_left;
        if (c->item == c->items) c->source = NOTHING;
        return 1;
    }
    c->out_end = 0;
    while (c->source == CHUNKS && c->out_end + 2048 < OUT_SIZE) {
        if (c->item < c->items) c->out_end += write_chunk(c->out + c->out_end, c->item++);
        else say(c, CHUNKS_END), c->source = NOTHING;
    }
    while (c->source > CHUNKS) {
        size_t needed = UNIT * (c->source == CUMULATIVE ? c->item + 1 : 1) + 2048;
        if (c->out_end + needed > OUT_SIZE) break;
        add_next_frame(c);
        if (c->source == PACED) break;
    }
    c->send_at = c->out;
    c->send_left = c->out_end;
    return 1;
}

/* ---- Sending ---- */

static void watch(struct connection *c, unsigned events) {
    struct epoll_event event = {.events = events, .data.fd = c->fd};
    epoll_ctl(epoll, EPOLL_CTL_MOD, c->fd, &event);
}

static void wait_until(struct connection *c, long long due) {
    c->state = WAITING;
    c->due = due;
}

static void set_timer(void) {
    long long first = 0;
    for (int fd = 0; fd <= highest; fd++) {
        struct connection *c = connections[fd];
        if (c && c->state == WAITING && (!first || c->due < first)) first = c->due;
    }
    if (first == armed) return;
    armed = first;
    struct itimerspec at = {.it_value = {first / 1000000000, first % 1000000000}};
    timerfd_settime(timer, TFD_TIMER_ABSTIME, &at, NULL);
}

static void transmit(struct connection *c) {
    while (c->send_left || refill(c)) {
        ssize_t sent = send(c->fd, c->send_at, c->send_left, MSG_NOSIGNAL);
        if (sent < 0 && errno == EAGAIN) {
            if (c->state != REPLYING) watch(c, EPOLLOUT);
            c->state = REPLYING;
            return;
        }
        if (sent < 0) { hang_up(c); return; }
        c->send_at += sent;
        c->send_left -= sent;
        if (c->source == PACED && !c->send_left) { wait_until(c, now() + PACE); return; }
    }
    if (c->closes) { hang_up(c); return; }
    if (c->state == REPLYING) watch(c, EPOLLIN);
    c->state = READ_HEAD;
}

/* ---- Requests ---- */

/* The stream that the chat's id asks for: in the path or, as for newer servers, in the body. */
static int answer_question(struct connection *c, char *body) {
    char kind[16], *id = strstr(c->path, "/chats/");
    long long frames;
    if (id) id += strlen("/chats/");
    else if ((id = strstr(body, "\"chat_id\""))) id = strpbrk(id + strlen("\"chat_id\""), "cdp");
    if (!id || sscanf(id, "%15[a-z]-%lld", kind, &frames) != 2) return 0;
    answer_stream(c, *kind == 'c' ? CUMULATIVE : *kind == 'd' ? DELTA : PACED, frames);
    return 1;
}

static int answer_document(struct connection *c) {
    char *id = strstr(c->path, "/documents/");
    if (!id) return 0;
    long long number = atoll(id + strlen("/documents/"));
    if (strstr(id, "/chunks")) answer_chunks(c, number);
    else answer_bytes(c, number);
    return 1;
}

static void answer(struct connection *c) {
    char *path = c->path, *body = c->in + c->start;
    c->in[c->end] = 0;
    c->start = c->end = 0;
    requests++;
    if (c->files) answer_json(c, "]}");
    else if (strstr(path, "completions")) {
        if (!answer_question(c, body)) { hang_up(c); return; }
    } else if (strcmp(c->method, "GET")) answer_json(c, "{\"code\":0,\"data\":true}");
    else if (!strcmp(path, "/counts")) answer_counts(c);
    else if (strstr(path, "/version")) answer_json(c, "{\"code\":0,\"data\":\"v0.27.0\"}");
    else if (answer_document(c)) {}
    else if (strstr(path, "/documents")) answer_json(c, NO_DOCUMENTS);
    else answer_datasets(c);
    if (latency) wait_until(c, now() + latency);
    else transmit(c);
}

static char *field(char *head, const char *name) {
    char *found = strcasestr(head, name);
    return found ? found + strlen(name) + strspn(found + strlen(name), " ") : NULL;
}

static int read_head(struct connection *c) {
    char *head = c->in + c->start, *end = memmem(head, c->end - c->start, "\r\n\r\n", 4), *value;
    if (!end) return 0;
    *end = 0;
    if (sscanf(head, "%7s %511s", c->method, c->path) != 2) return 0;
    c->body_left = (value = field(head, "\r\nContent-Length:")) ? atoll(value) : 0;
    c->closes = (value = field(head, "\r\nConnection:")) && !strncasecmp(value, "close", 5);
    if (field(head, "\r\nExpect: 100")) send(c->fd, CONTINUE, strlen(CONTINUE), MSG_NOSIGNAL);
    c->files = 0, c->file_size = 0, c->source = NOTHING, c->out_end = HEAD_ROOM;
    c->state = READ_BODY;
    if ((value = field(head, "boundary="))) {
        value += *value == '"';
        int length = strcspn(value, "\";\r");
        snprintf(c->delimiter, sizeof c->delimiter, "\r\n--%.*s", length, value);
        say(c, "{\"code\":0,\"data\":[");
        c->state = READ_FORM, c->form = PREAMBLE;
    }
    c->start = end + 4 - c->in;
    return 1;
}

static void consume(struct connection *c, size_t size) {
    c->start += size;
    c->body_left -= size;
    if (c->form == FILE_BYTES) c->file_size += size, bytes += size;
}

static void begin_file(struct connection *c, char *head, size_t size) {
    char *name = memmem(head, size, "filename=\"", 10);
    size_t length = name ? strcspn(name + 10, "\"\\\r\n") : 0;
    snprintf(c->name, sizeof c->name, "%.*s", (int)length, name ? name + 10 : "");
    consume(c, size);
    c->form = FILE_BYTES, c->file_size = 0;
    if (c->body_left > LARGE_FORM) {
        c->file_size = c->body_left - strlen(c->delimiter) - strlen("--\r\n");
        bytes += c->file_size;
        list_file(c);
        c->state = READ_AWAY;
    }
}

/* Looks through what has come of a form. Tells whether it could go on. */
static int read_form(struct connection *c) {
    char *at = c->in + c->start, *found;
    size_t have = c->end - c->start, length = strlen(c->delimiter);
    if (c->form == EPILOGUE) { consume(c, have); return 0; }
    if (c->form == AFTER_DELIMITER) {
        if (have >= 2 && !memcmp(at, "--", 2)) { c->form = EPILOGUE; return 1; }
        if (!(found = memmem(at, have, "\r\n\r\n", 4))) return 0;
        begin_file(c, at, found + 4 - at);
        return c->state == READ_FORM;
    }
    int skip = c->form == PREAMBLE ? 2 : 0; /* the first delimiter has no line end before it */
    if (!(found = memmem(at, have, c->delimiter + skip, length - skip))) {
        if (have >= length) consume(c, have - length + 1);
        return 0;
    }
    consume(c, found - at);
    if (c->form == FILE_BYTES) list_file(c);
    c->form = AFTER_DELIMITER;
    consume(c, length - skip);
    return 1;
}

static void receive(struct connection *c) {
    ssize_t size;
    if (c->state == READ_AWAY) {
        size_t most = c->body_left < BLOCK_SIZE ? c->body_left : BLOCK_SIZE;
        size = recv(c->fd, NULL, most, MSG_TRUNC); /* drops them without a copy */
        if (size > 0) c->body_left -= size;
    } else {
        memmove(c->in, c->in + c->start, c->end - c->start);
        c->end -= c->start, c->start = 0;
        size = recv(c->fd, c->in + c->end, IN_SIZE - c->end, 0);
        if (size > 0) c->end += size;
    }
    if (size <= 0) {
        if (size == 0 || errno != EAGAIN) hang_up(c);
        return;
    }
    if (c->state == READ_HEAD && !read_head(c)) return;
    while (c->state == READ_FORM && read_form(c)) {}
    if (c->state == READ_BODY && c->body_left > IN_SIZE) c->state = READ_AWAY;
    if (c->state == READ_AWAY) c->body_left -= c->end - c->start, c->start = c->end;
    long long missing = c->body_left - (c->state == READ_BODY ? (long long)(c->end - c->start) : 0);
    if (missing > 0 || c->state == READ_HEAD) return;
    answer(c);
}

/* ---- The loop ---- */

static void listen_on(int fd) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

static void welcome(int listener) {
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    if (fd < 0) return;
    if (fd >= CONNECTIONS) { close(fd); return; }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    connections[fd] = calloc(1, sizeof(struct connection));
    connections[fd]->fd = fd;
    if (fd > highest) highest = fd;
    listen_on(fd);
}

static void wake_up(void) {
    unsigned long long expirations;
    if (read(timer, &expirations, sizeof expirations) < 0) return;
    for (int fd = 0; fd <= highest; fd++) {
        struct connection *c = connections[fd];
        if (!c || c->state != WAITING || c->due > now()) continue;
        c->state = READ_HEAD;
        transmit(c);
    }
}

static void go_on(struct connection *c, unsigned events) {
    if (!c) return;
    if (c->state == REPLYING) transmit(c);
    else if (c->state != WAITING) receive(c);
    else if (events & EPOLLHUP) hang_up(c);
}

/* Fills what files and answers are made of. A unit of text has an escape and a letter of two
   bytes; files look like nothing that could be guessed. */
static void make_contents(void) {
    for (int n = 0; n < UNITS; n++) {
        char unit[UNIT + 1];
        snprintf(unit, sizeof unit, "word %05d of an answ\xc3\xa9r goes\\non ", n);
        memcpy(text + n * UNIT, unit, UNIT);
    }
    unsigned noise = 1;
    for (int n = 0; n < BLOCK_SIZE; n++) {
        noise = noise * 1103515245 + 12345;
        block[n] = noise >> 16;
    }
}

int main(int count, char **values) {
    struct sockaddr_in address = {.sin_family = AF_INET};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    struct sockaddr *at = (struct sockaddr *)&address;
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (bind(listener, at, size) || listen(listener, 1024) || getsockname(listener, at, &size)) {
        perror("stub");
        return 1;
    }
    latency = count > 1 ? (long long)(atof(values[1]) * 1e6) : 0;
    make_contents();
    epoll = epoll_create1(0);
    timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    listen_on(listener), listen_on(timer), listen_on(STDIN_FILENO);
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    for (;;) {
        struct epoll_event events[256];
        int ready = epoll_wait(epoll, events, 256, -1);
        for (int n = 0; n < ready; n++) {
            int fd = events[n].data.fd;
            if (fd == STDIN_FILENO) return 0;
            else if (fd == listener) welcome(fd);
            else if (fd == timer) wake_up();
            else go_on(connections[fd], events[n].events);
        }
        set_timer();
    }
}
