import HTTP
import Transport

extension Connection {
  /// Writes the answers gathered since the last time, in one call; keeps what the client does not take.
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
      // The client is gone, which is a normal end.
      close()
    }
  }

  private func keepUnsent(_ bytes: UnsafeRawBufferPointer) {
    unsent.append(bytes)
    restartDeadline()
  }

  /// The client takes bytes again.
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
    goOn()
  }

  /// Everything is sent: what waited because of it can go on.
  private func goOn() {
    switch state {
    case .idle, .receiving:
      resume()
      flushGathered()
    case .calling, .awaiting, .closing, .lingering, .closed:
      break
    }
  }
}

/// What the client has not taken yet of its answers.
struct UnsentOutput {
  private var bytes: [UInt8] = []
  private var start = 0

  var isEmpty: Bool { start == bytes.count }

  /// Keeps bytes behind those that wait already.
  mutating func append(_ more: UnsafeRawBufferPointer) {
    bytes.append(contentsOf: more)
  }

  /// Gives what waits to a writer, which says how much of it is gone. An empty queue owns no memory.
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
