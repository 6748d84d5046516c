import AccessPlanning
import DataAccess
import Secrets
import Synchronization

/// The passwords of accounts in a server of the family. An account has one, and on MySQL up to two.
struct MariaDBPasswords: AccountPasswords {
  let administrator: Database
  let catalog: RightsCatalog
  let nodes: MariaDBNodes
  let probe: CredentialProbe

  init(administrator: Database, catalog: RightsCatalog, nodes: MariaDBNodes, probe: CredentialProbe) {
    (self.administrator, self.catalog, self.nodes, self.probe) = (administrator, catalog, nodes, probe)
  }

  var name: String { administrator.dialect.engineName }

  var keepsTwo: Bool { catalog.keepsTwoPasswords }

  /// True also where the server keeps two: a statement that runs in an old session serves a request.
  var drainsSessions: Bool { true }

  func set(_ passwords: [Secret], of account: String) async throws(AccessError) {
    guard (1...(keepsTwo ? 2 : 1)).contains(passwords.count) else {
      throw .unsupported("\(name) does not keep \(passwords.count) passwords of an account")
    }
    let change = "ALTER USER \(MariaDBGrantee(user: account).sql)"
    do {
      for clause in try await clauses(for: passwords.map { $0.reveal() }, of: account) {
        try await administrator.change("\(change) \(clause)", label: "\(change) IDENTIFIED")
      }
    } catch {
      throw .database(error)
    }
  }

  private func clauses(for passwords: [String], of account: String) async throws(DatabaseError) -> [String] {
    let scheme = catalog.passwords
    guard keepsTwo else { return passwords.map { scheme.login(scheme.verifier($0)) } }
    let rows = try await administrator.unsafeQuery(
      unsafeSQL: MySQLRightsQueries.verifiers, [.text(account), .text(MariaDBGrantee.anyHost)],
      label: "read the verifiers of an account", isRead: true)
    guard rows.rowCount == 1 else {
      throw DatabaseError(.other, operation: "set a password", detail: "there is no account \(account)")
    }
    return TwoPasswords(first: try rows.text(0, 0), second: try rows.text(0, 1))
      .clauses(for: passwords, by: scheme)
  }

  func response(to password: Secret, of account: String) async throws(AccessError) -> CredentialState {
    try await probe.response(to: password, of: account)
  }

  /// The number of the newest session: a server counts them up. The nodes of a cluster count each for itself, so this run
  /// keeps the numbers of all. Only the highest outlives it: a run that completes another one may also end sessions that
  /// are newer, on a node whose number is lower. The number of a node that is not seen may be higher than all, so then
  /// every session counts as older.
  func moment() async throws(AccessError) -> Int64 {
    let (newest, unseen) = try await onEach { (_, server) async throws(DatabaseError) -> Int64 in
      try await server.unsafeQuery(
        unsafeSQL: "SELECT max(id) FROM information_schema.processlist", label: "read the newest session",
        isRead: true
      ).integer(0, 0)
    }
    let moment = unseen.isEmpty ? newest.values.max() ?? 0 : .max
    marks.numbers.withLock { $0[moment] = newest }
    return moment
  }

  /// A node that is not seen counts as one session: it may have some, and so the rotation waits for it.
  func sessions(of account: String, before moment: Int64) async throws(AccessError) -> Int {
    let (counts, unseen) = try await onEach { (name, server) async throws(DatabaseError) -> Int in
      try await AccountSessions(server).numbers(of: account, before: mark(of: name, at: moment)).count
    }
    return counts.values.reduce(0, +) + unseen.count
  }

  /// Nodes that DB_HOST does not list stay unseen for ever, as behind a load balancer. One that is listed and does not
  /// answer comes back: it keeps no password from being replaced.
  func obstacle() async throws(AccessError) -> String? {
    guard let count = try await nodes.with(administrator, { (found) in found.unlisted }) else { return nil }
    return
      "the cluster has \(count.size) nodes, and DB_HOST lists \(count.listed) of them, as behind a load balancer: "
      + "sessions of the former password could not be found on the others. List every node for this call "
      + "(DB_HOST=NODE1:PORT,NODE2:PORT,...)"
  }

  /// - Throws: also after it has ended the sessions on all nodes that it sees, where it does not see all.
  func endSessions(of account: String, before moment: Int64) async throws(AccessError) {
    let (_, unseen) = try await onEach { (name, server) async throws(DatabaseError) -> Void in
      try await AccountSessions(server).end(of: account, before: mark(of: name, at: moment))
    }
    guard unseen.isEmpty else {
      throw .unsupported(
        "the cluster has the new password of \(account) and refuses the former one, and its sessions on the nodes that are "
          + "seen have ended. Sessions of the former password may live on at nodes that are not seen: "
          + unseen.joined(separator: ", ")
          + ". Start them, or list every node in DB_HOST, and call again: the next call completes the rotation"
      )
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

  /// Runs `body` on the server that the administrator uses, and on the other nodes of its cluster, and names those that are
  /// not seen. Their sessions may be at work: perhaps this machine alone does not reach the node.
  private func onEach<Value: Sendable>(
    _ body: (_ name: String, Database) async throws(DatabaseError) -> Value
  ) async throws(AccessError) -> (values: [String: Value], unseen: [String]) {
    try await nodes.with(administrator) {
      (found) async throws(AccessError) -> (values: [String: Value], unseen: [String]) in
      do throws(DatabaseError) {
        var values = ["": try await body("", administrator)]
        for node in found.others { values[node.name] = try await body(node.name, node.database) }
        return (values, found.unseen)
      } catch {
        throw .database(error)
      }
    }
  }
}
