import Cryptography
import Secrets

/// Replaces passwords of one engine while the accounts are in use, so that no login with a password from a file fails.
///
/// The steps of an account, each of which leaves a file that says how to go on:
///
/// 1. `next`: the file has both passwords. A program that reads it can log in with either one.
/// 2. After the delivery, the engine gets the new password, and the file has it first: `former`. A program ends the
///    sessions of the former one, each when it is free.
/// 3. When no session of the former one is left, or after the limit, the tool ends the rest. It logs in with the former
///    password: the engine must refuse it. Then the file has the new one alone.
package struct PasswordRotation: Sendable {
  /// How far one run goes.
  package enum Extent: Sendable, Hashable {
    /// One step; an operator delivers the files, and starts the next run.
    case oneStep
    /// To the end, with the waits.
    case toTheEnd
  }

  /// The waits of a rotation.
  package struct Limits: Sendable, Hashable {
    /// How long a changed file takes to reach every program, in seconds.
    package var deliverySeconds: Int
    /// How long sessions of the former password may go on after the delivery, in seconds.
    package var drainSeconds: Int
    /// The pause between two looks at the sessions.
    package var lookMilliseconds = 250

    /// Makes limits.
    package init(deliverySeconds: Int, drainSeconds: Int) {
      self.deliverySeconds = deliverySeconds
      self.drainSeconds = drainSeconds
    }
  }

  /// The time and the waits, which tests replace.
  package struct Time: Sendable {
    /// Seconds since 1970.
    package let seconds: @Sendable () -> Int64
    /// Waits.
    package let sleep: @Sendable (_ milliseconds: Int) async throws -> Void

    /// Makes a time.
    package init(
      seconds: @escaping @Sendable () -> Int64, sleep: @escaping @Sendable (Int) async throws -> Void
    ) {
      self.seconds = seconds
      self.sleep = sleep
    }
  }

  private let passwords: any AccountPasswords
  private let store: CredentialStore
  private let limits: Limits
  private let time: Time
  private let progress: @Sendable (String) -> Void

  /// Makes a rotation. `progress` receives one line for each step of an account.
  package init(
    _ passwords: any AccountPasswords, store: CredentialStore, limits: Limits, time: Time,
    progress: @escaping @Sendable (String) -> Void
  ) {
    self.passwords = passwords
    self.store = store
    self.limits = limits
    self.time = time
    self.progress = progress
  }

  /// The step that follows for an account.
  private enum Stage: Hashable {
    case idle, next, former
  }

  /// Rotates the passwords of the accounts, which wait together. An interrupted rotation is completed before the other
  /// accounts begin theirs.
  ///
  /// Returns the accounts whose rotation is not complete: none at the end. An account that cannot rotate, possibly because
  /// its program changed the password itself, keeps no other from it.
  ///
  /// - Throws: after all others have rotated, an error that names each account that could not, and why.
  package func run(_ accounts: [String], _ extent: Extent) async throws(AccessError) -> [String] {
    let failures = Failures()
    let unfinished = try await run(accounts, extent, failures)
    try failures.check(of: accounts.count)
    return unfinished
  }

  private func run(
    _ accounts: [String], _ extent: Extent, _ failures: Failures
  ) async throws(AccessError) -> [String] {
    var stages: [Stage: [String]] = [:]
    for account in accounts {
      try await failures.collect(of: account) { () throws(AccessError) in
        stages[try stage(of: account), default: []].append(account)
      }
    }
    // An interrupted run is completed before anything begins anew. All accounts take a step before one takes the next:
    // beside a former password, an account with one password is at the end already.
    var waiting = stages[.next] ?? []
    var ending = stages[.former] ?? []
    let idle = stages[.idle] ?? []
    let later = ending.isEmpty ? [] : idle
    if later.isEmpty, !idle.isEmpty {
      // A rotation that could not end does not begin.
      let obstacle = try await passwords.obstacle()
      for account in idle {
        try await failures.collect(of: account) { () throws(AccessError) in
          if let obstacle { throw .unsupported("\(obstacle). Nothing was changed") }
          try await begin(account)
          waiting.append(account)
        }
      }
      if case .oneStep = extent { return waiting }
    }
    if !waiting.isEmpty {
      try await awaitDelivery(to: waiting)
      for account in waiting {
        try await failures.collect(of: account) { () throws(AccessError) in
          try await change(account)
          ending.append(account)
        }
      }
      if case .oneStep = extent { return ending + later }
    }
    try await end(ending, failures)
    // The interrupted rotations are complete. The passwords of the others are as old as before.
    guard !later.isEmpty else { return [] }
    if case .oneStep = extent { return later }
    return try await run(later, extent, failures)
  }

  private func stage(of account: String) throws(AccessError) -> Stage {
    switch try content(of: account).other {
    case nil: .idle
    case .next: .next
    case .former: .former
    }
  }

  // MARK: The first step

  private func begin(_ account: String) async throws(AccessError) {
    try await require(try content(of: account).current, of: account)
    let wrong = Secret(SecureRandom.token())
    guard try await refuses(wrong, of: account) else { throw unchecked(account) }
    let added = try stored { () throws(CredentialStore.Failure) in
      try store.addNext(to: account, at: time.seconds())
    }
    if passwords.keepsTwo { try await setAndSave(added.passwords, of: account) }
    progress("\(account): the file has the next password")
  }

  /// The engine must check the password and accept it, or the rotation would hide another problem.
  private func require(_ password: Secret, of account: String) async throws(AccessError) {
    switch try await passwords.response(to: password, of: account) {
    case .accepted: break
    case .refused, .absent:
      throw .unsupported(
        "\(passwords.name) rejects the present password of \(account): run `bulkhead access apply` first")
    case .unchecked: throw unchecked(account)
    case .unusable(let reason): throw unusable(account, reason)
    }
  }

  /// Whether the engine checked the password and refused it.
  ///
  /// - Throws: where its response says nothing about the password.
  private func refuses(_ password: Secret, of account: String) async throws(AccessError) -> Bool {
    switch try await passwords.response(to: password, of: account) {
    case .refused, .absent: return true
    case .accepted, .unchecked: return false
    case .unusable(let reason): throw unusable(account, reason)
    }
  }

  private func unusable(_ account: String, _ reason: String) -> AccessError {
    .unsupported("\(passwords.name) starts no session of \(account): \(reason)")
  }

  private func unchecked(_ account: String) -> AccessError {
    .unsupported(
      "\(passwords.name) accepts \(account) without checking its password, so no change protects it")
  }

  // MARK: The second step

  private func awaitDelivery(to accounts: [String]) async throws(AccessError) {
    var last: Int64 = 0
    for account in accounts {
      // The clock of the machine that began may have been ahead.
      if case .next(_, let since) = try content(of: account).other {
        last = max(last, min(since, time.seconds()))
      }
    }
    try await wait(until: last + Int64(limits.deliverySeconds), for: "the delivery of the files")
  }

  /// An interruption after the engine's change leaves a file that says `next`: then the engine has the password, and gets it
  /// again. That it accepts the password does not show that this tool has set it, in every place where it is checked: the
  /// account reads the file too, and may change its own password.
  private func change(_ account: String) async throws(AccessError) {
    let content = try content(of: account)
    guard case .next(let next, _) = content.other else { return }
    if passwords.keepsTwo {
      try await setAndSave(content.passwords, of: account)
    } else {
      try await passwords.set([next], of: account)
    }
    try await require(next, of: account)
    let moment = try await passwords.moment()
    _ = try stored { () throws(CredentialStore.Failure) in
      try store.promoteNext(of: account, moment: moment)
    }
    progress("\(account): \(passwords.name) has the new password")
  }

  // MARK: The last step

  private func end(_ accounts: [String], _ failures: Failures) async throws(AccessError) {
    let start = time.seconds()
    if passwords.keepsTwo {
      // A program that reads only the first line has it by then.
      try await wait(until: start + Int64(limits.deliverySeconds), for: "the delivery of the files")
    }
    let deadline = start + Int64(limits.deliverySeconds + limits.drainSeconds)
    for account in accounts {
      try await failures.collect(of: account) { () throws(AccessError) in
        try await end(account, until: deadline)
      }
    }
    if let reason = try await passwords.save() {
      progress("\(passwords.name) did not save the passwords, so a restart loses them: \(reason)")
    }
  }

  private func end(_ account: String, until deadline: Int64) async throws(AccessError) {
    guard case .former(let former, let moment) = try content(of: account).other else { return }
    if passwords.keepsTwo { try await setAndSave([try content(of: account).current], of: account) }
    try await drain(account, before: moment, until: deadline)
    try await proveDead(former, of: account)
    try stored { () throws(CredentialStore.Failure) in try store.forgetFormer(of: account) }
    progress("\(account): rotated; \(passwords.name) refuses the former password")
  }

  private func drain(
    _ account: String, before moment: Int64, until deadline: Int64
  ) async throws(AccessError) {
    var left = try await passwords.sessions(of: account, before: moment)
    // Where the engine has two passwords, the delivery of the files was time enough.
    while left > 0, !passwords.keepsTwo, time.seconds() < deadline {
      try await sleep(limits.lookMilliseconds)
      left = try await passwords.sessions(of: account, before: moment)
    }
    guard left > 0 else { return }
    try await passwords.endSessions(of: account, before: moment)
    progress("\(account): ended \(left) session\(left == 1 ? "" : "s") of the former password")
  }

  private func proveDead(_ former: Secret, of account: String) async throws(AccessError) {
    guard try await refuses(former, of: account) else {
      let wrong = Secret(SecureRandom.token())
      guard try await refuses(wrong, of: account) else { throw unchecked(account) }
      throw .unsupported(
        "\(passwords.name) accepts the former password of \(account) again, because the account set it back: "
          + "end its program, and run `bulkhead access apply`")
    }
    try await require(try content(of: account).current, of: account)
  }

  // MARK: Parts

  /// Saves before the file says that the step is done: after a kill, the next call repeats both. What an engine keeps in
  /// memory alone, a restart would undo.
  private func setAndSave(_ given: [Secret], of account: String) async throws(AccessError) {
    try await passwords.set(given, of: account)
    // `end` reports an engine that cannot save at all.
    _ = try await passwords.save()
  }

  private func content(of account: String) throws(AccessError) -> CredentialText {
    try stored { () throws(CredentialStore.Failure) in try store.content(of: account) }
  }

  private func stored<Value>(
    _ body: () throws(CredentialStore.Failure) -> Value
  ) throws(AccessError) -> Value {
    do {
      return try body()
    } catch {
      throw .credential(error)
    }
  }

  private func wait(until moment: Int64, for what: String) async throws(AccessError) {
    let left = moment - time.seconds()
    guard left > 0 else { return }
    progress("waiting \(left) s for \(what)")
    try await sleep(Int(left) * 1_000)
  }

  private func sleep(_ milliseconds: Int) async throws(AccessError) {
    do {
      try await time.sleep(milliseconds)
    } catch {
      throw .unsupported("the wait was interrupted")
    }
  }
}
