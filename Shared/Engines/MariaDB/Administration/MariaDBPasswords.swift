import AccessPlanning
import DataAccess
import Secrets
import Synchronization

/// The passwords of accounts in a server of the family, of which an account has one.
struct MariaDBPasswords: AccountPasswords {
  let administrator: Database
  let nodes: MariaDBNodes
  let probe: CredentialProbe

  init(administrator: Database, nodes: MariaDBNodes, probe: CredentialProbe) {
    (self.administrator, self.nodes, self.probe) = (administrator, nodes, probe)
  }

  var name: String { administrator.dialect.engineName }

  var keepsTwo: Bool { false }

  func set(_ passwords: [Secret], of account: String) async throws(AccessError) {
    guard let password = passwords.first, passwords.count == 1 else {
      throw .unsupported("\(name) keeps one password of an account")
    }
    let change = "ALTER USER \(MariaDBGrantee(user: account).sql)"
    do {
      let scheme = try await RightsCatalog.of(administrator).passwords
      try await administrator.change(
        "\(change) \(scheme.login(scheme.verifier(password.reveal())))", label: "\(change) IDENTIFIED")
    } catch {
      throw .database(error)
    }
  }

  func response(to password: Secret, of account: String) async throws(AccessError) -> CredentialState {
    try await probe.response(to: password, of: account)
  }

  /// The number of the newest session: a server counts them up. The nodes of a cluster count each for itself, so this run
  /// keeps the numbers of all. Only the highest outlives it: a run that completes another one may also end sessions that
  /// are newer, on a node whose number is lower.
  func moment() async throws(AccessError) -> Int64 {
    let newest = try await onEach { (_, server) async throws(DatabaseError) -> Int64 in
      try await server.unsafeQuery(
        unsafeSQL: "SELECT max(id) FROM information_schema.processlist", label: "read the newest session",
        isRead: true
      ).integer(0, 0)
    }
    let moment = newest.values.max() ?? 0
    marks.numbers.withLock { $0[moment] = newest }
    return moment
  }

  func sessions(of account: String, before moment: Int64) async throws(AccessError) -> Int {
    try await onEach { (name, server) async throws(DatabaseError) -> Int in
      try await AccountSessions(server).numbers(of: account, before: mark(of: name, at: moment)).count
    }.values.reduce(0, +)
  }

  func endSessions(of account: String, before moment: Int64) async throws(AccessError) {
    _ = try await onEach { (name, server) async throws(DatabaseError) -> Void in
      try await AccountSessions(server).end(of: account, before: mark(of: name, at: moment))
    }
  }

  func save() async throws(AccessError) -> String? { nil }

  // MARK: Nodes

  /// The newest session of each server, by the moment that stands for them.
  private final class Marks: Sendable {
    let numbers = Mutex<[Int64: [String: Int64]]>([:])
  }

  private let marks = Marks()

  private func mark(of server: String, at moment: Int64) -> Int64 {
    marks.numbers.withLock { $0[moment]?[server] } ?? moment
  }

  /// Runs `body` on the server that the administrator uses, and on the other nodes of its cluster. A node that does not
  /// answer has no majority, so none of its sessions can do anything.
  private func onEach<Value: Sendable>(
    _ body: (_ name: String, Database) async throws(DatabaseError) -> Value
  ) async throws(AccessError) -> [String: Value] {
    try await nodes.with(administrator) { (found) async throws(AccessError) -> [String: Value] in
      do throws(DatabaseError) {
        var values = ["": try await body("", administrator)]
        for node in found.others { values[node.name] = try await body(node.name, node.database) }
        return values
      } catch {
        throw .database(error)
      }
    }
  }
}
