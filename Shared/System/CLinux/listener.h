// What a listening socket needs that Swift's Glibc module does not import: accept4(2), a filter for new clients, and the kernel's
// list of the handshakes in progress.
#ifndef BULKHEAD_CLINUX_LISTENER_H
#define BULKHEAD_CLINUX_LISTENER_H

#include <errno.h>
#include <linux/filter.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

extern int bulkhead_accept4(int, struct sockaddr *, socklen_t *, int) __asm__("accept4");

// Accepts a connection without blocking, with the address of its client. The new descriptor is atomically non-blocking and
// close-on-exec.
static inline int bulkhead_accept(int listener, struct sockaddr *client, socklen_t *length) {
  return bulkhead_accept4(listener, client, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

// Lets a listener ignore further clients: they get no answer, and try again (RFC 9293, section 3.8.1). Those whose handshake has
// begun go on. The filter sees the TCP header, whose byte 13 has the flags; 0x02 is SYN.
static inline int bulkhead_ignore_new_clients(int listener) {
  struct sock_filter code[] = {
      {BPF_LD | BPF_B | BPF_ABS, 0, 0, 13},
      {BPF_JMP | BPF_JSET | BPF_K, 0, 1, 0x02},
      {BPF_RET | BPF_K, 0, 0, 0},
      {BPF_RET | BPF_K, 0, 0, 0xffffffff},
  };
  struct sock_fprog program = {sizeof(code) / sizeof(code[0]), code};
  return setsockopt(listener, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

// The states of a handshake in progress (enum in the kernel's tcp_states.h, in part not exported): SYN_RECV, and NEW_SYN_RECV while
// there is no socket. A client is in the queue of accept(2) before its socket leaves them. Established sockets are not listed: a
// server may have a hundred thousand.
enum { bulkhead_handshake_states = 1 << 3 | 1 << 12 };

// Asks the kernel for the handshakes of the listener's port (sock_diag(7)).
static inline int bulkhead_ask_for_handshakes(int diagnosis, int listener) {
  struct sockaddr_in6 address = {0};  // Port and family lie in the same place in both families.
  socklen_t size = sizeof(address);
  if (getsockname(listener, (struct sockaddr *)&address, &size) != 0) return -1;
  struct {
    struct nlmsghdr header;
    struct inet_diag_req_v2 request;
  } message = {
      {sizeof(message), SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST | NLM_F_DUMP, 0, 0},
      {.sdiag_family = (uint8_t)address.sin6_family,
       .sdiag_protocol = IPPROTO_TCP,
       .idiag_states = bulkhead_handshake_states,
       .id = {.idiag_sport = address.sin6_port}},
  };
  return send(diagnosis, &message, sizeof(message), 0) == (ssize_t)sizeof(message) ? 0 : -1;
}

// What the listener knows of its handshakes.
enum { bulkhead_unknown = -1, bulkhead_none = 0, bulkhead_in_progress = 1, bulkhead_not_said = 2 };

// A process without room for the question takes it that a handshake is in progress, and asks again. Other errors are those of a
// system that never answers.
static inline int bulkhead_answer_of_error(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM ? bulkhead_in_progress : bulkhead_unknown;
}

// What one message of the answer says. A socket that no process holds has no inode.
static inline int bulkhead_answer_of_message(const struct nlmsghdr *header) {
  if (header->nlmsg_type == SOCK_DIAG_BY_FAMILY) {
    return ((const struct inet_diag_msg *)NLMSG_DATA(header))->idiag_inode == 0 ? bulkhead_in_progress : bulkhead_not_said;
  }
  // The last message begins with an error's negative number or 0: NLMSG_DONE too, where the kernel has no tcp_diag.
  if (header->nlmsg_len < NLMSG_LENGTH(sizeof(int))) return bulkhead_unknown;
  int error = -*(const int *)NLMSG_DATA(header);
  if (error == 0 && header->nlmsg_type == NLMSG_DONE) return bulkhead_none;
  return bulkhead_answer_of_error(error);
}

// Whether a handshake of the listener is in progress. Reads no further than the first one.
static inline int bulkhead_handshakes(int listener) {
  int diagnosis = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
  if (diagnosis < 0) return bulkhead_answer_of_error(errno);
  int answer = bulkhead_ask_for_handshakes(diagnosis, listener) == 0 ? bulkhead_not_said : bulkhead_answer_of_error(errno);
  while (answer == bulkhead_not_said) {
    _Alignas(struct nlmsghdr) char bytes[32768];
    ssize_t count = recv(diagnosis, bytes, sizeof(bytes), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) answer = count < 0 ? bulkhead_answer_of_error(errno) : bulkhead_unknown;
    const struct nlmsghdr *header = (const struct nlmsghdr *)bytes;
    for (; answer == bulkhead_not_said && NLMSG_OK(header, count); header = NLMSG_NEXT(header, count)) {
      answer = bulkhead_answer_of_message(header);
    }
  }
  close(diagnosis);
  return answer;
}

#endif
