import Dispatch
import EventLoop
import Glibc
import Synchronization

/// A listening socket, watched by a dispatch source: the frame around the loops that takes new connections and gives
/// them away.
package final class Listener: Sendable {
  /// Connections taken in one go, before other listeners on the queue have their turn.
  private static let acceptsPerEvent = 128
  /// Rest when the process is out of descriptors: the connection stays in the kernel's queue, and the listening socket
  /// stays readable, so that going on at once would spin.
  private static let pauseMilliseconds = 100
  /// How long the first timer may take before it is certain that there will be none.
  private static let timerPatienceSeconds = 5
  /// Connections that may wait in the kernel's queue.
  package static let defaultBacklog = 1024

  private enum State: Sendable {
    case listening(DispatchSource)
    /// Out of descriptors: the source is suspended until a timer resumes it.
    case paused(DispatchSource)
    case closed
  }

  /// The address it listens on, with the port the system chose if it was asked for 0.
  package let address: SocketAddress

  private let socket: Socket
  private let backlog: Int
  private let queue = DispatchQueue(label: "listener")
  private let onAccept: @Sendable (Socket) -> Void
  private let state = Mutex(State.closed)
  private let closed = DispatchGroup()

  /// Listens on a numeric address and calls `onAccept`, on a queue of its own, with every connection: non-blocking,
  /// closed on exec, without delay for small writes. The caller closes the socket.
  package init(
    on address: SocketAddress, backlog: Int = Listener.defaultBacklog,
    onAccept: @escaping @Sendable (Socket) -> Void
  ) throws(SocketError) {
    self.backlog = backlog
    try Self.prepareTimer(on: queue)
    socket = try Self.open(address, backlog: backlog)
    self.onAccept = onAccept
    do {
      self.address = try socket.localAddress()
    } catch {
      socket.close()
      throw error
    }
    try activate()
  }

  deinit { close() }

  /// Takes no more connections; the socket is closed when the source has confirmed it. Connections that wait in the
  /// kernel's queue are reset.
  package func close() {
    state.withLock { state in
      switch state {
      case .listening(let source):
        source.cancel()
      case .paused(let source):
        source.cancel()
        source.resume()
      case .closed:
        break
      }
      state = .closed
    }
  }

  /// Takes the connections that wait already, then closes, and returns when the port is free again.
  package func closeAndWait() async {
    queue.async {
      self.acceptWaiting(atMost: self.backlog)
      self.close()
    }
    await withUnsafeContinuation { continuation in
      closed.notify(queue: queue) { continuation.resume() }
    }
  }

  /// Dispatch opens the descriptor behind its timers when the first of them is set. That must not be the moment when
  /// there are no descriptors left, or the listener would never wake from its rest.
  private static func prepareTimer(on queue: DispatchQueue) throws(SocketError) {
    let fired = DispatchSemaphore(value: 0)
    queue.asyncAfter(deadline: .now() + .milliseconds(1)) { fired.signal() }
    guard fired.wait(timeout: .now() + .seconds(timerPatienceSeconds)) == .success else {
      throw SocketError(.listen, errorNumber: EMFILE)
    }
  }

  private static func open(_ address: SocketAddress, backlog: Int) throws(SocketError) -> Socket {
    guard let storage = address.storage else { throw SocketError(.bind, reason: .malformedAddress) }
    let socket = try Socket.open(for: address)
    do throws(SocketError) {
      try socket.set(.reuseAddress(true))
      let isBound = storage.withPointer { bind(socket.descriptor, $0, $1) } == 0
      guard isBound else { throw SocketError.last(.bind) }
      guard listen(socket.descriptor, Int32(clamping: backlog)) == 0 else { throw SocketError.last(.listen) }
      return socket
    } catch {
      socket.close()
      throw error
    }
  }

  private func activate() throws(SocketError) {
    let made = DispatchSource.makeReadSource(fileDescriptor: socket.descriptor, queue: queue)
    let (socket, closed) = (socket, closed)
    closed.enter()
    made.setEventHandler { [weak self] in self?.acceptWaiting(atMost: Self.acceptsPerEvent) }
    made.setCancelHandler {
      socket.close()
      closed.leave()
    }
    made.activate()
    guard let source = made as? DispatchSource else {
      made.cancel()
      throw SocketError(.listen, errorNumber: ENOTSUP)
    }
    state.withLock { $0 = .listening(source) }
  }

  private func acceptWaiting(atMost count: Int) {
    guard case .listening = state.withLock({ $0 }) else { return }
    for _ in 0..<count {
      let descriptor = AcceptedDescriptor.accept(from: socket.descriptor)
      if descriptor >= 0 {
        let connection = Socket(descriptor: descriptor)
        // A failure here means that the peer is gone already; the first read will say so.
        try? connection.set(.noDelay(true))
        onAccept(connection)
        continue
      }
      switch errno {
      case EINTR, ECONNABORTED, EPROTO: continue
      case EMFILE, ENFILE, ENOBUFS, ENOMEM: return pause()
      default: return
      }
    }
  }

  private func pause() {
    let isPaused = state.withLock { state in
      guard case .listening(let source) = state else { return false }
      source.suspend()
      state = .paused(source)
      return true
    }
    guard isPaused else { return }
    queue.asyncAfter(deadline: .now() + .milliseconds(Self.pauseMilliseconds)) { [weak self] in
      self?.unpause()
    }
  }

  private func unpause() {
    state.withLock { state in
      guard case .paused(let source) = state else { return }
      source.resume()
      state = .listening(source)
    }
  }
}
