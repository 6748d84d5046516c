import Clock
import Glibc

/// A connection to a server, with one deadline for all its operations. Its end closes the descriptor.
///
/// The socket does not block; `poll(2)` waits, because its wait has an end.
struct ClientConnection: ~Copyable {
  private let descriptor: Int32
  private let deadline: Deadline

  /// Connects to the first of the host's addresses that answers, among those that the filter admits.
  ///
  /// The address that was checked is the one that is connected to: the name is resolved once, so that no second answer
  /// of the resolver can lead elsewhere.
  init(
    host: String, port: UInt16, by lookUp: @escaping HostLookUp, admitting admits: AddressFilter?,
    deadline: Deadline
  ) throws(HTTPClientError) {
    var failure = HTTPClientError.unknownHost(host)
    for address in try HostNames.addresses(of: host, by: lookUp, until: deadline) {
      if let admits, !admits(address) {
        if case .unknownHost = failure { failure = .addressRefused(host: host) }
        continue
      }
      do throws(HTTPClientError) {
        descriptor = try Self.connect(to: address, host: host, port: port, deadline: deadline)
        self.deadline = deadline
        return
      } catch {
        failure = error
      }
    }
    throw failure
  }

  deinit {
    close(descriptor)
  }

  /// `numbers` is an address, which needs no resolver.
  private static func connect(
    to numbers: String, host: String, port: UInt16, deadline: Deadline
  ) throws(HTTPClientError) -> Int32 {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV
    var found: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(numbers, String(port), &hints, &found) == 0, let first = found else {
      throw .unknownHost(host)
    }
    defer { freeaddrinfo(first) }
    return try connect(to: first.pointee, host: host, port: port, deadline: deadline)
  }

  private static func connect(
    to address: addrinfo, host: String, port: UInt16, deadline: Deadline
  ) throws(HTTPClientError) -> Int32 {
    let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    let descriptor = socket(address.ai_family, type, address.ai_protocol)
    guard descriptor >= 0 else { throw .cannotConnect(host: host, port: port, errno: errno) }
    do throws(HTTPClientError) {
      var code: Int32 = 0
      if Glibc.connect(descriptor, address.ai_addr, address.ai_addrlen) != 0 {
        guard errno == EINPROGRESS else { throw .cannotConnect(host: host, port: port, errno: errno) }
        try wait(for: descriptor, POLLOUT, until: deadline)
        var length = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length)
      }
      guard code == 0 else { throw .cannotConnect(host: host, port: port, errno: code) }
      return descriptor
    } catch {
      close(descriptor)
      throw error
    }
  }

  /// Sends all bytes. The deadline ends it also where the server takes bytes without a pause.
  func send(_ bytes: [UInt8]) throws(HTTPClientError) {
    var sent = 0
    while sent < bytes.count {
      if deadline.hasPassed { throw .timedOut }
      let count = bytes.withUnsafeBytes { buffer in
        let rest = UnsafeRawBufferPointer(rebasing: buffer[sent...])
        return Glibc.send(descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
      }
      if count >= 0 {
        sent += count
      } else {
        try waitAfterFailure(POLLOUT)
      }
    }
  }

  /// Waits for bytes and receives them; zero at the end of the connection. The deadline ends it also where the server
  /// sends bytes without a pause.
  func receive(into buffer: UnsafeMutableRawBufferPointer) throws(HTTPClientError) -> Int {
    while true {
      if deadline.hasPassed { throw .timedOut }
      let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
      if count >= 0 { return count }
      try waitAfterFailure(POLLIN)
    }
  }

  /// Waits where the last call would have blocked.
  private func waitAfterFailure(_ event: Int32) throws(HTTPClientError) {
    switch errno {
    case EINTR: return
    case EAGAIN: try Self.wait(for: descriptor, event, until: deadline)
    default: throw .connectionLost(errno: errno)
    }
  }

  private static func wait(
    for descriptor: Int32, _ event: Int32, until deadline: Deadline
  ) throws(HTTPClientError) {
    while true {
      guard let milliseconds = deadline.remainingMilliseconds else { throw .timedOut }
      var polled = pollfd(fd: descriptor, events: Int16(event), revents: 0)
      let ready = poll(&polled, 1, milliseconds)
      if ready > 0 { return }
      guard ready == 0 || errno == EINTR else { throw .connectionLost(errno: errno) }
    }
  }
}
