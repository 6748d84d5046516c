import Clock
import EventLoop
import Synchronization

/// The statements of a program that wait for an engine now, whichever connection has them. A program that ends on a signal
/// cancels them there: without that, the server keeps the session and its locks.
///
/// The operator's tool installs one. A service has none, because it ends its requests first.
package final class StatementWatch: Sendable {
  /// One statement, or a group that was sent together, under the operation of its last one.
  package struct Running: Sendable {
    /// Its place in the order of all statements.
    package let number: Int
    /// What it does, without a value.
    package let operation: Operation
    fileprivate let beginNanoseconds: UInt64
    fileprivate let connection: LoopBound<WatchedConnection>

    /// How long it has run.
    package var milliseconds: UInt64 { (MonotonicClock.nanoseconds() - beginNanoseconds) / 1_000_000 }

    /// What the engine shows about it, over a connection of its own; empty where it shows nothing.
    package func activity() async -> String {
      await withUnsafeContinuation { continuation in
        connection.loop.run { continuation.resume(returning: await connection.value.activity()) }
      }
    }
  }

  private struct State {
    var isStopping = false
    var last = 0
    var running: [Int: Running] = [:]
    var duties: [Int: String] = [:]
  }

  private let state = Mutex(State())
  private static let program = Mutex<StatementWatch?>(nil)

  /// A watch without statements.
  package init() {}

  /// The watch of all databases that this process opens from now on.
  package static var ofProgram: StatementWatch? {
    get { program.withLock { $0 } }
    set { program.withLock { $0 = newValue } }
  }

  /// The statements that run, oldest first.
  package var running: [Running] {
    state.withLock { $0.running.values.sorted { $0.number < $1.number } }
  }

  /// What work that has begun is to do before the program ends, oldest first.
  package var duties: [String] {
    state.withLock { $0.duties.sorted { $0.key < $1.key }.map(\.value) }
  }

  /// Whether the program may end: no statement runs, and no work has a duty.
  package var isIdle: Bool { state.withLock { $0.running.isEmpty && $0.duties.isEmpty } }

  /// Runs work whose first steps are committed, and which must not end between them and its last one. A stop fails its next
  /// statement, and the program then waits until `body` has undone what it began, over ``Database/repair(_:)``. `duty` says what
  /// is left to the operator where the program ends before that.
  package static func keeping<Value, Failure: Error>(
    duty: String, _ body: () async throws(Failure) -> Value
  ) async throws(Failure) -> Value {
    guard let watch = ofProgram else { return try await body() }
    let number = watch.state.withLock { state in
      state.last += 1
      state.duties[state.last] = duty
      return state.last
    }
    defer { watch.state.withLock { _ = $0.duties.removeValue(forKey: number) } }
    return try await body()
  }

  /// Lets no statement begin from now on, and requests the engines to cancel those that run.
  package func stop() {
    state.withLock { $0.isStopping = true }
    cancelRunning()
  }

  /// Requests the engines to cancel what runs, a commit included: it may wait for a standby.
  package func cancelRunning() {
    for statement in running {
      let (connection, number) = (statement.connection, statement.number)
      connection.loop.execute { [self] in
        // Another statement of this connection may have begun meanwhile.
        if state.withLock({ $0.running[number] != nil }) { connection.value.cancel {} }
      }
    }
  }

  /// The number of a statement that begins; nil where none may begin any more.
  fileprivate func begin(_ operation: Operation, on connection: WatchedConnection, _ loop: EventLoop) -> Int?
  {
    let bound = LoopBound(connection, to: loop)
    return state.withLock { state in
      guard !state.isStopping else { return nil }
      state.last += 1
      state.running[state.last] = Running(
        number: state.last, operation: operation, beginNanoseconds: MonotonicClock.nanoseconds(),
        connection: bound)
      return state.last
    }
  }

  fileprivate func end(_ number: Int) { state.withLock { $0.running[number] = nil } }
}

/// A connection whose statements a ``StatementWatch`` sees.
final class WatchedConnection: DatabaseConnection {
  /// How long the connection that asks about a statement may take.
  private static let activityMilliseconds = 4_000

  private let connection: any DatabaseConnection
  private let watch: StatementWatch
  private let driver: any DatabaseDriver
  private let loop: EventLoop

  init(
    _ connection: any DatabaseConnection, of driver: any DatabaseDriver, on loop: EventLoop,
    _ watch: StatementWatch
  ) {
    self.connection = connection
    self.driver = driver
    self.loop = loop
    self.watch = watch
  }

  func execute(_ query: Query, completion: @escaping Completion) {
    guard let number = watch.begin(query.operation, on: self, loop) else {
      return completion(.failure(.cancelled(query.operation)))
    }
    connection.execute(query) { [watch] in
      watch.end(number)
      completion($0)
    }
  }

  func execute(group: [Query], completion: @escaping GroupCompletion) {
    guard let last = group.last else { return completion([]) }
    guard let number = watch.begin(last.operation, on: self, loop) else {
      return completion([.failure(.cancelled(group[0].operation))])
    }
    connection.execute(group: group) { [watch] in
      watch.end(number)
      completion($0)
    }
  }

  /// Reads over another connection, because this one is busy.
  func activity() async -> String {
    guard driver.keepsSessions, let number = sessionNumber, let waits = dialect.definitions.lockWaits,
      let reader = try? await driver.connect(on: loop).value
    else { return "" }
    let query = Query(
      sql: waits.activity, bindings: [.integer(number)],
      operation: Operation(.other, label: "look at a session"), isRead: true, isReusable: false)
    let bound = LoopBound(reader, to: loop)
    // The end of the connection completes its statement.
    let timer = loop.schedule(afterMilliseconds: Self.activityMilliseconds) { bound.value.close() }
    let text = await withUnsafeContinuation { (continuation: UnsafeContinuation<String, Never>) in
      reader.execute(query) { result in
        let rows = try? result.get()
        continuation.resume(
          returning: rows.flatMap { $0.rowCount > 0 ? try? $0.text(0, 0) : nil } ?? "")
      }
    }
    loop.cancel(timer)
    reader.close()
    return text
  }

  // MARK: What passes through

  var dialect: Dialect { connection.dialect }
  var isOpen: Bool { connection.isOpen }
  var hasProvenPassword: Bool? { connection.hasProvenPassword }
  var sessionNumber: Int64? { connection.sessionNumber }

  var onLost: ((DatabaseError) -> Void)? {
    get { connection.onLost }
    set { connection.onLost = newValue }
  }

  var onExpired: (() -> Void)? {
    get { connection.onExpired }
    set { connection.onExpired = newValue }
  }

  var separatesResults: Bool {
    get { connection.separatesResults }
    set { connection.separatesResults = newValue }
  }

  func cancel(whenDone: @escaping () -> Void) { connection.cancel(whenDone: whenDone) }
  func close() { connection.close() }
}
