import EventLoop
import Foundation
import JSON
import TestSupport
import Testing

/// One service under more load than it serves. `make stress` shows the figures.
@Suite(.serialized) struct OverloadTests {
  /// How much later than beside no load a probe may be. A slow or busy machine delays both. The figures are printed.
  private static let probeLimitSeconds = 3.0
  private static let probeLimitFactor = 10.0
  private static let probes = 20
  private static let clients = 64
  /// Compose kills a service that has not ended by then (`stop_grace_period`). `SHUTDOWN_TIMEOUT` is 20 seconds.
  private static let stopLimitSeconds = 30.0
  private static let person: JSONValue = ["email": "ada@example.org", "password": "correct horse battery"]

  @Test func `probes, a correct sign-in and SIGTERM do not wait behind a flood of sign-ins`() async throws {
    try await Deployment.with(.embedded, prepared: true) { deployment in
      // The flood has one address, which would be slowed before any hash.
      try await ServiceBehindServers.run(on: deployment, ["SIGN_IN_FAILURES": "1000000"]) { service in
        try await service.readiness(becomes: 200)
        #expect(try await service.client.send(.post, "/v1/users", Self.person).status == 201)
        let limit = try await Self.probeLimit(of: service)
        try await Self.withFlood(of: service) { flood in
          let slowest = try await Self.slowestProbe(of: service.client)
          Self.report(
            "/readyz beside \(Self.clients) clients that sign in, slowest of \(Self.probes)", slowest)
          #expect(slowest < limit)
          flood.stop()
        }
        let signIn = try await Self.seconds {
          let status = try await service.client.send(.post, "/v1/sessions", Self.person).status
          #expect(status == 201)
        }
        Self.report("a correct sign-in right after the flood", signIn)
        try await Self.stopUnderFlood(service)
      }
    }
  }

  @Test func `a user who changes without a pause gets 429 with a time, and no other user does`() async throws
  {
    try await Deployment.with(.embedded, prepared: true) { deployment in
      try await ServiceBehindServers.run(on: deployment, ["USER_CHANGES": "5"]) { service in
        try await service.readiness(becomes: 200)
        let (ada, bob) = (try await service.member(), try await service.member())
        let start = ContinuousClock.now
        let answers = try await withThrowingTaskGroup(of: Client.Answer.self) { group in
          for number in 0..<20 {
            group.addTask { try await ada.send(.put, "/v1/settings/s\(number)", ["value": 1]) }
          }
          return try await group.reduce(into: [Client.Answer]()) { $0.append($1) }
        }
        let refused = answers.filter { $0.status == 429 }
        // One comes back in twelve seconds.
        let returned = (ContinuousClock.now - start) / .seconds(12)
        let made = answers.count { $0.status == 201 }
        #expect(made >= 5 && made <= 5 + Int(returned.rounded(.up)) && made == 20 - refused.count)
        #expect(refused.allSatisfy { ($0.headers["Retry-After"].flatMap { Int($0) } ?? 0) > 0 })
        #expect(try await ada.send(.get, "/v1/settings").status == 200)
        #expect(try await bob.send(.put, "/v1/settings/s", ["value": 1]).status == 201)
      }
    }
  }

  /// `StrangerSharesTests` holds the shares themselves to exact answers. Here a busy processor may refuse the user too, now and then:
  /// a change is repeated, as clients do.
  @Test func `a stranger's flood of refreshes takes no change from a signed-in user`() async throws {
    try await Deployment.with(.embedded, prepared: true) { deployment in
      // The loop of a debug build on a busy machine is late by more than the default when all connections begin.
      try await ServiceBehindServers.run(on: deployment, ["HTTP_QUEUE_MS": "1000"]) { service in
        try await service.readiness(becomes: 200)
        let ada = try await service.member()
        let connections = 1_000
        let flood = try RefreshFlood(service.client.base, connections: connections)
        async let ended: Void = flood.run()
        try await eventually("each connection has its turn") {
          flood.answers.values.reduce(0, +) > 2 * connections
        }
        var statuses: [Int] = []
        for number in 0..<5 {
          var status = 503
          for _ in 0..<4 where status == 503 {
            status = try await ada.send(.put, "/v1/settings/s", ["value": .integer(Int64(number))]).status
          }
          statuses.append(status)
        }
        flood.stop()
        try await ended
        print("stress: answers to \(flood.answers) refreshes, to the user's changes \(statuses)")
        #expect(statuses == [201, 200, 200, 200, 200])
        #expect(Set(flood.answers.keys).isSubset(of: ["401", "503"]), "\(flood.answers)")
      }
    }
  }

  @Test
  func `more idle clients than the soft limit of descriptors keep no probe and no request from its answer`()
    async throws
  {
    let limits = ["HTTP_MAX_CONNECTIONS": "300", "HTTP_MAX_CONNECTIONS_PER_ADDRESS": "300"]
    try await Deployment.with(.embedded, prepared: true) { deployment in
      try await ServiceBehindServers.run(on: deployment, limits, descriptors: 128) { service in
        try await service.readiness(becomes: 200)
        let limit = try await Self.probeLimit(of: service)
        let clients = try IdleClients(of: service.client.base)
        defer { clients.close() }
        try clients.open(400)
        let slowest = try await Self.slowestProbe(of: service.client)
        Self.report("/readyz beside 400 idle connections, 300 allowed, 128 descriptors at start", slowest)
        #expect(slowest < limit)
        try await eventually("idle connections give way") {
          try await service.client.send(.get, "/openapi.json").status == 200
        }
        try await eventually("the line") { service.started.err.contains("connections at their limit") }
      }
    }
  }

  /// Sends SIGTERM while every client waits for an answer. Each gets one, and the service ends in order.
  private static func stopUnderFlood(_ service: ServiceBehindServers) async throws {
    try await withFlood(of: service) { flood in
      flood.stop()
      // Requests that were sent just now are accepted before the signal.
      try await Task.sleep(for: .milliseconds(200))
      let ending = try await seconds {
        service.started.send(SIGTERM)
        let hasEnded = try await service.started.ends()
        #expect(hasEnded)
      }
      report("SIGTERM beside \(clients) clients that sign in", ending)
      #expect(ending < stopLimitSeconds)
      #expect(service.started.status == 0)
    }
  }

  /// Runs the body once the clients overload the service. Every request must get an answer.
  private static func withFlood(
    of service: ServiceBehindServers, _ body: (SignInFlood) async throws -> Void
  ) async throws {
    let flood = SignInFlood(service.client.base, clients: clients)
    async let ended: Void = flood.run()
    try await eventually("the flood is served") { !flood.answers.isEmpty }
    try await body(flood)
    await ended
    #expect(flood.unanswered == [])
    #expect(Set(flood.answers.keys).isSubset(of: [401, 429, 503]), "\(flood.answers)")
  }

  private static func probeLimit(of service: ServiceBehindServers) async throws -> Double {
    let quiet = try await slowestProbe(of: service.client)
    report("/readyz beside no load, slowest of \(probes)", quiet)
    return probeLimitSeconds + probeLimitFactor * quiet
  }

  /// The requests have a thread of their own: the process's few may wait for the answers of other tests. Most answers must be
  /// 200: where others use the machine, a check of the database can take longer than its limit of a second, which is 503.
  private static func slowestProbe(of client: Client) async throws -> Double {
    var client = client
    client.queue = OffloadQueue(name: "probes", concurrency: 1, queueLimit: 1)
    var slowest = 0.0
    var statuses: [Int] = []
    for _ in 0..<probes {
      let time = try await seconds { statuses.append(try await client.send(.get, "/readyz").status) }
      slowest = max(slowest, time)
    }
    #expect(statuses.allSatisfy { $0 == 200 || $0 == 503 }, "\(statuses)")
    #expect(statuses.count { $0 == 200 } > probes / 2, "\(statuses)")
    return slowest
  }

  private static func seconds(_ body: () async throws -> Void) async rethrows -> Double {
    let start = ContinuousClock.now
    try await body()
    return (ContinuousClock.now - start) / .seconds(1)
  }

  private static func report(_ what: String, _ seconds: Double) {
    print("stress: \(what): \(String(format: "%.3f", seconds)) s")
  }
}
