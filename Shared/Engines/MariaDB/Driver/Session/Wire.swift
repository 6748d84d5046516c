import CMariaDB
import EventLoop
import Glibc

/// Runs the calls of one connection of libmariadb on its loop, one at a time. Confined to its loop.
final class Wire: ReadinessHandler {
  private struct Pending {
    let call: Call
    let then: (Int32) -> Void
    let wanted: Int32
  }

  let handle: ConnectionHandle
  let loop: EventLoop
  private let socket: Int32
  private var pending: Pending?
  private var interest: Interest = .readable
  private(set) var isOpen = true
  /// Called when the server or the network ends the connection between two calls.
  var onEnd: (() -> Void)?

  /// Takes over an open connection and registers it with the loop.
  init(_ handle: ConnectionHandle, on loop: EventLoop) throws(LoopError) {
    self.handle = handle
    self.loop = loop
    socket = mysql_get_socket(handle.pointer)
    Self.keepFromWaiting(socket)
    try loop.register(socket, for: .readable, handler: self)
  }

  /// libmariadb leaves the socket blocking. Its reads of plain connections return at once all the same; those of TLS would
  /// wait on the loop's thread for the end of the statement. Call it after the handshake, in which the library takes the
  /// seconds of the connect timeout for milliseconds where the socket does not block.
  static func keepFromWaiting(_ socket: Int32) {
    let flags = fcntl(socket, F_GETFL)
    if flags >= 0, flags & O_NONBLOCK == 0 { _ = fcntl(socket, F_SETFL, flags | O_NONBLOCK) }
  }

  /// Runs a call; `then` gets its result, at once or later. A closed connection drops it.
  func perform(_ call: Call, then: @escaping (_ result: Int32) -> Void) {
    guard isOpen else { return }
    var result: Int32 = 0
    let wanted = call.start(&result)
    follow(call, wanted, result, then)
  }

  func ready(_ readiness: Readiness) {
    guard isOpen else { return }
    guard let current = pending else {
      // No statement runs, so only the end of the session arrives: a message of the server, or none.
      onEnd?()
      return
    }
    var happened: Int32 = 0
    if readiness.contains(.readable) || readiness.contains(.hungUp) { happened |= Wait.read }
    if readiness.contains(.writable) || readiness.contains(.hungUp) { happened |= Wait.write }
    happened &= current.wanted
    guard happened != 0 else { return }
    pending = nil
    var result: Int32 = 0
    let wanted = current.call.resume(&result, happened)
    follow(current.call, wanted, result, current.then)
  }

  private func follow(_ call: Call, _ wanted: Int32, _ result: Int32, _ then: @escaping (Int32) -> Void) {
    guard wanted != 0 else {
      watch(.readable)
      return then(result)
    }
    pending = Pending(call: call, then: then, wanted: wanted)
    var events: Interest = []
    if wanted & Wait.read != 0 { events.insert(.readable) }
    if wanted & Wait.write != 0 { events.insert(.writable) }
    watch(events)
  }

  private func watch(_ events: Interest) {
    guard events != interest else { return }
    interest = events
    loop.update(socket, for: events)
  }

  /// Ends the connection. `afterwards` runs once libmariadb has closed it.
  func close(afterwards: @escaping () -> Void) {
    guard isOpen else { return }
    isOpen = false
    onEnd = nil
    // In the middle of a call the farewell would stand between its packets, and could block.
    if pending != nil { _ = shutdown(socket, Int32(SHUT_RDWR)) }
    let unfinished = pending
    pending = nil
    let handle = handle
    // The handle closes the socket, so it must outlive the loop's registration, and a call its arguments.
    loop.deregister(socket) {
      handle.close()
      withExtendedLifetime(unfinished) {}
      afterwards()
    }
  }
}
