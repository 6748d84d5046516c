import Cache
import Secrets

/// The cache as the proof uses it: a connection for every account.
package struct ProofCache: Sendable {
  /// Connects as an account, with that account's own credential.
  package typealias Connect = @Sendable (_ account: String) async throws -> any CacheConnection

  /// Connects as an account with this password.
  package typealias Login =
    @Sendable (_ account: String, _ password: Secret) async throws -> any CacheConnection

  let probes: CacheProbes
  let connect: Connect
  /// Nil where the engine checks no password.
  let login: Login?
  /// Looks for more attempts in the server; nil where an engine has no users.
  package var survey: CacheSurvey.Reader?
  /// Where the proof's tasks run: best the loop of the connections.
  package var executor: (any TaskExecutor)?

  /// Creates the cache of a proof. `probes` belong to the engine that `connect` connects to. `login` connects with any
  /// password, for the logins that must fail.
  package init(probes: CacheProbes, login: Login? = nil, connect: @escaping Connect) {
    self.probes = probes
    self.login = login
    self.connect = connect
  }
}

extension ProofCache {
  /// Tries a login that must fail, and one command: a server without a password check refuses neither.
  func outcome(of attempt: LoginAttempt) async -> ProofOutcome {
    let outcome = await firstOutcome(of: attempt)
    return outcome.isNotTried ? await firstOutcome(of: attempt) : outcome
  }

  private func firstOutcome(of attempt: LoginAttempt) async -> ProofOutcome {
    guard let login else { return .failed(code: "", message: "the engine checks no password") }
    do {
      let connection = try await login(attempt.account, attempt.password)
      let answer: Result<RESPValue, CacheError>
      do throws(CacheError) {
        answer = .success(try await connection.command(["PING"]))
      } catch {
        answer = .failure(error)
      }
      await connection.close()
      _ = try answer.get()
      return .allowed
    } catch CacheError.authenticationFailed {
      return .denied(code: "NOAUTH", message: "the cache refuses the login")
    } catch CacheError.permissionDenied {
      return .allowed
    } catch let error as CacheError {
      return ProofOutcome(error, expecting: attempt.cell.expected)
    } catch {
      return .failed(code: "login", message: "\(error)")
    }
  }
}

/// Tries the cache's cells, account by account, and removes the keys that it created.
struct CacheProver: Sendable {
  let cache: ProofCache
  let matrix: CacheMatrix
  /// The accounts that are tried; empty for all.
  let chosen: Set<String>
  /// What others may do; the proof has no password of theirs.
  let untried: UntriedRights?

  private var accounts: [String] { matrix.manifest.cacheAccounts.map(\.name).filter(isChosen) }

  private func isChosen(_ account: String) -> Bool { chosen.isEmpty || chosen.contains(account) }

  /// The number of cells, including one for each login.
  var cells: Int {
    accounts.reduce(logins.count + (untried?.results.count ?? 0)) { $0 + 1 + matrix.probes(for: $1).count }
  }

  private var logins: [LoginAttempt] {
    guard cache.login != nil else { return [] }
    let administrator = matrix.manifest.administrators.cacheAccount
    return LoginAttempt.all(
      .cache, accounts: accounts + [administrator].filter(isChosen),
      strangers: chosen.isEmpty ? cache.probes.strangers + matrix.survey.users : [])
  }

  /// Accounts that are tried at a time. Each has one connection, and a connection sends one command at a time.
  private static let concurrentAccounts = 4

  func run(_ collector: ResultCollector) async throws(ProofError) {
    let attempts = logins.map { (attempt: $0, part: collector.nextPart()) }
    if let untried { untried.results.forEach(collector.nextPart().take) }
    let parts = accounts.map { (account: $0, report: collector.nextPart()) }
    try await forEachConcurrently(attempts, limit: Self.concurrentAccounts, on: cache.executor) { login in
      let outcome = await cache.outcome(of: login.attempt)
      login.part.take(ProofResult(cell: login.attempt.cell, outcome: outcome))
    }
    try await forEachConcurrently(parts, limit: Self.concurrentAccounts, on: cache.executor) { part in
      await run(part.account, part.report.take)
    }
  }

  private func run(_ account: String, _ report: (ProofResult) -> Void) async {
    let login = ProofCell(.cache, account: account, object: "server", verb: "connect", expected: .allowed)
    guard var connection = await open(account, login, report) else { return }
    report(ProofResult(cell: login, outcome: .allowed))
    for probe in matrix.probes(for: account) {
      var outcome = await attempt(probe, on: connection)
      if outcome.isNotTried {
        guard let next = await replacement(of: connection, after: outcome, account, login, report) else {
          return
        }
        connection = next
        outcome = await attempt(probe, on: connection)
      }
      report(
        ProofResult(
          cell: probe.cell, outcome: outcome, statement: probe.words.map(\.description).joined(separator: " ")
        ))
      // A command that the cache should have denied may have changed the connection's mode (MONITOR, SUBSCRIBE).
      let isChanged = !outcome.meets(probe.cell.expected) && probe.cell.expected == .denied
      if isChanged || outcome.endsConnection {
        await connection.close()
        guard let next = await open(account, login, report) else { return }
        connection = next
      }
    }
    await connection.close()
  }

  /// The time of a server to load its data or to end a script, before a cell is repeated.
  private static let pauseMilliseconds = 100

  /// The connection for the second attempt of a cell: a new one, unless the first one goes on.
  private func replacement(
    of connection: any CacheConnection, after outcome: ProofOutcome, _ account: String, _ login: ProofCell,
    _ report: (ProofResult) -> Void
  ) async -> (any CacheConnection)? {
    try? await Task.sleep(for: .milliseconds(Self.pauseMilliseconds))
    guard outcome.endsConnection else { return connection }
    await connection.close()
    return await open(account, login, report)
  }

  private func open(
    _ account: String, _ login: ProofCell, _ report: (ProofResult) -> Void
  ) async -> (any CacheConnection)? {
    do {
      let connection = try await cache.connect(account)
      _ = try await connection.command(["PING"])
      return connection
    } catch {
      report(ProofResult(cell: login, outcome: ProofOutcome(ofPreparation: error, code: "login")))
      return nil
    }
  }

  private func attempt(_ probe: CacheProbe, on connection: any CacheConnection) async -> ProofOutcome {
    do {
      _ = try await connection.command(probe.words)
      if let undo = probe.undo { _ = try await connection.command(undo) }
      if let key = probe.key { _ = try? await connection.command(["DEL", key]) }
      return .allowed
    } catch {
      return ProofOutcome(error, expecting: probe.cell.expected)
    }
  }
}

extension ProofOutcome {
  /// The outcome of a failed command.
  ///
  /// A server checks the permission before it looks at its memory, its data and its role. So any answer but "no permission"
  /// means that the command passed the check, which shows a violation where the command must be denied. Where it must
  /// succeed, such an answer shows nothing. Without an answer, neither does.
  init(_ error: CacheError, expecting expected: ProofCell.Expectation) {
    switch error {
    case .permissionDenied(let denial): self = .denied(code: "NOPERM", message: denial.description)
    case .refused(let code, let message):
      if error.isOfUnknownCommand, expected == .denied {
        self = .denied(code: code, message: "the server has no such command")
      } else if error.isOfServersState, !expected.isRefusal {
        self = .notTried(code: code, message: message)
      } else {
        self = .failed(code: code, message: message)
      }
    case .unreachable, .connectionLost, .deadlineExceeded, .queueFull:
      self = .notTried(code: "", message: error.description)
    case .authenticationFailed, .untrustedServer, .encryptionFailed, .replyTooLarge, .protocolViolation,
      .invalidCommand, .closed:
      self = .failed(code: "", message: error.description)
    }
  }
}

extension ProofOutcome {
  /// The outcome of a login or a look at the server that must succeed before any attempt, and failed.
  init(ofPreparation error: any Error, code: String) {
    if let error = error as? CacheError {
      let outcome = ProofOutcome(error, expecting: .allowed)
      if outcome.isNotTried {
        self = outcome
        return
      }
    }
    self = .failed(code: code, message: "\(error)")
  }

  /// Whether the connection gave no answer, or the one after which the driver looks for a primary: every further command on
  /// it could fail for the same reason.
  fileprivate var endsConnection: Bool {
    guard case .notTried(let code, _) = self else { return false }
    return code.isEmpty || CacheRefusal(code: code) == .replica
  }
}

extension CacheError {
  /// Whether the server lacks the command, as after `rename-command FLUSHALL ""`. It looks for the command before it checks
  /// the permission.
  fileprivate var isOfUnknownCommand: Bool {
    guard case .refused("ERR", let message) = self else { return false }
    return message.hasPrefix("unknown command") || message.hasPrefix("unknown subcommand")
  }

  /// Whether the server refuses commands for the state in which it is.
  fileprivate var isOfServersState: Bool {
    guard case .refused(let code, _) = self else { return false }
    return switch CacheRefusal(code: code) {
    case .replica, .trouble: true
    case .callersMistake, .unknown: false
    }
  }
}
