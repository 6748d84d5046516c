import Dispatch
import EventLoop
import Glibc
import Synchronization

/// A listening socket, watched by a dispatch source. It accepts new connections and passes them to the server's loops.
package final class Listener: Sendable {
  /// The most connections accepted for one event, so that other work on the queue has its turn.
  private static let acceptsPerEvent = 128
  /// The pause when the process is out of descriptors. The connection stays in the kernel's queue and the listening
  /// socket stays readable, so the source would spin without a pause.
  private static let pauseMilliseconds = 100
  /// The time between two looks at the handshakes in progress while the listener closes.
  private static let lookMilliseconds = 100
  /// The time of all looks. An ignored client tries again after a second, and finds the port closed.
  private static let closingMilliseconds = 900
  /// The looks where the system does not report handshakes.
  private static let blindLooks = 3
  /// How long the first timer may take before the listener gives up on it.
  private static let timerPatienceSeconds = 5
  /// The bytes that the kernel takes of an accepted connection before it has sent them. Its buffer would grow to megabytes
  /// that no budget of ours counts, and would report no progress of a slow reader for minutes.
  private static let unsentBytes = 65_536
  /// Connections that may wait in the kernel's queue.
  package static let defaultBacklog = 1024

  private enum State: Sendable {
    case listening(DispatchSource)
    /// Out of descriptors: the source is suspended until a timer resumes it.
    case paused(DispatchSource)
    case closed
  }

  /// The address it listens on, with the port that the system chose for port 0.
  package let address: SocketAddress

  private let socket: Socket
  private let backlog: Int
  private let queue = DispatchQueue(label: "listener")
  private let onAccept: @Sendable (Socket, SocketAddress) -> Void
  private let onShortage: @Sendable () -> Void
  private let state = Mutex(State.closed)
  private let closed = DispatchGroup()

  /// Listens on a numeric address and calls `onAccept`, on a queue of its own, with every connection and the address of its
  /// client. A connection is non-blocking, closed on exec, and without delay for small writes; the caller closes it. When the
  /// process has no descriptor for a connection, the listener calls `onShortage`, and tries again after a pause.
  package init(
    on address: SocketAddress, backlog: Int = Listener.defaultBacklog,
    onShortage: @escaping @Sendable () -> Void = {},
    onAccept: @escaping @Sendable (Socket, SocketAddress) -> Void
  ) throws(SocketError) {
    self.backlog = backlog
    try Self.prepareTimer(on: queue)
    socket = try Self.open(address, backlog: backlog)
    self.onAccept = onAccept
    self.onShortage = onShortage
    do {
      self.address = try socket.localAddress()
    } catch {
      socket.close()
      throw error
    }
    try activate()
  }

  deinit { close() }

  /// Accepts no more connections. The socket closes once the source has confirmed its cancellation. The kernel resets
  /// the connections in its queue.
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

  /// Accepts the connections in the kernel's queue, then closes, and returns when the port is free again.
  ///
  /// The kernel would reset a connection that came between the last accept and the close, with the request that its
  /// client has sent. So new clients get no answer meanwhile, and try again a second later. The listener closes once no
  /// handshake is in progress. Its client is connected already, and the last segment can still wait for a turn of the
  /// kernel's thread that takes in segments (`ksoftirqd`): 200 ms, measured on two processors with a load of 17. A client
  /// is lost whose handshake takes longer than ``closingMilliseconds``, or than ``blindLooks`` where the system does not
  /// report handshakes. The listener waits that long, too, for descriptors, while clients wait in the queue without one.
  package func closeAndWait() async {
    queue.async {
      // The number of a closed socket may be another one's by now.
      guard self.isOpen else { return }
      ListeningDescriptor.ignoreNewClients(of: self.socket.descriptor)
      self.acceptWaiting(atMost: self.backlog)
      self.closeSoon(by: .now() + .milliseconds(Self.closingMilliseconds))
    }
    await withUnsafeContinuation { continuation in
      closed.notify(queue: queue) { continuation.resume() }
    }
  }

  private func closeSoon(by deadline: DispatchTime, look: Int = 1) {
    queue.asyncAfter(deadline: min(.now() + .milliseconds(Self.lookMilliseconds), deadline)) {
      guard self.isOpen else { return }
      // The server has made room since it ran out of descriptors.
      self.unpause()
      // The look comes first: a client whose handshake ends after it is accepted.
      let handshakes = ListeningDescriptor.handshakes(of: self.socket.descriptor)
      let isQueueEmpty = self.acceptWaiting(atMost: self.backlog)
      let mayBecomePending =
        switch handshakes {
        case .none: false
        case .inProgress: true
        case .unknown: look < Self.blindLooks
        }
      if mayBecomePending || !isQueueEmpty, .now() < deadline {
        self.closeSoon(by: deadline, look: look + 1)
      } else {
        self.close()
      }
    }
  }

  /// Dispatch opens the descriptor of its timers when a program sets the first one. This must not happen when the
  /// process is out of descriptors, because the listener would then never end its pause.
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
      // Accepted connections inherit both: the kernel copies the listening socket.
      try socket.set(.noDelay(true))
      try socket.set(.unsentBytes(unsentBytes))
      let isBound = storage.withPointer { bind(socket.descriptor, $0, $1) } == 0
      guard isBound else { throw SocketError.last(.bind).at(address) }
      guard listen(socket.descriptor, Int32(clamping: backlog)) == 0 else {
        throw SocketError.last(.listen).at(address)
      }
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

  private var isOpen: Bool {
    state.withLock { if case .closed = $0 { false } else { true } }
  }

  /// Whether no connection is left in the kernel's queue. False when there was no descriptor for the next one.
  @discardableResult private func acceptWaiting(atMost count: Int) -> Bool {
    guard case .listening = state.withLock({ $0 }) else { return false }
    for _ in 0..<count {
      var descriptor: Int32 = -1
      let client = AddressStorage {
        descriptor = ListeningDescriptor.accept(from: socket.descriptor, client: $0, $1)
        return min(descriptor, 0)
      }
      if descriptor >= 0 {
        let connection = Socket(descriptor: descriptor)
        guard let client = client?.address else {
          connection.close()
          continue
        }
        onAccept(connection, client)
        continue
      }
      switch errno {
      case EINTR, ECONNABORTED, EPROTO: continue
      case EMFILE, ENFILE, ENOBUFS, ENOMEM:
        pause()
        return false
      default: return true
      }
    }
    return false
  }

  private func pause() {
    let isPaused = state.withLock { state in
      guard case .listening(let source) = state else { return false }
      source.suspend()
      state = .paused(source)
      return true
    }
    guard isPaused else { return }
    onShortage()
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
