import Glibc

/// The options that this project sets on sockets; each has a number as its value.
package enum SocketOption: Sendable, Hashable {
  /// Send small writes at once (`TCP_NODELAY`): every write here is a whole batch already.
  case noDelay(Bool)
  /// Listen on an address although old connections to it still linger (`SO_REUSEADDR`).
  case reuseAddress(Bool)
  /// Detect by probes that an idle peer has disconnected (`SO_KEEPALIVE`).
  case keepAlive(Bool)
  /// Bytes the kernel holds for sending (`SO_SNDBUF`).
  case sendBufferBytes(Int)
  /// Bytes the kernel holds until they are read (`SO_RCVBUF`).
  case receiveBufferBytes(Int)
  /// The most bytes that the kernel takes before it has sent them (`TCP_NOTSENT_LOWAT`); what is under way comes on top.
  case unsentBytes(Int)
  /// Give up on unacknowledged data after this time (`TCP_USER_TIMEOUT`).
  case userTimeoutMilliseconds(Int)

  /// Linux's number, which Swift's Glibc module does not always import (`tcp(7)`).
  private static let tcpUserTimeout: Int32 = 18
  private static let tcpNotSentLowWaterMark: Int32 = 25

  fileprivate var setting: (level: Int32, name: Int32, value: Int32) {
    switch self {
    case .noDelay(let isOn): (Int32(IPPROTO_TCP), TCP_NODELAY, isOn ? 1 : 0)
    case .reuseAddress(let isOn): (SOL_SOCKET, SO_REUSEADDR, isOn ? 1 : 0)
    case .keepAlive(let isOn): (SOL_SOCKET, SO_KEEPALIVE, isOn ? 1 : 0)
    case .sendBufferBytes(let count): (SOL_SOCKET, SO_SNDBUF, Int32(clamping: count))
    case .receiveBufferBytes(let count): (SOL_SOCKET, SO_RCVBUF, Int32(clamping: count))
    case .unsentBytes(let count): (Int32(IPPROTO_TCP), Self.tcpNotSentLowWaterMark, Int32(clamping: count))
    case .userTimeoutMilliseconds(let time): (Int32(IPPROTO_TCP), Self.tcpUserTimeout, Int32(clamping: time))
    }
  }
}

extension Socket {
  /// The bytes that the kernel has taken and the peer's system has not acknowledged (`SIOCOUTQ`); 0 where it cannot say.
  package var unacknowledgedBytes: Int {
    var count: Int32 = 0
    return ioctl(descriptor, UInt(TIOCOUTQ), &count) == 0 ? Int(count) : 0
  }

  /// Sets an option.
  package func set(_ option: SocketOption) throws(SocketError) {
    var (level, name, value) = option.setting
    let result = setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout<Int32>.size))
    guard result == 0 else { throw .last(.configure) }
  }
}
