import Clock
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
    if let encryption { writeEncrypted(bytes, encryption) } else { writePlain(bytes) }
  }

  /// Writes bytes as they are, after those that wait.
  func writePlain(_ bytes: UnsafeRawBufferPointer) {
    guard unsent == nil else { return keepUnsent(bytes) }
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
    let waiting = unsent ?? UnsentOutput()
    waiting.append(bytes)
    server.unsentBytes += bytes.count
    if unsent == nil {
      unsent = waiting
      transferred = 0
      heldByKernel = socket.unacknowledgedBytes
      lastAccepted = MonotonicClock.coarseNanoseconds()
      restartDeadline()
    }
    if waiting.size > server.configuration.maximumUnsentBytesPerConnection {
      // No request begins while bytes wait: these are of one answer, or one batch, that the client could not read yet.
      server.counters.count(.tooLargeAnswer)
      close()
    } else {
      server.limitUnsent()
    }
  }

  /// Releases the unsent bytes.
  func dropUnsent() {
    server.unsentBytes -= unsent?.size ?? 0
    unsent = nil
    lastAccepted = 0
  }

  /// Notes that the client has accepted bytes. The time limit begins again once it has accepted enough for the least rate:
  /// a client that accepts a byte now and then holds its response no longer than one that accepts none.
  private func noteAccepted(_ count: Int, of unsent: UnsentOutput) {
    guard count > 0 else { return }
    if unsent.isEmpty {
      dropUnsent()
      return restartDeadline()
    }
    lastAccepted = MonotonicClock.coarseNanoseconds()
    transferred += count
    guard transferred >= server.readerBytes else { return }
    transferred = 0
    heldByKernel = socket.unacknowledgedBytes
    restartDeadline()
  }

  /// Whether the client has accepted enough since the time limit began, with what the kernel held for it. The socket becomes
  /// writable only once a good part of that is sent, so a slow client moves bytes that no write shows.
  func hasAccepted() -> Bool {
    let held = socket.unacknowledgedBytes
    let moved = transferred + heldByKernel - held
    guard moved >= server.readerBytes else { return false }
    transferred = 0
    heldByKernel = held
    return true
  }

  /// Writes the unsent bytes once the socket accepts bytes again.
  func flushUnsent() {
    guard let unsent else { return }
    let accepted: Int
    do throws(SocketError) {
      accepted = try unsent.write { (bytes) throws(SocketError) in
        switch try socket.write(bytes) {
        case .bytes(let count): count
        case .wouldBlock: 0
        }
      }
    } catch {
      return close()
    }
    noteAccepted(accepted, of: unsent)
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
///
/// An object of its own, which a connection has only while bytes wait: a request then compares a reference, and no access to
/// the bytes has to be checked.
final class UnsentOutput {
  private var bytes: [UInt8] = []
  private var start = 0

  var isEmpty: Bool { start == bytes.count }

  /// The memory that the bytes occupy, with those that are sent.
  var size: Int { bytes.count }

  /// Appends bytes after those that already wait.
  func append(_ more: UnsafeRawBufferPointer) {
    bytes.append(contentsOf: more)
  }

  /// Passes the waiting bytes to a writer, which returns how many it wrote.
  func write<Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Int
  ) throws(Failure) -> Int {
    let written = try bytes.withUnsafeBufferPointer { (all) throws(Failure) -> Int in
      try body(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: all[start...])))
    }
    start += written
    return written
  }
}
