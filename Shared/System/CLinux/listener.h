// What a listening socket needs that Swift's Glibc module does not import: accept4(2), a filter for new clients, and the kernel's
// list of the clients that wait.
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

// Accepts a connection without blocking. The new descriptor is atomically non-blocking and close-on-exec.
static inline int bulkhead_accept(int listener) {
  return bulkhead_accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
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

// The states of a client that is not accepted yet (enum in the kernel's tcp_states.h, in part not exported): the handshake is in
// progress (SYN_RECV, and NEW_SYN_RECV while there is no socket), it has ended (ESTABLISHED), the client has said all
// (CLOSE_WAIT).
enum { bulkhead_waiting_states = 1 << 3 | 1 << 12 | 1 << 1 | 1 << 8 };

// Asks the kernel for the sockets of the listener's port (sock_diag(7)).
static inline int bulkhead_ask_for_waiting(int diagnosis, int listener) {
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
       .idiag_states = bulkhead_waiting_states,
       .id = {.idiag_sport = address.sin6_port}},
  };
  return send(diagnosis, &message, sizeof(message), 0) == (ssize_t)sizeof(message) ? 0 : -1;
}

// Whether a client of the listener waits that accept(2) has not returned, its handshake in progress or ended: 1 or 0, and -1 where
// the system does not say. A socket that no process holds has no inode.
static inline int bulkhead_has_waiting(int listener) {
  int diagnosis = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
  if (diagnosis < 0) return -1;
  int waiting = bulkhead_ask_for_waiting(diagnosis, listener), ends = waiting < 0;
  while (!ends) {
    _Alignas(struct nlmsghdr) char bytes[32768];
    ssize_t count = recv(diagnosis, bytes, sizeof(bytes), 0);
    if (count < 0 && errno == EINTR) continue;
    ends = count <= 0;
    if (ends) waiting = -1;
    struct nlmsghdr *header = (struct nlmsghdr *)bytes;
    for (; !ends && NLMSG_OK(header, count); header = NLMSG_NEXT(header, count)) {
      ends = header->nlmsg_type != SOCK_DIAG_BY_FAMILY;
      if (ends && header->nlmsg_type != NLMSG_DONE) waiting = -1;
      if (!ends && ((struct inet_diag_msg *)NLMSG_DATA(header))->idiag_inode == 0) waiting = 1;
    }
  }
  close(diagnosis);
  return waiting;
}

#endif
