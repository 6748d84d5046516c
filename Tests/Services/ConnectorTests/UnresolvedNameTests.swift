import Clock
import DataAccess
import DatabaseTestSupport
import Dispatch
import Logging
import Schema
import TestSupport
import Testing

@testable import connector

/// Whose name servers do not answer cannot have the deliveries sent again and again.
@Suite struct UnresolvedNameTests {
  /// A resolver that answers nothing before the end of the test, as name servers do that are away.
  private final class SilentResolver: Sendable {
    private let ended = DispatchSemaphore(value: 0)

    @Sendable func lookUp(_ host: String) -> [String] {
      ended.wait()
      ended.signal()
      return []
    }

    func end() { ended.signal() }
  }

  @Test func `a name whose servers do not answer uses one attempt, which has its pause`() async throws {
    let resolver = SilentResolver()
    defer { resolver.end() }
    try await DeliveryUnderTest.with(.sqlite) { test in
      let webhook = try await test.subscribe("/ok", to: ["setting.*"])
      try await test.database.run(
        Webhooks.update(\.url <- "https://silent.example/ok").where(\.id == webhook.id))
      try await test.happen()
      let worker = DeliveryWorker(
        deliveries: test.repository,
        sender: DeliverySender(
          targets: WebhookTargets(), secrets: test.secrets, timeoutSeconds: 1, lookUp: resolver.lookUp),
        metrics: DeliveryMetrics(registry: test.feed.metrics), logger: .silent,
        currentTime: { Timestamp.now() })
      // The second attempt begins long after the lease of the first one would have ended.
      try await test.deliver(worker) {
        let row = try await test.row("/ok")
        return row?.attempt == 2 && (row?.nextAttemptAt ?? .now()) > Timestamp.now().adding(seconds: 240)
      }
      let row = try #require(try await test.row("/ok"))
      #expect(row.attempt == 2 && row.status == "pending")
      #expect(row.failure == "The name servers gave no answer about the host silent.example in time.")
    }
  }
}
