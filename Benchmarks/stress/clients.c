// A bounded crowd of clients for `make stress`: each sends one request, awaits the answer, and repeats it at once.
// Usage: clients PORT[,PORT...] CONNECTIONS SECONDS MODE < requests
// The requests are separated by NUL bytes; the clients use them in turn.
// A refused connection goes to the next port, which is no failure: nothing was sent.
// MODE keep: connections stay until the server closes them; MODE many: the same, and each client has an address of its own;
// MODE never: clients send and never read.
// It prints one line: good N refused N other N failed N connects N p50_ms X p99_ms X slowest_ms X seconds X
// The percentiles are those of good answers; the slowest answer is the slowest first one of a connection, good or not: a
// client that repeats a refusal at once may have to wait.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { limit_of_times = 4000000, answer_bytes = 65536 };

struct client {
  int fd, number, request, port;
  size_t sent, got, length;  // length 0: the head is incomplete
  int status, closes, answered;
  double begun;
  char head[4096];
};

enum { most_requests = 1024 };
static char input[1 << 20];
static struct { const char *bytes; size_t length; } requests[most_requests];
static int request_count;
enum { most_ports = 8, first_of_many = 0x7f010001 };
static int epoll_fd, ports[most_ports], port_count, reads = 1, many;
static long good, refused, other, failed, connects;
static double *times, slowest;
static long time_count;
static double end_at;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static void begin(struct client *c) { c->sent = c->got = c->length = 0; c->status = c->closes = 0; c->begun = now(); }

static void watch(struct client *c, int operation, unsigned events) {
  struct epoll_event event = {.events = events, .data.ptr = c};
  epoll_ctl(epoll_fd, operation, c->fd, &event);
}

static void open_client(struct client *c) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(ports[c->port]), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (c->fd < 0) { perror("socket"); exit(1); }
  int one = 1;
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (many) {
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(first_of_many + c->number)};
    bind(c->fd, (struct sockaddr *)&own, sizeof own);
  }
  connect(c->fd, (struct sockaddr *)&address, sizeof address);
  connects++;
  c->answered = 0;
  begin(c);
  watch(c, EPOLL_CTL_ADD, EPOLLOUT);
}

static void reopen(struct client *c) { close(c->fd); open_client(c); }

// A client that could not connect tries the next port; any other error has lost a request.
static void end_of_error(struct client *c) {
  int error = 0;
  socklen_t length = sizeof error;
  getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &length);
  if (error == ECONNREFUSED && c->sent == 0) c->port = (c->port + 1) % port_count;
  else failed++;
  reopen(c);
}

static void answered(struct client *c) {
  double took = (now() - c->begun) * 1000;
  if (c->answered == 0 && took > slowest) slowest = took;
  if (c->status >= 200 && c->status < 300) {
    good++;
    if (time_count < limit_of_times) times[time_count++] = took;
  } else if (c->status == 503 || c->status == 429) {
    refused++;
  } else {
    if (other++ == 0) fprintf(stderr, "clients: first other answer: %.*s\n", 300, c->head);
  }
  c->answered++;
  if (c->closes) return reopen(c);
  begin(c);
  watch(c, EPOLL_CTL_MOD, EPOLLOUT);
}

static void send_request(struct client *c) {
  size_t length = requests[c->request].length;
  while (c->sent < length) {
    ssize_t n = send(c->fd, requests[c->request].bytes + c->sent, length - c->sent, MSG_NOSIGNAL);
    if (n < 0) {
      if (errno == EAGAIN) return;
      failed++;
      return reopen(c);
    }
    c->sent += n;
  }
  watch(c, EPOLL_CTL_MOD, reads ? EPOLLIN : 0);
}

static void read_answer(struct client *c) {
  static char buffer[answer_bytes];
  ssize_t n = recv(c->fd, buffer, sizeof buffer, 0);
  if (n < 0 && errno == EAGAIN) return;
  if (n <= 0) {
    failed++;
    return reopen(c);
  }
  if (c->length == 0) {
    size_t room = sizeof c->head - 1 - (c->got < sizeof c->head - 1 ? c->got : sizeof c->head - 1);
    size_t take = (size_t)n < room ? (size_t)n : room;
    memcpy(c->head + c->got, buffer, take);
    c->head[c->got + take] = 0;
    char *end = strstr(c->head, "\r\n\r\n");
    if (end) {
      char *length = strcasestr(c->head, "content-length:");
      c->status = atoi(c->head + 9);
      c->length = (end + 4 - c->head) + (length && length < end ? strtoul(length + 15, 0, 10) : 0);
      char *connection = strcasestr(c->head, "connection: close");
      c->closes = connection && connection < end;
    }
  }
  c->got += n;
  if (c->length && c->got >= c->length) answered(c);
}

static int compare(const void *a, const void *b) {
  double x = *(double *)a, y = *(double *)b;
  return (x > y) - (x < y);
}

int main(int count, char **words) {
  if (count != 5) { fprintf(stderr, "usage: clients PORT CONNECTIONS SECONDS keep|many|never < requests\n"); return 64; }
  for (char *p = strtok(words[1], ","); p && port_count < most_ports; p = strtok(0, ",")) ports[port_count++] = atoi(p);
  int connections = atoi(words[2]);
  double seconds = atof(words[3]);
  reads = strcmp(words[4], "never") != 0;
  many = strcmp(words[4], "many") == 0;
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  size_t length = fread(input, 1, sizeof input, stdin), from = 0;
  for (size_t i = 0; i <= length && request_count < most_requests; i++) {
    if (i < length && input[i] != 0) continue;
    requests[request_count].bytes = input + from;
    requests[request_count++].length = i - from;
    from = i + 1;
  }
  times = malloc(sizeof(double) * limit_of_times);
  epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  struct client *clients = calloc(connections, sizeof *clients);
  double start = now();
  end_at = start + seconds;
  for (int i = 0; i < connections; i++) {
    clients[i].number = i;
    clients[i].request = i % request_count;
    clients[i].port = i % port_count;
    open_client(&clients[i]);
  }
  struct epoll_event events[256];
  while (now() < end_at) {
    int ready = epoll_wait(epoll_fd, events, 256, 50);
    for (int i = 0; i < ready; i++) {
      struct client *c = events[i].data.ptr;
      if (events[i].events & (EPOLLERR | EPOLLHUP) && !(events[i].events & EPOLLIN)) { end_of_error(c); continue; }
      if (events[i].events & EPOLLOUT) send_request(c);
      else if (events[i].events & EPOLLIN) read_answer(c);
    }
  }
  double took = now() - start;
  // Who still waits for a first answer has waited at least so long.
  for (int i = 0; i < connections; i++) {
    double waited = (now() - clients[i].begun) * 1000;
    if (clients[i].answered == 0 && waited > slowest) slowest = waited;
  }
  qsort(times, time_count, sizeof *times, compare);
  double p50 = time_count ? times[time_count / 2] : 0, p99 = time_count ? times[time_count * 99 / 100] : 0;
  printf("good %ld refused %ld other %ld failed %ld connects %ld p50_ms %.1f p99_ms %.1f slowest_ms %.1f seconds %.2f\n", good,
         refused, other, failed, connects, p50, p99, slowest, took);
  return 0;
}
