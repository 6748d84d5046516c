import Clock
import DataAccess
import EventLoop
import Foundation
import Logging
import PostgresDriver
import Schema
import Secrets

/// Executes one statement as often as it can, through the data-access module and without HTTP.
///
/// `data-access-bench CASE SECONDS CLIENTS` prints the executions per second. The `DB_*` variables name the server and the
/// account. The pool is that of a service with the default size, over a loop for each of two cores.
@main
struct Main {
  private static let loops = 2
  private static let poolSize = 5

  static func main() async throws {
    let arguments = CommandLine.arguments
    guard arguments.count == 4, let statement = MeasuredStatement(rawValue: arguments[1]),
      let seconds = Int(arguments[2]), let clients = Int(arguments[3])
    else {
      let cases = MeasuredStatement.allCases.map(\.rawValue).joined(separator: "|")
      FileHandle.standardError.write(Data("usage: data-access-bench \(cases) SECONDS CLIENTS\n".utf8))
      exit(64)
    }
    let sizes = PoolConfiguration.deal(poolSize, over: loops)
    let databases = try sizes.enumerated().map { try database(onLoop: $0.offset, connections: $0.element) }
    let end = MonotonicClock.nanoseconds() + UInt64(seconds) * 1_000_000_000
    let tasks = (0..<clients).map { client in
      let database = databases[client % databases.count]
      return Task.detached(executorPreference: database.loop) {
        try await run(statement, on: database, until: end)
      }
    }
    var executed = 0
    for task in tasks { executed += try await task.value }
    print(executed / seconds)
  }

  private static func run(
    _ statement: MeasuredStatement, on database: Database, until end: UInt64
  ) async throws -> Int {
    var executed = 0
    while MonotonicClock.nanoseconds() < end {
      try await statement.execute(on: database)
      executed += 1
    }
    return executed
  }

  private static func database(onLoop number: Int, connections: Int) throws -> Database {
    let loop = try EventLoop.make(name: "loop-\(number)")
    loop.start()
    let environment = ProcessInfo.processInfo.environment
    let password = try String(contentsOfFile: environment["DB_PASS_FILE"] ?? "", encoding: .utf8)
    let configuration = DatabaseConfiguration(
      hosts: [
        .init(host: environment["DB_HOST"] ?? "127.0.0.1", port: Int(environment["DB_PORT"] ?? "") ?? 5432)
      ],
      name: environment["DB_NAME"] ?? "", user: environment["DB_USER"] ?? "",
      password: Secret(password.trimmingCharacters(in: .newlines)))
    return Database(
      driver: PostgresDriver(configuration: configuration), loop: loop,
      configuration: PoolConfiguration(size: connections), logger: Logger(label: "bench"))
  }
}

/// What is measured.
enum MeasuredStatement: String, CaseIterable {
  case tenColumns = "columns-10"
  case fortyColumns = "columns-40"
  case page = "page-100"

  private static let rows: ClosedRange<Int64> = 1...10_000
  private static let pageLength = 100

  func execute(on database: Database) async throws(DatabaseError) {
    let id = Int64.random(in: Self.rows)
    switch self {
    case .tenColumns:
      _ = try await database.first(
        WideRows.narrow.where(\.id == id), as: { id, _, _, _, _, _, _, _, _, _ in id })
    case .fortyColumns:
      _ = try await database.first(
        WideRows.wide.where(\.id == id),
        as: {
          id, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _,
          _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _ in id
        })
    case .page:
      let page = WideRows.narrow.where(\.id > min(id, Self.rows.upperBound - Int64(Self.pageLength)))
      _ = try await database.all(
        page.orderBy(\.id).limit(stated: Self.pageLength), as: { id, _, _, _, _, _, _, _, _, _ in id })
    }
  }
}
