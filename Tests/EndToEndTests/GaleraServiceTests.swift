import EventLoop
import Foundation
import Synchronization
import TestSupport
import Testing

/// Nodes of a cluster end, are cut off, and receive all data, while clients write through HTTP at about 200 requests a
/// second.
///
/// The clients see 503 with a time for the retry and nothing else. No acknowledged write is lost, none is made twice, and
/// the same process is ready again.
@Suite(.serialized) struct GaleraServiceTests {
  private static let patienceMilliseconds = 120_000

  @Test
  func `a service on a cluster outlives a killed, isolated, refusing and empty node, and a restart of each`()
    async throws
  {
    try await Deployment.with(.galera, prepared: true) { deployment in
      let cluster = ClusterUnderTest(deployment: deployment)
      try await ServiceBehindServers.run(on: deployment) { service in
        try await service.readiness(becomes: 200)
        let load = try await RepeatedWrites(through: service)
        async let ended: Void = load.run()
        for (name, fault) in Self.faults {
          try await Self.underLoad(load, name) { try await fault(cluster, load) }
          try await cluster.isWhole()
          try await service.readiness(becomes: 200)
        }
        load.stop()
        await ended
        #expect(service.started.isRunning)
        try await load.check(deployment)
      }
    }
  }

  private static let faults: [(String, @Sendable (ClusterUnderTest, RepeatedWrites) async throws -> Void)] = [
    (
      "SIGKILL of the serving node",
      { cluster, _ in
        let node = try await cluster.serving()
        try await cluster.servers.kill("galera/\(node)")
        try await cluster.servers.restart("galera/\(node)")
      }
    ),
    (
      "partition of the serving node",
      { cluster, load in
        let node = try await cluster.serving()
        try await cluster.isolate(node, true)
        try await cluster.node(node, isReady: false)
        // The node is still cut off.
        try await writesGoOn(load)
        try await cluster.isolate(node, false)
      }
    ),
    (
      "the serving node refuses statements, as for maintenance",
      { cluster, load in
        let node = try await cluster.serving()
        try await cluster.setRefusal(of: node, "ALL")
        try await writesGoOn(load)
        // The probe leaves the node with the pools, and finds the service ready.
        try await eventually("no session of the service is at the node") {
          try await cluster.sessions(at: node) == 0
        }
        try await cluster.setRefusal(of: node, "NONE")
      }
    ),
    (
      "the serving node is killed, and receives all data",
      { cluster, _ in
        let node = try await cluster.serving()
        try await cluster.servers.kill("galera/\(node)")
        try cluster.empty(node)
        try await cluster.servers.restart("galera/\(node)")
      }
    ),
    (
      "restart of each node",
      { cluster, _ in
        for node in 1...3 {
          try await cluster.servers.restart("galera/\(node)")
          try await cluster.isWhole()
        }
      }
    ),
  ]

  private static func underLoad(
    _ load: RepeatedWrites, _ name: String, fault: () async throws -> Void
  ) async throws {
    try await writesGoOn(load)
    let (begin, refused, count) = (ContinuousClock.now, load.refused, load.count)
    try await fault()
    let duration = ContinuousClock.now - begin
    print("\(name): \(load.count - count) writes and \(load.refused - refused) refusals in \(duration)")
    try await writesGoOn(load)
  }

  private static func writesGoOn(_ load: RepeatedWrites) async throws {
    let before = load.count
    try await eventually("writes are acknowledged", withinMilliseconds: patienceMilliseconds) {
      load.count > before + 50
    }
  }
}

/// The nodes of a deployment's cluster.
private struct ClusterUnderTest: Sendable {
  let deployment: Deployment

  var servers: ServersUnderTest {
    get throws {
      guard let servers = deployment.servers else { throw Program.Failure("the deployment has no servers") }
      return servers
    }
  }

  /// The node that has most of the service's sessions.
  func serving() async throws -> Int {
    var counts: [Int: Int] = [:]
    for node in 1...3 { counts[node] = try await sessions(at: node) }
    guard let most = counts.max(by: { $0.value < $1.value }), most.value > 0 else {
      throw Program.Failure("no node has sessions of the service")
    }
    return most.key
  }

  /// The number of the service's sessions at a node.
  func sessions(at node: Int) async throws -> Int? {
    let query = "SELECT count(*) FROM information_schema.processlist WHERE user = 'backend-api-rw'"
    let text = try await deployment.mariadb([query], onNode: node)
    return Int(text.trimmingCharacters(in: .whitespacesAndNewlines))
  }

  /// Makes a node refuse each statement of a table, while it counts as ready.
  func setRefusal(of node: Int, _ mode: String) async throws {
    try await deployment.mariadb(["SET GLOBAL wsrep_reject_queries = \(mode)"], onNode: node)
  }

  /// Cuts a node off from the others, or connects it again.
  func isolate(_ node: Int, _ isCutOff: Bool) async throws {
    let option = "gmcast.isolate=\(isCutOff ? 1 : 0)"
    try await deployment.mariadb(["SET GLOBAL wsrep_provider_options = '\(option)'"], onNode: node)
  }

  /// Removes the data of a node that does not run: at its start it receives all of them from another one.
  func empty(_ node: Int) throws {
    guard let home = try servers.node(node)["SERVER_HOME"] else { throw Program.Failure("no home") }
    for name in try FileManager.default.contentsOfDirectory(atPath: home + "/data") {
      try FileManager.default.removeItem(atPath: "\(home)/data/\(name)")
    }
  }

  /// Waits until every node serves.
  func isWhole() async throws {
    for number in 1...3 { try await node(number, isReady: true) }
  }

  func node(_ number: Int, isReady: Bool) async throws {
    let state = isReady ? "ON" : "OFF"
    try await eventually("wsrep_ready of node \(number) is \(state)", withinMilliseconds: 120_000) {
      let found = try? await deployment.mariadb(["SHOW STATUS LIKE 'wsrep_ready'"], onNode: number)
      return found?.contains(state) == true
    }
  }
}

/// Writers that store the same settings again and again. A setting's version counts its writes.
private final class RepeatedWrites: Sendable {
  private static let writers = 8
  private static let names = 20
  private static let pauseMilliseconds = 20

  private struct Counts {
    var acknowledged: [String: Int] = [:]
    /// Writes with 503, whose outcome the client does not know.
    var refused: [String: Int] = [:]
    var unexpected: [String] = []
  }

  private let clients: [Client]
  private let counts = Mutex(Counts())
  private let end = StopFlag()

  init(through service: ServiceBehindServers) async throws {
    let queue = OffloadQueue(concurrency: Self.writers, queueLimit: Self.writers)
    var clients: [Client] = []
    for _ in 0..<Self.writers {
      var client = try await service.member()
      client.queue = queue
      clients.append(client)
    }
    self.clients = clients
  }

  var count: Int { counts.withLock { $0.acknowledged.values.reduce(0, +) } }
  var refused: Int { counts.withLock { $0.refused.values.reduce(0, +) } }

  func stop() { end.set() }

  func run() async {
    await withTaskGroup(of: Void.self) { group in
      for (number, client) in clients.enumerated() { group.addTask { await self.write(number, client) } }
    }
  }

  private func write(_ writer: Int, _ client: Client) async {
    var number = 0
    while !end.isSet {
      let name = "write-\(writer)-\(number % Self.names)"
      number += 1
      do {
        let answer = try await client.send(.put, "/v1/settings/\(name)", ["value": .integer(Int64(number))])
        counts.withLock {
          switch answer.status {
          case 200, 201: $0.acknowledged[name, default: 0] += 1
          case 503 where answer.headers["Retry-After"] != nil: $0.refused[name, default: 0] += 1
          default: $0.unexpected.append("\(answer.status) \(answer.text)")
          }
        }
      } catch {
        counts.withLock { $0.unexpected.append("\(error)") }
      }
      try? await Task.sleep(for: .milliseconds(Self.pauseMilliseconds))
    }
  }

  /// Each setting was written as often as it was acknowledged, and at most as often as the refused ones may have taken
  /// effect; each write has its event.
  func check(_ deployment: Deployment) async throws {
    let counts = counts.withLock { $0 }
    #expect(counts.unexpected == [])
    let rows = try await deployment.mariadb([
      """
      SELECT s.name, s.version, (SELECT count(*) FROM app_db.events e WHERE e.type = 'setting.changed'
        AND json_value(e.payload, '$.name') = s.name) FROM app_db.settings s
      """
    ])
    var found: Set<String> = []
    for row in rows.split(separator: "\n") {
      let fields = row.split(separator: "\t").map(String.init)
      guard fields.count == 3, let version = Int(fields[1]), let events = Int(fields[2]) else {
        throw Program.Failure("cannot read \(row)")
      }
      let (name, least) = (fields[0], counts.acknowledged[fields[0], default: 0])
      found.insert(name)
      #expect(version >= least, "an acknowledged write of \(name) is lost")
      #expect(version <= least + counts.refused[name, default: 0], "a write of \(name) was made twice")
      #expect(events == version, "\(name) has \(events) events and \(version) writes")
    }
    #expect(Set(counts.acknowledged.keys).subtracting(found) == [])
    print("\(count) writes acknowledged, \(refused) refused with 503")
  }
}
