import AccessPlanning
import DataAccess
import Secrets
import Synchronization
import Transport

/// The passwords of accounts in a server of the family.
///
/// A rotation does not use the second password that MySQL can keep of an account. The server does not say with which of
/// the two a session began, so sessions of the former one could not be told from those of the new one. As long as it was
/// accepted, a stranger who has it could begin one that outlives the rotation.
struct MariaDBPasswords: AccountPasswords {
  let administrator: Database
  let catalog: RightsCatalog
  let nodes: MariaDBNodes
  let credentials: CredentialStore

  init(
    administrator: Database, catalog: RightsCatalog, nodes: MariaDBNodes, credentials: CredentialStore
  ) {
    (self.administrator, self.catalog) = (administrator, catalog)
    (self.nodes, self.credentials) = (nodes, credentials)
  }

  var name: String { administrator.dialect.engineName }

  var keepsTwo: Bool { false }

  /// 1203 and 1226 are the limits of an account, which the server compares after the password. 1040 is the server's own:
  /// it precedes the check. https://mariadb.com/kb/en/mariadb-error-code-reference/
  static let provesPassword: PasswordProof = { ["1203", "1226"].contains($0.nativeCode) }

  func set(_ passwords: [Secret], of account: String) async throws(AccessError) {
    guard passwords.count == 1, let password = passwords.first else {
      throw .unsupported("a rotation gives an account of \(name) one password at a time")
    }
    let change = "ALTER USER \(MariaDBGrantee(user: account).sql)"
    let scheme = catalog.passwords
    try await requireHashes()
    do {
      // A second password that was set by hand goes first: once the new one is there, an interrupted run does not come
      // back here.
      if catalog.keepsTwoPasswords {
        let discard = "\(change) \(RightsCatalog.discardSecond)"
        try await administrator.change(discard, label: discard)
      }
      try await administrator.change(
        "\(change) \(scheme.login(scheme.verifier(password.reveal())))", label: "\(change) IDENTIFIED")
    } catch {
      throw .database(error)
    }
  }

  /// The response of the server, or of every node of its cluster that is seen: a session may change its own password on its
  /// node alone, and a service reaches any of them.
  func response(to password: Secret, of account: String) async throws(AccessError) -> CredentialState {
    let answers = try await nodes.with(administrator) {
      (found) async throws(AccessError) -> [(node: String, state: CredentialState)] in
      let whole = nodes.configuration
      guard !found.nodes.isEmpty else {
        return [("", try await response(to: password, of: account, administrator, at: whole.hosts))]
      }
      var answers: [(node: String, state: CredentialState)] = []
      for node in found.nodes {
        do throws(DatabaseError) {
          // It may still have to apply the change before.
          try await MariaDBNodes.waitForCluster(at: node)
        } catch {
          throw .database(error)
        }
        let state = try await response(to: password, of: account, node.database, at: [node.host])
        answers.append((node.name, state))
      }
      return answers
    }
    return try Self.common(answers, of: account)
  }

  /// The response that all nodes give.
  ///
  /// - Throws: where some accept the password and others refuse it.
  static func common(
    _ answers: [(node: String, state: CredentialState)], of account: String
  ) throws(AccessError) -> CredentialState {
    var accepting: [String] = []
    for answer in answers {
      switch answer.state {
      case .accepted: accepting.append(answer.node)
      case .refused, .absent: continue
      case .unchecked: return .unchecked
      case .unusable(let reason):
        return answer.node.isEmpty ? answer.state : .unusable(reason: "on \(answer.node): \(reason)")
      }
    }
    guard !accepting.isEmpty else { return .refused }
    guard accepting.count < answers.count else { return .accepted }
    let refusing = answers.map(\.node).filter { !accepting.contains($0) }
    throw .unsupported(
      "the nodes of the cluster differ: \(accepting.joined(separator: ", ")) accepts a password of \(account) that "
        + "\(refusing.joined(separator: ", ")) refuses: the account set its own on some nodes alone, or a change was made "
        + "while wsrep_OSU_method was RSU, which `bulkhead access verify` names. End the account's program, or set that to "
        + "TOI, and run `bulkhead access apply`")
  }

  /// Tries the password on a server, which `administrator` reaches too. Where wrong passwords block an account soon, none is
  /// sent: the server stores what it compares with.
  private func response(
    to password: Secret, of account: String, _ administrator: Database, at hosts: [Endpoint]
  ) async throws(AccessError) -> CredentialState {
    do {
      let reader = MariaDBRightsReader(administrator, database: nodes.configuration.name)
      if try await reader.readErrorsUntilBlock(in: catalog).map(PasswordScheme.blocksSoon) == true,
        let login = try await reader.read().accounts[MariaDBGrantee(user: account)]?.login,
        !catalog.passwords.mayAccept(password, of: login)
      {
        return .refused
      }
    } catch {
      throw .database(error)
    }
    var configuration = nodes.configuration
    configuration.hosts = hosts
    let probe = CredentialProbe(
      store: credentials,
      driver: { [engine = nodes.engine, configuration] in
        engine.driver(configuration.connecting(as: $0, password: $1))
      }, loop: nodes.loop, provesPassword: Self.provesPassword,
      isServing: { [loop = nodes.loop] in
        await Database.opens(administrator.driver, on: loop)
      })
    return try await probe.response(to: password, of: account)
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
    try await requireHashes()
    guard let count = try await nodes.with(administrator, { (found) in found.unlisted }) else { return nil }
    return
      "the cluster has \(count.size) nodes, and DB_HOST lists \(count.listed) of them, as behind a load balancer: "
      + "sessions of the former password could not be found on the others. List every node for this call "
      + "(DB_HOST=NODE1:PORT,NODE2:PORT,...)"
  }

  /// A statement of a rotation carries a hash.
  private func requireHashes() async throws(AccessError) {
    let settings: [ServerSetting]
    do throws(DatabaseError) {
      let reader = MariaDBRightsReader(administrator, database: nodes.configuration.name)
      settings = try await reader.readSettings()
    } catch {
      throw .database(error)
    }
    try ServerSetting.requireHashes(in: settings)
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
