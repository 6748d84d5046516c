import EventLoop
import Testing

@testable import DataAccess

/// A borrowed connection that ends while statements run and wait on it.
@Suite struct LeaseTests {
  /// How the borrower ends it.
  enum End: CaseIterable, Sendable {
    case giveBack, discard

    func apply(to lease: Lease) {
      switch self {
      case .giveBack: lease.giveBack()
      case .discard: lease.discard()
      }
    }
  }

  @Test(arguments: End.allCases)
  func `every statement on a connection that ends is answered, also one that waits`(_ end: End) async throws {
    let driver = ScriptedDriver(["silent": [.silence]])
    try await withDatabase(driver) { database in
      let kinds = try await outcomes(of: ["silent", "first", "second"], on: database, end)
      #expect(kinds == [.connectionLost, .invalidStatement, .invalidStatement])
    }
    #expect(driver.sent == ["silent"])
  }

  @Test(arguments: End.allCases)
  func `a statement that comes after the end is refused and not sent`(_ end: End) async throws {
    let driver = ScriptedDriver()
    try await withDatabase(driver) { database in
      let kinds = try await outcomes(of: [], thenAfterTheEnd: "late", on: database, end)
      #expect(kinds == [.invalidStatement])
    }
    #expect(driver.sent.isEmpty)
  }

  @Test func `a connection that was busy when it was given back is not lent again`() async throws {
    let driver = ScriptedDriver(["silent": [.silence]])
    try await withDatabase(driver, PoolConfiguration(size: 1)) { database in
      _ = try await outcomes(of: ["silent"], on: database, .giveBack)
      _ = try await database.execute(Self.query("next"))
    }
    #expect(driver.connections == 2)
  }

  /// Submits the statements and ends the lease in one turn of the loop; returns the answers so far.
  private func outcomes(
    of statements: [String], thenAfterTheEnd late: String? = nil, on database: Database, _ end: End
  ) async throws(DatabaseError) -> [DatabaseError.Kind?] {
    let lease = try await database.borrow(Operation(.other, label: "test")).lease
    return await withUnsafeContinuation { continuation in
      lease.loop.execute {
        let answers = Answers()
        for sql in statements { answers.record(sql, on: lease.value) }
        end.apply(to: lease.value)
        if let late { answers.record(late, on: lease.value) }
        continuation.resume(returning: answers.kinds)
      }
    }
  }

  private static func query(_ sql: String) -> Query {
    Query(sql: sql, operation: Operation(.other, label: "test"))
  }

  /// The error of each statement; nil for one without an answer or without an error.
  private final class Answers {
    private(set) var kinds: [DatabaseError.Kind?] = []

    func record(_ sql: String, on lease: Lease) {
      let index = kinds.count
      kinds.append(nil)
      lease.execute(query(sql)) { [self] result in
        if case .failure(let error) = result { kinds[index] = error.kind }
      }
    }
  }
}
