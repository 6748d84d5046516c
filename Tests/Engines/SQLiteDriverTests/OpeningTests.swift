import DataAccess
import EventLoop
import Logging
import TestSupport
import Testing

@testable import SQLiteDriver

/// The first sessions on a new file.
struct OpeningTests {
  /// SQLite refuses at once, without the busy handler, where two of them give the file its journal at the same time.
  @Test func `sessions that open a new file at the same time all open it`() async throws {
    let folder = try TemporaryFolder()
    for round in 0..<20 {
      let openers = (0..<8).map { _ in
        SessionOpener(
          path: folder.file("new-\(round).db"), account: .unrestricted,
          options: SQLiteOptions(lockTimeoutMilliseconds: 60_000))
      }
      let failures = await withTaskGroup(of: String?.self) { group in
        for opener in openers {
          group.addTask {
            do {
              return try await Offload.run {
                do throws(DatabaseError) {
                  _ = try opener.open(for: .writing)
                  return nil
                } catch {
                  return "\(error)"
                }
              }
            } catch {
              return "\(error)"
            }
          }
        }
        var all: [String] = []
        for await failure in group { if let failure { all.append(failure) } }
        return all
      }
      #expect(failures == [])
    }
  }
}
