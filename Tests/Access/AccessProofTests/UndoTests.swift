import AccessManifest
import AccessProof
import DataAccess
import DatabaseTestSupport
import MemoryCache
import SQLiteDriver
import Schema
import Testing

/// The prover undoes an attempt that succeeded, even where the engine does not roll it back.
@Suite struct UndoTests {
  /// The administrator's undo statement: it inserts a row that the test can find.
  private static let undo = """
    INSERT INTO events (type, source, subject, payload, occurred_at)
    VALUES ('undone', 'test', '', '{}', '2026-01-01 00:00:00.000000')
    """

  private func eventsAfterProof(of attempt: EscapeAttempts.Attempt) async throws -> Int64 {
    let fleet = try await EmbeddedFleet()
    _ = try await fleet.proof(escapeAttempts: Self.attempts(attempt))
    let count = try await Self.undoneEvents(in: fleet)
    await fleet.close()
    return count
  }

  private static func attempts(_ attempt: EscapeAttempts.Attempt) -> EscapeAttempts {
    EscapeAttempts(changesRowsAtCursors: false, keepsIdentities: false) { account, _, _ in
      account == "connector-rw" ? [attempt] : []
    }
  }

  private static func undoneEvents(in fleet: EmbeddedFleet) async throws -> Int64 {
    try await fleet.administrator.unsafeQuery(
      unsafeSQL: "SELECT count(*) FROM events WHERE type = 'undone'"
    ).integer(0, 0)
  }

  @Test func `an attempt that succeeded is undone by its statements, once`() async throws {
    let attempt = EscapeAttempts.Attempt(
      object: "file", verb: "read a constant", sql: "SELECT 1", undo: .statements([Self.undo]))
    #expect(try await eventsAfterProof(of: attempt) == 1)
  }

  @Test func `a statement that fails to undo does not keep the others from running`() async throws {
    let attempt = EscapeAttempts.Attempt(
      object: "file", verb: "read a constant", sql: "SELECT 1",
      undo: .statements(["DELETE FROM nothing_here", Self.undo]))
    let fleet = try await EmbeddedFleet()
    await #expect(throws: ProofError.self) {
      _ = try await fleet.proof(escapeAttempts: Self.attempts(attempt))
    }
    #expect(try await Self.undoneEvents(in: fleet) == 1)
    await fleet.close()
  }

  @Test func `an attempt that was denied is not undone`() async throws {
    let attempt = EscapeAttempts.Attempt(
      object: "file", verb: "create table", sql: "CREATE TABLE probe (id integer)",
      undo: .statements([Self.undo]))
    #expect(try await eventsAfterProof(of: attempt) == 0)
  }

  @Test func `an attempt that a savepoint undoes needs no statement`() async throws {
    let attempt = EscapeAttempts.Attempt(object: "file", verb: "read a constant", sql: "SELECT 1")
    #expect(try await eventsAfterProof(of: attempt) == 0)
  }
}
