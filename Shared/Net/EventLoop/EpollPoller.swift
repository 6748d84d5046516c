import CLinux
import Glibc

/// The poller for Linux: `epoll(7)` for readiness and an `eventfd(2)` for wake-ups.
package final class EpollPoller: Poller {
  /// The most events that one system call returns. Further events wait for the next call.
  private static let eventsPerWait = 256
  private static let wakeToken = UInt64.max

  private let epoll: Int32
  private let wakeDescriptor: Int32
  private let events: UnsafeMutablePointer<epoll_event>

  /// Opens the epoll set and its wake-up descriptor. Throws when the process has no descriptors left.
  package init() throws(LoopError) {
    let epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
    guard epoll >= 0 else { throw LoopError(operation: .create, errorNumber: errno) }
    let wakeDescriptor = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
    guard wakeDescriptor >= 0 else {
      let number = errno
      close(epoll)
      throw LoopError(operation: .create, errorNumber: number)
    }
    self.epoll = epoll
    self.wakeDescriptor = wakeDescriptor
    events = .allocate(capacity: Self.eventsPerWait)
    try control(EPOLL_CTL_ADD, wakeDescriptor, [.readable], Self.wakeToken, as: .create)
  }

  deinit {
    close(wakeDescriptor)
    close(epoll)
    events.deallocate()
  }

  /// `EPOLL_CTL_ADD`, level-triggered.
  package func add(_ descriptor: Int32, for interest: Interest, token: UInt64) throws(LoopError) {
    try control(EPOLL_CTL_ADD, descriptor, interest, token, as: .register)
  }

  /// `EPOLL_CTL_MOD`.
  package func modify(_ descriptor: Int32, for interest: Interest, token: UInt64) throws(LoopError) {
    try control(EPOLL_CTL_MOD, descriptor, interest, token, as: .update)
  }

  /// `EPOLL_CTL_DEL`. It calls `released` at once, because epoll permits closing the descriptor immediately.
  package func remove(_ descriptor: Int32, token: UInt64, released: @escaping () -> Void) {
    var event = epoll_event()
    epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, &event)
    released()
  }

  /// `epoll_wait`. An interruption by a signal counts as a wait without events.
  package func wait(timeoutMilliseconds: Int, deliver: (UInt64, Readiness) -> Void) {
    let timeout = Int32(clamping: timeoutMilliseconds)
    let count = Int(epoll_wait(epoll, events, Int32(Self.eventsPerWait), timeout))
    var index = 0
    while index < count {
      let token = events[index].data.u64
      if token == Self.wakeToken {
        drainWakeUps()
      } else {
        deliver(token, Readiness(epollEvents: events[index].events))
      }
      index += 1
    }
  }

  /// Adds one to the event counter. The write fails only when the counter is full, and then a wake-up is already due.
  package func wake() {
    var one: UInt64 = 1
    _ = write(wakeDescriptor, &one, MemoryLayout<UInt64>.size)
  }

  private func drainWakeUps() {
    var count: UInt64 = 0
    _ = read(wakeDescriptor, &count, MemoryLayout<UInt64>.size)
  }

  private func control(
    _ operation: Int32, _ descriptor: Int32, _ interest: Interest, _ token: UInt64,
    as name: LoopError.Operation
  ) throws(LoopError) {
    var event = epoll_event()
    event.events = interest.epollEvents
    event.data.u64 = token
    guard epoll_ctl(epoll, operation, descriptor, &event) == 0 else {
      throw LoopError(operation: name, errorNumber: errno)
    }
  }
}

extension Interest {
  fileprivate var epollEvents: UInt32 {
    var events: UInt32 = 0
    if contains(.readable) { events |= EPOLLIN.rawValue }
    if contains(.writable) { events |= EPOLLOUT.rawValue }
    return events
  }
}

extension Readiness {
  fileprivate init(epollEvents events: UInt32) {
    self = []
    if events & EPOLLIN.rawValue != 0 { insert(.readable) }
    if events & EPOLLOUT.rawValue != 0 { insert(.writable) }
    if events & (EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0 { insert(.hungUp) }
  }
}
