import Foundation
import JSON
import Synchronization

/// Writes one setting after another until it is told to stop, and remembers what was acknowledged.
final class Writer: Sendable {
  struct Report: Sendable {
    var acknowledged: [String: Int64] = [:]
    /// Answers that a client could not make sense of while the database is away.
    var unexpected: [Int] = []
  }

  /// As many as a user may keep.
  static let maximumWrites = 190

  private let client: Client
  private let stopped = Atomic<Bool>(false)
  private let acknowledged = Atomic<Int>(0)

  init(client: Client) { self.client = client }

  /// How many writes were acknowledged until now.
  var count: Int { acknowledged.load(ordering: .relaxed) }

  func stop() { stopped.store(true, ordering: .relaxed) }

  func run() async throws -> Report {
    var report = Report()
    var value: Int64 = 0
    while !stopped.load(ordering: .relaxed), report.acknowledged.count < Self.maximumWrites {
      value += 1
      let name = "write-\(value)"
      let answer = try await client.send(.put, "/v1/settings/\(name)", ["value": .integer(value)])
      switch answer.status {
      case 200, 201:
        report.acknowledged[name] = value
        acknowledged.store(report.acknowledged.count, ordering: .relaxed)
      case 503: break
      default: report.unexpected.append(answer.status)
      }
      try await Task.sleep(for: .milliseconds(15))
    }
    return report
  }
}
