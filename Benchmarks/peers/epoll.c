// The fastest server for the comparison: one file of C, one thread per core, each with its own epoll set and listener.
// It finds the end of the request head and sends a constant response, without checks and without limits.
// Usage: epoll PORT THREADS
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static const char response[] =
    "HTTP/1.1 200 OK\r\nDate: Sun, 22 Nov 2026 12:00:00 GMT\r\nContent-Type: application/json\r\n"
    "X-Request-Id: 0123456789abcdef\r\nContent-Length: 17\r\n\r\n{\"status\":\"pass\"}";

static int port;

static int open_listener(void) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), one = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 1024) != 0) {
    perror("listen");
    exit(1);
  }
  return fd;
}

static void watch(int set, int fd) {
  struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
  epoll_ctl(set, EPOLL_CTL_ADD, fd, &event);
}

static void accept_all(int set, int listener) {
  int fd, one = 1;
  while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    watch(set, fd);
  }
}

static void serve(int fd, char *buffer, size_t capacity) {
  ssize_t count = read(fd, buffer, capacity - 1);
  if (count < 0 && errno == EAGAIN) return;
  if (count <= 0) {
    close(fd);
    return;
  }
  buffer[count] = 0;
  for (char *at = buffer; (at = strstr(at, "\r\n\r\n")) != NULL; at += 4)
    if (send(fd, response, sizeof response - 1, MSG_NOSIGNAL) < 0) {
      close(fd);
      return;
    }
}

static void *run(void *unused) {
  (void)unused;
  int listener = open_listener(), set = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event events[256];
  char *buffer = malloc(65536);
  watch(set, listener);
  for (;;) {
    int count = epoll_wait(set, events, 256, -1);
    for (int i = 0; i < count; i++)
      if (events[i].data.fd == listener) accept_all(set, listener);
      else serve(events[i].data.fd, buffer, 65536);
  }
  return NULL;
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: epoll PORT THREADS\n");
    return 64;
  }
  port = atoi(argv[1]);
  signal(SIGPIPE, SIG_IGN);
  pthread_t thread;
  for (int i = 1; i < atoi(argv[2]); i++) pthread_create(&thread, NULL, run, NULL);
  run(NULL);
}
