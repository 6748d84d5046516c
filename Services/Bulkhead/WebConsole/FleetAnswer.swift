import AccessManifest
import EventLoop
import HTTPClient
import JSON
import Schema

/// The members of the fleet, as their own listeners report them.
struct FleetAnswer: Encodable {
  /// One member: its accounts of the manifest, its readiness, and counts of its metrics.
  struct Member: Encodable, Sendable {
    let name: String
    let address: String
    let accounts: [String]
    let ready: Bool
    /// The parts of its readiness; or why it has none.
    let report: JSONValue
    /// Connections of the pools: open, in use, and statements that wait.
    var pool: Pool?
    /// Statements since its start, and the failed ones by the engine's code.
    var statements: Int?
    var failures: [Failure] = []
    /// Requests since its start, and those that it refused.
    var requests: Int?
    var refusals: Int?
  }

  struct Pool: Encodable, Sendable {
    let open: Int
    let used: Int
    let waiting: Int
  }

  struct Failure: Encodable, Sendable {
    let code: String
    let count: Int
  }

  let time: Timestamp
  let members: [Member]

  init(_ outcome: SharedCheck<[Member]>.Outcome) {
    time = outcome.time
    members = outcome.value
  }
}

/// Reads readiness and metrics of the members on this machine.
struct FleetProbe: Sendable {
  private static let timeoutMilliseconds = 2_000
  private static let answerBytes = 1 << 20

  let members: [FleetMember]
  let manifest: AccessManifest
  /// Threads of its own: a member that hangs holds up no other.
  private let queue = OffloadQueue(name: "fleet-probe", concurrency: 8, queueLimit: 256)

  init(members: [FleetMember], manifest: AccessManifest) {
    self.members = members
    self.manifest = manifest
  }

  /// The members in their order.
  func answers() async -> [FleetAnswer.Member] {
    await withTaskGroup(of: (Int, FleetAnswer.Member).self) { group in
      for (index, member) in members.enumerated() {
        group.addTask { (index, await answer(of: member)) }
      }
      var found: [(Int, FleetAnswer.Member)] = []
      for await answer in group { found.append(answer) }
      return found.sorted { $0.0 < $1.0 }.map(\.1)
    }
  }

  private func answer(of member: FleetMember) async -> FleetAnswer.Member {
    async let metrics = get("\(member.address)/metrics")
    let accounts = member.accounts(in: manifest)
    switch await get("\(member.address)/readyz") {
    case .failure(let error):
      return FleetAnswer.Member(
        name: member.name, address: member.address, accounts: accounts, ready: false,
        report: .string("\(error)"))
    case .success(let readiness):
      let report = (try? JSONCoding.decode(JSONValue.self, from: readiness.bytes)) ?? .null
      var answer = FleetAnswer.Member(
        name: member.name, address: member.address, accounts: accounts, ready: readiness.isSuccess,
        report: report)
      if case .success(let measured) = await metrics, measured.isSuccess {
        answer.count(Exposition(String(decoding: measured.bytes, as: UTF8.self)))
      }
      return answer
    }
  }

  private struct Answer: Sendable {
    let isSuccess: Bool
    let bytes: [UInt8]
  }

  private func get(_ url: String) async -> Result<Answer, HTTPClientError> {
    do throws(HTTPClientError) {
      let response = try await HTTPClient.send(
        .get, url, timeoutMilliseconds: Self.timeoutMilliseconds, maximumResponseBytes: Self.answerBytes,
        on: queue)
      return .success(Answer(isSuccess: response.status.code == 200, bytes: response.body))
    } catch {
      return .failure(error)
    }
  }
}

extension FleetAnswer.Member {
  /// Statuses with which a service refuses a caller.
  private static let refusals: Set = ["401", "403", "429", "503"]
  /// The code of a statement without an error.
  private static let success = "ok"

  fileprivate mutating func count(_ metrics: Exposition) {
    if let open = metrics.sum("database_connections_open") {
      pool = FleetAnswer.Pool(
        open: open, used: metrics.sum("database_connections_in_use") ?? 0,
        waiting: metrics.sum("database_statements_waiting") ?? 0)
    }
    let codes = metrics.sums("database_statements_total", by: "code")
    statements = codes.values.reduce(0, +)
    failures = codes.filter { $0.key != Self.success && $0.value > 0 }.sorted { $0.key < $1.key }
      .map { FleetAnswer.Failure(code: $0.key, count: $0.value) }
    let statuses = metrics.sums("http_requests_total", by: "status")
    requests = statuses.values.reduce(0, +)
    refusals = statuses.filter { Self.refusals.contains($0.key) }.values.reduce(0, +)
  }
}
