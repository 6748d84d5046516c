import EventLoop
import Foundation
import JSON
import Synchronization
import TestSupport

/// Requests to every service of a fleet, reads and writes, until ``stop()``.
final class RequestLoad: Sendable {
  struct Report: Sendable {
    var answered = 0
    /// Every answer that is no success, and every lost connection.
    var failures: [String] = []
    var seconds = 0.0
  }

  private typealias Send = @Sendable (_ number: Int) async throws -> Client.Answer

  private static let workers = 12
  private static let pauseMilliseconds = 25

  private let requests: [Send]
  private let end = StopFlag()
  private let report = Mutex(Report())

  init(_ fleet: FleetUnderTest) async throws {
    let queue = OffloadQueue(concurrency: Self.workers, queueLimit: 1_024)
    let token = try await fleet.operatorToken()
    let clients = [fleet.api, fleet.connector, fleet.analytics, fleet.twitch, fleet.discord].map {
      Client(base: $0.base, token: token, queue: queue)
    }
    let (api, connector, analytics) = (clients[0], clients[1], clients[2])
    let triggers = [clients[3], clients[4]]
    requests = [
      { try await api.send(.put, "/v1/settings/s\($0 % Self.workers)", ["value": .integer(Int64($0))]) },
      { _ in try await api.send(.get, "/v1/settings") },
      { _ in try await connector.send(.get, "/v1/integrations") },
      { _ in try await analytics.send(.get, "/v1/reports/summary") },
      { try await triggers[$0 % 2].send(.put, "/v1/channels/c\($0 % Self.workers)", ["channel": "#a"]) },
      { try await triggers[$0 % 2].send(.get, "/v1/channels") },
    ]
  }

  /// Sends requests while `body` runs, and returns what happened to them.
  func during(_ body: () async throws -> Void) async throws -> Report {
    let begin = Date()
    async let ended: Void = run()
    try await body()
    end.set()
    await ended
    return report.withLock { report in
      report.seconds = Date().timeIntervalSince(begin)
      return report
    }
  }

  private func run() async {
    await withTaskGroup(of: Void.self) { group in
      for worker in 0..<Self.workers {
        group.addTask {
          var number = worker
          while !self.end.isSet {
            await self.send(number)
            number += Self.workers + 1
            try? await Task.sleep(for: .milliseconds(Self.pauseMilliseconds))
          }
        }
      }
    }
  }

  private func send(_ number: Int) async {
    let index = number % requests.count
    do {
      let answer = try await requests[index](number)
      report.withLock { report in
        report.answered += 1
        if !(200...299).contains(answer.status) { report.fail("\(index): \(answer.status) \(answer.text)") }
      }
    } catch {
      report.withLock { $0.fail("\(index): \(error)") }
    }
  }
}

extension RequestLoad.Report {
  fileprivate mutating func fail(_ text: String) {
    failures.append("\(Date().timeIntervalSince1970) \(text)")
  }
}
