import EventLoop

extension Socket {
  /// Opens a connection on a loop: looks the name up and tries its addresses in order, each within the time limit.
  ///
  /// The returned socket is not registered with any loop. Throws the error of the last address.
  package static func connected(
    to address: SocketAddress, on loop: EventLoop, timeoutMilliseconds: Int
  ) async throws(SocketError) -> Socket {
    var failure = SocketError(.resolve, reason: .addressNotAvailable)
    for candidate in try await address.resolved() {
      let outcome = await withUnsafeContinuation { continuation in
        loop.perform { ConnectAttempt(continuation, on: loop).begin(candidate, timeoutMilliseconds) }
      }
      switch outcome {
      case .success(let socket): return socket
      case .failure(let error): failure = error
      }
    }
    throw failure
  }
}

/// One attempt to connect to one address. Confined to its loop.
private final class ConnectAttempt: ReadinessHandler {
  private enum State {
    case ready
    case connecting(Socket, TimerID)
    case ended
  }

  private let continuation: UnsafeContinuation<Result<Socket, SocketError>, Never>
  private let loop: EventLoop
  private var state = State.ready

  init(_ continuation: UnsafeContinuation<Result<Socket, SocketError>, Never>, on loop: EventLoop) {
    self.continuation = continuation
    self.loop = loop
  }

  func begin(_ address: SocketAddress, _ timeoutMilliseconds: Int) {
    do throws(SocketError) {
      let socket = try Socket.open(for: address)
      do throws(SocketError) {
        try start(socket, address, timeoutMilliseconds)
      } catch {
        socket.close()
        throw error
      }
    } catch {
      finish(.failure(error))
    }
  }

  private func start(_ socket: Socket, _ address: SocketAddress, _ timeoutMilliseconds: Int)
    throws(SocketError)
  {
    try socket.set(.noDelay(true))
    switch try socket.connect(to: address) {
    case .connected:
      finish(.success(socket))
    case .inProgress:
      do {
        try loop.register(socket.descriptor, for: .writable, handler: self)
      } catch {
        throw SocketError(.connect, errorNumber: error.errorNumber)
      }
      let timer = loop.schedule(afterMilliseconds: timeoutMilliseconds) {
        self.conclude(with: SocketError(.connect, reason: .timedOut))
      }
      state = .connecting(socket, timer)
    }
  }

  func ready(_ readiness: Readiness) {
    guard case .connecting(let socket, _) = state else { return }
    conclude(with: socket.takeError())
  }

  private func conclude(with error: SocketError?) {
    guard case .connecting(let socket, let timer) = state else { return }
    state = .ended
    loop.cancel(timer)
    loop.deregister(socket.descriptor) {
      if let error {
        socket.close()
        self.finish(.failure(error))
      } else {
        self.finish(.success(socket))
      }
    }
  }

  private func finish(_ outcome: Result<Socket, SocketError>) {
    state = .ended
    continuation.resume(returning: outcome)
  }
}
