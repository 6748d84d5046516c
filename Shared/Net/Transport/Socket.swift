import EventLoop
import Glibc

/// A non-blocking stream socket: a value around its descriptor.
///
/// The value does not own the descriptor; its maker closes it, once. While it is registered with a loop that
/// happens in ``EventLoop/deregister(_:whenReleased:)`` and nowhere else.
package struct Socket: Sendable, Hashable {
  /// The number the kernel knows the socket by.
  package let descriptor: Int32

  /// Wraps a descriptor that is non-blocking already.
  package init(descriptor: Int32) { self.descriptor = descriptor }

  /// What a read found.
  package enum ReadOutcome: Sendable, Hashable {
    /// That many bytes, at least one.
    case bytes(Int)
    /// Nothing yet; wait until it is readable.
    case wouldBlock
    /// The peer sends no more.
    case ended
  }

  /// What became of a write.
  package enum WriteOutcome: Sendable, Hashable {
    /// The kernel took that many bytes, perhaps fewer than were offered.
    case bytes(Int)
    /// It takes none at present; wait until it is writable.
    case wouldBlock
  }

  /// What became of a connect.
  package enum ConnectOutcome: Sendable, Hashable {
    /// The connection stands.
    case connected
    /// It is under way: when the socket is writable, ``Socket/takeError()`` tells how it went.
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

  /// Reads what is there, once, into the buffer, which must not be empty.
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

  /// Writes once; a peer that is gone is an error and never a signal (`MSG_NOSIGNAL`).
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

  /// Takes the error a connect or a write left behind (`SO_ERROR`); nil when there is none.
  package func takeError() -> SocketError? {
    var number: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    guard getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &number, &length) == 0 else { return .last(.connect) }
    return number == 0 ? nil : SocketError(.connect, errorNumber: number)
  }

  /// Tells the peer that nothing more will be sent; reading goes on. A peer that is gone already is no error.
  package func finishWriting() { shutdown(descriptor, Int32(SHUT_WR)) }

  /// Gives the descriptor back to the kernel; the number may be in use again at once.
  package func close() { _ = Glibc.close(descriptor) }

  /// The address of this end.
  package func localAddress() throws(SocketError) -> SocketAddress {
    guard let address = AddressStorage(filledBy: { getsockname(descriptor, $0, $1) })?.address else {
      throw .last(.describe)
    }
    return address
  }

  /// The address of the other end; ``SocketError/Reason/peerGone`` when there is none.
  package func remoteAddress() throws(SocketError) -> SocketAddress {
    guard let address = AddressStorage(filledBy: { getpeername(descriptor, $0, $1) })?.address else {
      throw .last(.describe)
    }
    return address
  }
}
