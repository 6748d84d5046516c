import CPostgres
import Clock
import DataAccess
import EventLoop
import Glibc

/// Opens one connection to one host and runs its first statement. It blocks its thread until the connection can be used,
/// fails, or the deadline passes.
///
/// `PQconnectdb` would do this in one call, but its failures carry only text in the server's language. This type starts
/// the connection itself and requests verbose messages, which contain the SQLSTATE.
struct ConnectionAttempt {
  let parameters: [(name: String, value: String)]
  /// Whether a ``LoginGuard`` checks how the server requests the password.
  let isGuarded: Bool
  /// Returns one row, whose first field is `on` where the server takes no writes. A pooler may connect to the server only
  /// for this statement, so its failures are failures to connect.
  let firstStatement: String
  /// Whether the first statement is sent again, until the deadline, where a limit of time ends it.
  let repeatsFirstStatement: Bool
  let server: ServerAddress
  let timeoutMilliseconds: Int
  let notices: NoticeLog

  private static let pauseMicroseconds: UInt32 = 2_000

  /// Runs the attempt; call it off the loops.
  func run() throws(ConnectionFailure) -> EstablishedConnection {
    guard let pointer = start() else { throw .refused("libpq is out of memory") }
    notices.attach(to: pointer)
    PQsetErrorVerbosity(pointer, PQERRORS_VERBOSE)
    do {
      let deadline = Deadline(millisecondsFromNow: timeoutMilliseconds)
      try complete(pointer, until: deadline)
      while try !begin(pointer, until: deadline) { usleep(Self.pauseMicroseconds) }
    } catch {
      PQfinish(pointer)
      throw error
    }
    PQsetErrorVerbosity(pointer, PQERRORS_DEFAULT)
    notices.endLogin()
    return EstablishedConnection(pointer, server: server, notices: notices)
  }

  private func start() -> OpaquePointer? {
    withCStrings(parameters.map(\.name)) { names in
      withCStrings(parameters.map(\.value)) { values in
        PQconnectStartParams(names, values, 0)
      }
    }
  }

  private func complete(_ pointer: OpaquePointer, until deadline: Deadline) throws(ConnectionFailure) {
    guard PQstatus(pointer) != CONNECTION_BAD else { throw lastFailure(of: pointer) }
    var wanted = PGRES_POLLING_WRITING
    var mustGuard = isGuarded
    while wanted != PGRES_POLLING_OK {
      guard wanted != PGRES_POLLING_FAILED else { throw lastFailure(of: pointer) }
      if mustGuard, PQstatus(pointer) == CONNECTION_AWAITING_RESPONSE {
        mustGuard = false
        wanted = try guarded(pointer, until: deadline)
        continue
      }
      try wait(for: wanted, on: PQsocket(pointer), until: deadline)
      wanted = PQconnectPoll(pointer)
    }
  }

  /// The guard lives for the login alone.
  private func guarded(
    _ pointer: OpaquePointer, until deadline: Deadline
  ) throws(ConnectionFailure) -> PostgresPollingStatusType {
    let login = try LoginGuard(of: pointer)
    return try login.run(pointer) { (socket) throws(ConnectionFailure) in
      try wait(for: PGRES_POLLING_READING, on: socket, until: deadline)
    }
  }

  /// Runs the first statement. Returns false where it should run again.
  private func begin(_ pointer: OpaquePointer, until deadline: Deadline) throws(ConnectionFailure) -> Bool {
    guard PQsendQuery(pointer, firstStatement) == 1 else { throw lastFailure(of: pointer) }
    var isReadOnly = false
    var isCancelled = false
    while true {
      while PQisBusy(pointer) != 0 {
        try wait(for: PGRES_POLLING_READING, on: PQsocket(pointer), until: deadline)
        guard PQconsumeInput(pointer) == 1 else { throw lastFailure(of: pointer) }
      }
      guard let result = PQgetResult(pointer) else { break }
      let owned = ResultHandle(adopting: result)
      if owned.status == PGRES_COMMAND_OK { continue }
      guard owned.status == PGRES_TUPLES_OK, PQntuples(result) == 1 else {
        let fault = ServerFault(of: result)
        if repeatsFirstStatement, fault.state == SQLState.queryCanceled, !deadline.hasPassed {
          isCancelled = true
          continue
        }
        throw fault.state.isEmpty
          ? .refused(fault.message) : .rejected(state: fault.state, message: fault.message)
      }
      isReadOnly = PQgetvalue(result, 0, 0).map { String(cString: $0) } == "on"
    }
    if isReadOnly { throw .readOnly }
    return !isCancelled
  }

  /// libpq itself gives up where the server asks for a password and there is none. That is a refused login, too.
  private func lastFailure(of pointer: OpaquePointer) -> ConnectionFailure {
    let message = LibraryMessage.text(PQerrorMessage(pointer))
    guard PQconnectionNeedsPassword(pointer) == 0 else {
      return .rejected(state: SQLState.invalidPassword, message: message)
    }
    return ConnectionFailure(libraryMessage: message)
  }

  private func wait(
    for wanted: PostgresPollingStatusType, on socket: Int32, until deadline: Deadline
  ) throws(ConnectionFailure) {
    let remaining = deadline.remainingMilliseconds ?? 0
    let events = wanted == PGRES_POLLING_READING ? POLLIN : POLLOUT
    var descriptor = pollfd(fd: socket, events: Int16(events), revents: 0)
    let ready = poll(&descriptor, 1, remaining)
    if ready < 0, errno == EINTR { return }
    guard ready > 0 else { throw .refused("the server did not respond within \(timeoutMilliseconds) ms") }
  }

  /// Passes the strings as a NULL-terminated array, as `PQconnectStartParams` requires.
  private func withCStrings<Result>(
    _ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Result
  ) -> Result {
    let copies = strings.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    let pointers = copies.map { UnsafePointer($0) } + [nil]
    return pointers.withUnsafeBufferPointer { body($0.baseAddress) }
  }
}

/// Why a connection attempt failed.
enum ConnectionFailure: Error, Equatable {
  /// No PostgreSQL server responded: connection refused, timeout, unknown host, TLS failure.
  case refused(String)
  /// The server rejected the connection, with its SQLSTATE.
  case rejected(state: String, message: String)
  /// The server takes no writes.
  case readOnly

  /// What makes a server read-only.
  static let readOnlyReason = "is read-only (standby or default_transaction_read_only)"

  /// Parses libpq's message, in which a verbose error of the server has the form `FATAL:  28P01: text`.
  init(libraryMessage message: String) {
    guard let state = Self.state(in: message) else {
      self = .refused(message)
      return
    }
    self = .rejected(state: String(state), message: message)
  }

  /// The severity word is in the server's language, so the search uses the state's shape: two spaces, five digits or
  /// capitals, a colon.
  private static func state(in message: String) -> Substring? {
    var rest = message[...]
    while let range = rest.firstRange(of: ":  ") {
      rest = rest[range.upperBound...]
      let candidate = rest.prefix(5)
      if candidate.count == 5, candidate.allSatisfy(isStateCharacter), rest.dropFirst(5).first == ":" {
        return candidate
      }
    }
    return nil
  }

  private static func isStateCharacter(_ character: Character) -> Bool {
    ("0"..."9").contains(character) || ("A"..."Z").contains(character)
  }
}
