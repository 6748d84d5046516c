import HTTP
import Transport

extension Connection {
  /// Writes the gathered responses in one call, and stores the bytes that the socket does not accept.
  func flushGathered() {
    server.takeGathered { bytes in
      if case .closed = state { return }
      write(bytes)
    }
    finishClosing()
  }

  private func write(_ bytes: UnsafeRawBufferPointer) {
    guard unsent.isEmpty else { return unsent.append(bytes) }
    do {
      switch try socket.write(bytes) {
      case .bytes(let count) where count == bytes.count: return
      case .bytes(let count): keepUnsent(UnsafeRawBufferPointer(rebasing: bytes[count...]))
      case .wouldBlock: keepUnsent(bytes)
      }
    } catch {
      // The client has disconnected, which is a normal end.
      close()
    }
  }

  private func keepUnsent(_ bytes: UnsafeRawBufferPointer) {
    unsent.append(bytes)
    restartDeadline()
  }

  /// Writes the unsent bytes once the socket accepts bytes again.
  func flushUnsent() {
    do throws(SocketError) {
      try unsent.write { (bytes) throws(SocketError) in
        switch try socket.write(bytes) {
        case .bytes(let count): count
        case .wouldBlock: 0
        }
      }
    } catch {
      return close()
    }
    restartDeadline()
    guard unsent.isEmpty else { return }
    finishClosing()
    continueAfterFlush()
  }

  /// Processes the input that waited for unsent bytes.
  private func continueAfterFlush() {
    switch state {
    case .idle, .receiving:
      resume()
      flushGathered()
    case .calling, .awaiting, .paused, .closing, .lingering, .closed:
      break
    }
  }
}

/// The bytes of responses that the socket has not accepted yet.
struct UnsentOutput {
  private var bytes: [UInt8] = []
  private var start = 0

  var isEmpty: Bool { start == bytes.count }

  /// Appends bytes after those that already wait.
  mutating func append(_ more: UnsafeRawBufferPointer) {
    bytes.append(contentsOf: more)
  }

  /// Passes the waiting bytes to a writer, which returns how many it wrote. An empty queue owns no memory.
  mutating func write<Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Int
  ) throws(Failure) {
    let written = try bytes.withUnsafeBufferPointer { (all) throws(Failure) -> Int in
      try body(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: all[start...])))
    }
    start += written
    if isEmpty { self = UnsentOutput() }
  }
}
