import Foundation
import JSON
import Synchronization
import TestSupport

/// Writes one setting after another until ``stop()``, and records the acknowledged writes.
final class Writer: Sendable {
  struct Report: Sendable {
    var acknowledged: [String: Int64] = [:]
    /// The writes that got 503 with a time for the retry.
    var unavailable = 0
    /// All other outcomes: other statuses, a 503 without a time, and lost connections to the service.
    var unexpected: [String] = []
  }

  /// The largest number of writes, below the limit of settings of one user.
  static let maximumWrites = 190
  static let pauseMilliseconds = 15
  /// Longer than the service may take for a request.
  private static let timeoutMilliseconds = 60_000

  private let client: Client
  private let prefix: String
  private let end = StopFlag()
  private let acknowledged = Atomic<Int>(0)

  /// The settings are named `prefix-1`, `prefix-2` and so on.
  init(client: Client, prefix: String = "write") {
    self.client = client
    self.prefix = prefix
  }

  /// The number of acknowledged writes.
  var count: Int { acknowledged.load(ordering: .relaxed) }

  func stop() { end.set() }

  func run() async throws -> Report {
    var report = Report()
    var value: Int64 = 0
    while !end.isSet, report.acknowledged.count < Self.maximumWrites {
      value += 1
      await write("\(prefix)-\(value)", value, &report)
      acknowledged.store(report.acknowledged.count, ordering: .relaxed)
      try await Task.sleep(for: .milliseconds(Self.pauseMilliseconds))
    }
    return report
  }

  private func write(_ name: String, _ value: Int64, _ report: inout Report) async {
    do {
      let answer = try await client.send(
        .put, "/v1/settings/\(name)", ["value": .integer(value)],
        timeoutMilliseconds: Self.timeoutMilliseconds)
      switch answer.status {
      case 200, 201: report.acknowledged[name] = value
      case 503 where answer.headers["Retry-After"] != nil: report.unavailable += 1
      default: report.unexpected.append("\(answer.status) \(answer.text)")
      }
    } catch {
      report.unexpected.append("\(error)")
    }
  }
}
