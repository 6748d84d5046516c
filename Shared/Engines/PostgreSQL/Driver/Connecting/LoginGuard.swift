import CPostgres
import Glibc

/// Stands between libpq and the server during the login, and ends it before libpq answers a request for the password
/// itself (AuthenticationCleartextPassword) or for its MD5 digest.
///
/// libpq 16 has the parameter `require_auth` for this. An older libpq answers every request at once, also one that
/// follows the first step of SCRAM. So the guard lends libpq's descriptor number to one end of a pair of sockets, reads
/// the server's messages itself, and passes on one at a time. After the login the number leads to the server again.
/// It sees the messages only where the connection has no TLS; see ``LoginProtection`` for the others.
///
/// Messages: https://www.postgresql.org/docs/current/protocol-message-formats.html.
final class LoginGuard {
  /// The requests of the server that the guard passes on, and what must have come before each.
  private enum Step: UInt32 {
    case done = 0
    case mechanisms = 10
    case challenge = 11
    case proof = 12

    /// Whether this step may follow the other one. A server that accepts a login without a password gets none.
    func mayFollow(_ last: Step?) -> Bool {
      switch self {
      case .mechanisms: last == nil
      case .challenge: last == .mechanisms
      case .proof: last == .challenge
      case .done: last == nil || last == .proof
      }
    }
  }

  /// Type, length and code of an authentication request.
  private static let headerBytes = 9
  /// The longest request that libpq accepts, and the type byte.
  private static let longestRequest = 2_001
  private static let authentication = UInt8(ascii: "R")

  /// libpq's descriptor; its number leads to `inner`'s other end while the guard lives.
  private let outer: Int32
  /// The connection to the server.
  private let server: Int32
  /// The end of the pair that faces libpq.
  private let inner: Int32
  private var last: Step?

  /// Fails where the process has no descriptors left.
  init(of connection: OpaquePointer) throws(ConnectionFailure) {
    outer = PQsocket(connection)
    var pair: [Int32] = [-1, -1]
    let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, kind, 0, &pair) == 0 else { throw Self.noDescriptor }
    defer { close(pair[0]) }
    let duplicate = fcntl(outer, F_DUPFD_CLOEXEC, 0)
    guard duplicate >= 0 else {
      close(pair[1])
      throw Self.noDescriptor
    }
    // From here on, `deinit` closes both.
    (inner, server) = (pair[1], duplicate)
    guard Self.lend(outer, to: pair[0]) else { throw Self.noDescriptor }
  }

  deinit {
    _ = Self.lend(outer, to: server)
    close(server)
    close(inner)
  }

  private static let noDescriptor = ConnectionFailure.refused("no descriptor for the login is left")

  /// Makes the number lead to another descriptor. A program that this process starts inherits neither.
  private static func lend(_ number: Int32, to descriptor: Int32) -> Bool {
    dup2(descriptor, number) >= 0 && fcntl(number, F_SETFD, FD_CLOEXEC) == 0
  }

  /// Passes messages until the login has ended, or until one arrives that is no request for authentication: libpq reads
  /// that one itself, and gives up. Returns what libpq waits for next.
  func run(
    _ connection: OpaquePointer, wait: (Int32) throws(ConnectionFailure) -> Void
  ) throws(ConnectionFailure) -> PostgresPollingStatusType {
    while let request = try request(wait) {
      try check(request)
      try Self.send(request, to: inner)
      let wanted = PQconnectPoll(connection)
      try passAnswer()
      guard PQstatus(connection) == CONNECTION_AWAITING_RESPONSE, wanted == PGRES_POLLING_READING else {
        return wanted
      }
    }
    return PGRES_POLLING_READING
  }

  /// The server's next request as a whole; nil where the next message is another one, or the server has gone.
  private func request(_ wait: (Int32) throws(ConnectionFailure) -> Void) throws(ConnectionFailure)
    -> [UInt8]?
  {
    var bytes: [UInt8] = []
    var length = Self.headerBytes
    while bytes.count < length {
      try wait(server)
      var part = [UInt8](repeating: 0, count: length - bytes.count)
      // The first look leaves the message where it is.
      let isFirst = bytes.isEmpty
      var received = recv(server, &part, part.count, isFirst ? Int32(MSG_PEEK) : 0)
      if received < 0, errno == EINTR || errno == EAGAIN { continue }
      guard received > 0, !isFirst || part[0] == Self.authentication else { return nil }
      if isFirst { received = recv(server, &part, received, 0) }
      guard received > 0 else { return nil }
      bytes += part[..<received]
      guard bytes.count == Self.headerBytes, length == Self.headerBytes else { continue }
      length = 1 + Int(Self.word(bytes, at: 1))
      guard Self.headerBytes...Self.longestRequest ~= length else {
        throw .refused("the login's messages are no PostgreSQL")
      }
    }
    return bytes
  }

  private func check(_ request: [UInt8]) throws(ConnectionFailure) {
    guard let step = Step(rawValue: Self.word(request, at: 5)), step.mayFollow(last) else {
      throw .refused(LoginProtection.refusal)
    }
    last = step
  }

  private func passAnswer() throws(ConnectionFailure) {
    var bytes = [UInt8](repeating: 0, count: 4_096)
    while case let count = recv(inner, &bytes, bytes.count, 0), count > 0 {
      try Self.send(Array(bytes[..<count]), to: server)
    }
  }

  private static func send(_ bytes: [UInt8], to socket: Int32) throws(ConnectionFailure) {
    // A login's messages are a few hundred bytes, which an idle socket's buffer takes at once.
    guard Glibc.send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
      throw .refused("the server closed the connection during the login")
    }
  }

  private static func word(_ bytes: [UInt8], at offset: Int) -> UInt32 {
    bytes[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
  }
}
