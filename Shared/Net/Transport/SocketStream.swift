import Cryptography

/// A connected socket, plain or encrypted, behind one interface. Its users need not distinguish the two.
///
/// Like ``Socket`` it does not own the descriptor; its owner closes that once.
package enum SocketStream {
  case plain(Socket)
  case encrypted(EncryptedSocket)

  /// The result of a write.
  package struct WriteProgress: Sendable, Hashable {
    /// The event to wait for before the stream takes or sends more.
    package enum State: Sendable, Hashable {
      /// Nothing: the kernel has all bytes.
      case done
      /// The kernel takes no more; wait until the socket is writable.
      case blocked
      /// The handshake is not complete; wait until the socket is readable.
      case handshaking
    }

    /// How many of the caller's bytes the stream has taken. The caller keeps the others.
    package let bytes: Int
    /// The event to wait for.
    package let state: State
  }

  /// The connected socket, for the loop and for options.
  package var socket: Socket {
    switch self {
    case .plain(let socket): socket
    case .encrypted(let stream): stream.socket
    }
  }

  /// Whether ``write(_:)`` has bytes to send that are not the caller's, for example a step of the handshake.
  package var hasUnsentBytes: Bool {
    switch self {
    case .plain: false
    case .encrypted(let stream): stream.hasUnsentBytes
    }
  }

  /// Reads once into the buffer, which has at least ``EncryptedSocket/minimumReadBytes``.
  package func read(into buffer: UnsafeMutableRawBufferPointer) throws(StreamError) -> Socket.ReadOutcome {
    switch self {
    case .encrypted(let stream): return try stream.read(into: buffer)
    case .plain(let socket):
      do throws(SocketError) {
        return try socket.read(into: buffer)
      } catch {
        throw .socket(error)
      }
    }
  }

  /// Writes as much as the kernel takes. A write to a disconnected peer throws and raises no signal.
  package func write(_ bytes: UnsafeRawBufferPointer) throws(StreamError) -> WriteProgress {
    switch self {
    case .encrypted(let stream): return try stream.write(bytes)
    case .plain(let socket):
      guard !bytes.isEmpty else { return WriteProgress(bytes: 0, state: .done) }
      do throws(SocketError) {
        switch try socket.write(bytes) {
        case .bytes(let count):
          return WriteProgress(bytes: count, state: count == bytes.count ? .done : .blocked)
        case .wouldBlock: return WriteProgress(bytes: 0, state: .blocked)
        }
      } catch {
        throw .socket(error)
      }
    }
  }

  /// Sends the protocol's message for the end of the data, if it has one, as far as the kernel takes it at once. The
  /// owner then closes the descriptor.
  package func finish() {
    if case .encrypted(let stream) = self { stream.finishWriting() }
  }
}

/// Why a stream ended.
package enum StreamError: Error, Sendable, Hashable {
  case socket(SocketError)
  case tls(TLSError)
}

extension StreamError: CustomStringConvertible {
  /// One line that is safe to show.
  package var description: String {
    switch self {
    case .socket(let error): error.description
    case .tls(let error): error.description
    }
  }
}
