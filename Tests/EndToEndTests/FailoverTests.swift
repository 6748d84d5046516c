import EventLoop
import Foundation
import TestSupport
import Testing

/// The database server of a running service ends, hangs or is replaced, while clients write through HTTP at a few
/// hundred requests a second.
///
/// The clients see 503 with a time for the retry and nothing else. No acknowledged write is lost, none is made twice, and
/// the same process is ready again.
@Suite(.serialized) struct FailoverTests {
  private static let writers = 8
  private static let patienceMilliseconds = 120_000

  /// The service, and the server that has its rows in the end.
  private struct Scene {
    let service: ServiceBehindServers
    let deployment: Deployment
    let last: ServersUnderTest

    /// Runs the writers, lets `fault` happen, and checks what they got and what the last server has.
    func underLoad(_ name: String, fault: () async throws -> Void) async throws -> [Writer.Report] {
      let load = try await FailoverTests.load(on: service, name)
      async let ended = load.run()
      try await eventually("writes are acknowledged", withinMilliseconds: patienceMilliseconds) {
        load.count > 100
      }
      let begin = ContinuousClock.now
      try await fault()
      let end = ContinuousClock.now
      let before = load.count
      try await eventually("writes are acknowledged again", withinMilliseconds: patienceMilliseconds) {
        load.count > before + 20
      }
      print(
        "\(name): writes were acknowledged again \(ContinuousClock.now - begin) after its begin,",
        "\(ContinuousClock.now - end) after its end")
      try await service.readiness(becomes: 200)
      load.stop()
      let reports = try await ended
      print("\(name): \(reports.map(\.unavailable).reduce(0, +)) requests got 503")
      try await check(reports)
      #expect(service.started.isRunning)
      return reports
    }

    private func check(_ reports: [Writer.Report]) async throws {
      for report in reports { #expect(report.unexpected.isEmpty, "\(report.unexpected)") }
      let rows = try await deployment.superuser(of: last, "SELECT name FROM settings")
      let stored = Set(rows.split(separator: "\n").map(String.init))
      let acknowledged = Set(reports.flatMap(\.acknowledged.keys))
      #expect(acknowledged.subtracting(stored).isEmpty, "an acknowledged write is lost")
      // Each write has a name of its own, and its transaction adds one event.
      let repeated = try await deployment.superuser(
        of: last,
        "SELECT payload, count(*) FROM events WHERE type = 'setting.changed' GROUP BY payload HAVING count(*) > 1"
      )
      #expect(repeated == "", "a write was made twice")
      let events = try await deployment.superuser(
        of: last, "SELECT count(DISTINCT payload) FROM events WHERE type = 'setting.changed'")
      #expect(Int(events.trimmingCharacters(in: .whitespacesAndNewlines)) == stored.count)
    }

    private var patienceMilliseconds: Int { FailoverTests.patienceMilliseconds }
  }

  /// Several writers at once, each for a user of its own.
  private struct Load: Sendable {
    let writers: [Writer]

    var count: Int { writers.map(\.count).reduce(0, +) }

    func stop() { for writer in writers { writer.stop() } }

    func run() async throws -> [Writer.Report] {
      try await withThrowingTaskGroup(of: Writer.Report.self) { group in
        for writer in writers { group.addTask { try await writer.run() } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
    }
  }

  private static func load(on service: ServiceBehindServers, _ name: String) async throws -> Load {
    var made: [Writer] = []
    let prefix = name.filter(\.isLetter)
    // A server that hangs keeps every writer waiting; readiness is requested meanwhile.
    let queue = OffloadQueue(concurrency: writers, queueLimit: writers)
    for number in 0..<writers {
      var client = try await service.member()
      client.queue = queue
      made.append(Writer(client: client, prefix: "\(prefix)-\(number)"))
    }
    return Load(writers: made)
  }

  @Test func `a service survives an ended session, a server that hangs, and a killed one, without a restart`()
    async throws
  {
    try await Deployment.with(.servers, prepared: true, durable: true) { deployment in
      let servers = try #require(deployment.servers)
      try await ServiceBehindServers.run(on: deployment) { service in
        try await service.readiness(becomes: 200)
        let scene = Scene(service: service, deployment: deployment, last: servers)
        let ended = try await scene.underLoad("end of one session") {
          let answer = try await deployment.superuser(
            of: servers,
            """
            SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity
            WHERE usename = 'backend-api-rw' ORDER BY state_change DESC LIMIT 1
            """)
          #expect(answer.hasPrefix("t"))
        }
        // The statement that the session ran may fail; no other does.
        #expect(ended.map(\.unavailable).reduce(0, +) <= 1)
        _ = try await scene.underLoad("SIGSTOP of the server") {
          try await servers.suspend("postgresql")
          try await service.readiness(becomes: 503)
          try await servers.resume("postgresql")
        }
        _ = try await scene.underLoad("SIGKILL of the server") {
          try await servers.kill("postgresql")
          try await service.readiness(becomes: 503)
          try await servers.restart("postgresql")
        }
      }
    }
  }

  @Test func `a service follows a standby that is promoted after its primary was killed`() async throws {
    try await Deployment.with(.servers, prepared: true, durable: true) { deployment in
      let servers = try #require(deployment.servers)
      let standby = try await servers.startStandby(of: "postgresql")
      do {
        try await Self.promotion(of: standby, after: servers, deployment)
      } catch {
        await standby.stop()
        throw error
      }
      await standby.stop()
    }
  }

  private static func promotion(
    of standby: ServersUnderTest, after servers: ServersUnderTest, _ deployment: Deployment
  ) async throws {
    // A write is acknowledged when both have it.
    _ = try await deployment.superuser(of: servers, "ALTER SYSTEM SET synchronous_standby_names = '*'")
    _ = try await deployment.superuser(of: servers, "SELECT pg_reload_conf()")
    let hosts = try [servers, standby].map { "127.0.0.1:\(try $0.value("POSTGRES_PORT"))" }
    try await ServiceBehindServers.run(on: deployment, ["DB_HOST": hosts.joined(separator: ",")]) { service in
      try await service.readiness(becomes: 200)
      let scene = Scene(service: service, deployment: deployment, last: standby)
      _ = try await scene.underLoad("promotion of the standby") {
        try await servers.kill("postgresql")
        try await service.readiness(becomes: 503)
        try await standby.promote("standby")
      }
    }
  }
}
