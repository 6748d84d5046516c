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
    let attempts = EscapeAttempts(changesRowsAtCursors: false, keepsIdentities: false) { account, _, _ in
      account == "connector-rw" ? [attempt] : []
    }
    _ = try await fleet.proof(escapeAttempts: attempts)
    let rows = try await fleet.administrator.unsafeQuery(
      unsafeSQL: "SELECT count(*) FROM events WHERE type = 'undone'")
    let count = try rows.integer(0, 0)
    await fleet.close()
    return count
  }

  @Test func `an attempt that succeeded is undone by its statements, once`() async throws {
    let attempt = EscapeAttempts.Attempt(
      object: "file", verb: "read a constant", sql: "SELECT 1", undo: .statements([Self.undo]))
    #expect(try await eventsAfterProof(of: attempt) == 1)
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
