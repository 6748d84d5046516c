import EventLoop
import Glibc

/// A non-blocking stream socket: a value around its descriptor.
///
/// The value does not own the descriptor. The code that opened it closes it, once. While it is registered with a loop,
/// it may be closed only in ``EventLoop/deregister(_:whenReleased:)``.
package struct Socket: Sendable, Hashable {
  /// The kernel's number for the socket.
  package let descriptor: Int32

  /// Wraps a descriptor that is non-blocking already.
  package init(descriptor: Int32) { self.descriptor = descriptor }

  /// The result of a read.
  package enum ReadOutcome: Sendable, Hashable {
    /// The number of bytes read, at least one.
    case bytes(Int)
    /// No bytes yet; wait until the socket is readable.
    case wouldBlock
    /// The peer sends no more.
    case ended
  }

  /// The result of a write.
  package enum WriteOutcome: Sendable, Hashable {
    /// The number of bytes that the kernel took, which may be fewer than offered.
    case bytes(Int)
    /// The kernel takes no bytes now; wait until the socket is writable.
    case wouldBlock
  }

  /// The result of a connect.
  package enum ConnectOutcome: Sendable, Hashable {
    /// The connection is established.
    case connected
    /// The attempt continues. When the socket is writable, ``Socket/takeError()`` returns its result.
    case inProgress
  }

  /// Opens a socket of the family of a numeric address: non-blocking, closed on exec.
  package static func open(for address: SocketAddress) throws(SocketError) -> Socket {
    guard let storage = address.storage else { throw SocketError(.open, reason: .malformedAddress) }
    let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    let descriptor = socket(storage.family, type, 0)
    guard descriptor >= 0 else { throw .last(.open) }
    return Socket(descriptor: descriptor)
  }

  /// Reads the available bytes, once, into the buffer, which must not be empty.
  package func read(into buffer: UnsafeMutableRawBufferPointer) throws(SocketError) -> ReadOutcome {
    while true {
      let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
      if count > 0 { return .bytes(count) }
      if count == 0 { return .ended }
      switch errno {
      case EAGAIN: return .wouldBlock
      case EINTR: continue
      default: throw .last(.read)
      }
    }
  }

  /// Writes once. A write to a disconnected peer throws and raises no signal (`MSG_NOSIGNAL`).
  package func write(_ bytes: UnsafeRawBufferPointer) throws(SocketError) -> WriteOutcome {
    while true {
      let count = send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
      if count >= 0 { return .bytes(count) }
      switch errno {
      case EAGAIN: return .wouldBlock
      case EINTR: continue
      default: throw .last(.write)
      }
    }
  }

  /// Begins to connect to a numeric address.
  package func connect(to address: SocketAddress) throws(SocketError) -> ConnectOutcome {
    guard let storage = address.storage else { throw SocketError(.connect, reason: .malformedAddress) }
    if storage.withPointer({ Glibc.connect(descriptor, $0, $1) }) == 0 { return .connected }
    switch errno {
    case EINPROGRESS, EINTR: return .inProgress
    default: throw .last(.connect)
    }
  }

  /// Takes the pending error of a connect or a write (`SO_ERROR`); nil without one.
  package func takeError() -> SocketError? {
    var number: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    guard getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &number, &length) == 0 else { return .last(.connect) }
    return number == 0 ? nil : SocketError(.connect, errorNumber: number)
  }

  /// Ends the sending direction; reading still works. A disconnected peer causes no error.
  package func finishWriting() { shutdown(descriptor, Int32(SHUT_WR)) }

  /// Closes the descriptor. The kernel may reuse its number at once.
  package func close() { _ = Glibc.close(descriptor) }

  /// The address of this end.
  package func localAddress() throws(SocketError) -> SocketAddress {
    guard let address = AddressStorage(filledBy: { getsockname(descriptor, $0, $1) })?.address else {
      throw .last(.describe)
    }
    return address
  }

  /// The address of the other end. Throws ``SocketError/Reason/peerGone`` without a peer.
  package func remoteAddress() throws(SocketError) -> SocketAddress {
    guard let address = AddressStorage(filledBy: { getpeername(descriptor, $0, $1) })?.address else {
      throw .last(.describe)
    }
    return address
  }
}
