import Foundation
import JSON
import Synchronization

/// Writes one setting after another until ``stop()``, and records the acknowledged writes.
final class Writer: Sendable {
  struct Report: Sendable {
    var acknowledged: [String: Int64] = [:]
    /// The statuses other than success and 503.
    var unexpected: [Int] = []
  }

  /// The largest number of writes, below the limit of settings of one user.
  static let maximumWrites = 190

  private let client: Client
  private let stopped = Atomic<Bool>(false)
  private let acknowledged = Atomic<Int>(0)

  init(client: Client) { self.client = client }

  /// The number of acknowledged writes.
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
