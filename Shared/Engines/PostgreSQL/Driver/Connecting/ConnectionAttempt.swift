import CPostgres
import Clock
import EventLoop
import Glibc

/// Opens one connection to one host, blocking its thread until it stands, fails or the deadline passes.
///
/// `PQconnectdb` would do it in one call, but its failures carry text alone, in the server's language. Started by
/// hand, the connection can be asked for verbose messages, in which the SQLSTATE stands.
struct ConnectionAttempt {
  let parameters: [(name: String, value: String)]
  let timeoutMilliseconds: Int

  /// Runs the attempt. To be called away from the loops.
  func run() throws(ConnectionFailure) -> EstablishedConnection {
    guard let pointer = start() else { throw .refused("libpq is out of memory") }
    PQsetErrorVerbosity(pointer, PQERRORS_VERBOSE)
    do {
      try complete(pointer)
    } catch {
      PQfinish(pointer)
      throw error
    }
    PQsetErrorVerbosity(pointer, PQERRORS_DEFAULT)
    return EstablishedConnection(pointer)
  }

  private func start() -> OpaquePointer? {
    withCStrings(parameters.map(\.name)) { names in
      withCStrings(parameters.map(\.value)) { values in
        PQconnectStartParams(names, values, 0)
      }
    }
  }

  private func complete(_ pointer: OpaquePointer) throws(ConnectionFailure) {
    let deadline = Deadline(millisecondsFromNow: timeoutMilliseconds)
    guard PQstatus(pointer) != CONNECTION_BAD else {
      throw ConnectionFailure(libraryMessage: LibraryMessage.text(PQerrorMessage(pointer)))
    }
    var wanted = PGRES_POLLING_WRITING
    while wanted != PGRES_POLLING_OK {
      guard wanted != PGRES_POLLING_FAILED else {
        throw ConnectionFailure(libraryMessage: LibraryMessage.text(PQerrorMessage(pointer)))
      }
      try wait(for: wanted, on: PQsocket(pointer), until: deadline)
      wanted = PQconnectPoll(pointer)
    }
  }

  private func wait(
    for wanted: PostgresPollingStatusType, on socket: Int32, until deadline: Deadline
  ) throws(ConnectionFailure) {
    let remaining = deadline.remainingMilliseconds ?? 0
    let events = wanted == PGRES_POLLING_READING ? POLLIN : POLLOUT
    var descriptor = pollfd(fd: socket, events: Int16(events), revents: 0)
    let ready = poll(&descriptor, 1, remaining)
    if ready < 0, errno == EINTR { return }
    guard ready > 0 else { throw .refused("no answer within \(timeoutMilliseconds) ms") }
  }

  /// The strings as a NULL-terminated array, as `PQconnectStartParams` reads them.
  private func withCStrings<Result>(
    _ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Result
  ) -> Result {
    let copies = strings.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    let pointers = copies.map { UnsafePointer($0) } + [nil]
    return pointers.withUnsafeBufferPointer { body($0.baseAddress) }
  }
}
