import AccessPlanning
import DataAccess

/// The execution of the steps of one authority: on one server, on all nodes of a cluster at once, or on one node alone.
struct MariaDBApply {
  let authority: PlannedStep.Authority
  private var done: [PlannedStep] = []
  private var remaining: [PlannedStep] = []
  private var unmended: [Deviation] = []
  private var notes: [String]
  private var leftOut: [String: Int] = [:]
  /// The accounts whose credential was set.
  private(set) var withNewCredential: Set<String> = []
  /// The steps that the server refused to the superuser.
  private var refused: [String] = []
  /// The steps whose locks other sessions held for too long, with these sessions.
  private var waiting: [String] = []
  /// What an operator must do where an account of the run stays locked.
  private var closed: [String] = []

  init(as authority: PlannedStep.Authority, notes: [String]) {
    self.authority = authority
    self.notes = notes
  }

  var outcome: AccessOutcome {
    AccessOutcome(done: done, remaining: remaining, unmended: unmended, notes: notes, leftOut: leftOut)
  }

  /// Executes the steps on the server, or on all nodes of its cluster at once. `others` are the nodes that a statement about
  /// sessions does not reach.
  mutating func execute(
    _ plan: AccessPlan, of grants: MariaDBGrants, in catalog: RightsCatalog,
    killingOn others: [MariaDBNodes.Node]
  ) async throws(AccessError) {
    try await inSession(of: grants.administrator) { (run, session) async throws(AccessError) in
      let runner = MariaDBStepRunner(
        session, of: grants.administrator, on: grants.nodes.loop, in: catalog, killingOn: others,
        locks: grants.locks)
      try await run.execute(plan, of: grants, in: catalog, by: runner)
    }
  }

  /// Executes the plan of one node, on it alone.
  mutating func execute(
    _ grants: MariaDBGrants, onlyOn node: MariaDBNodes.Node
  ) async throws(AccessError) {
    let actual = try await grants.state(using: node.database)
    let plan = try grants.planner(for: actual).plan
    try await inSession(of: node.database) { (run, session) async throws(AccessError) in
      do throws(DatabaseError) {
        try await MariaDBNodes.keepToNode(session)
      } catch {
        throw .database(error)
      }
      let runner = MariaDBStepRunner(
        session, of: node.database, onlyThere: true, on: grants.nodes.loop, in: actual.catalog,
        locks: grants.locks)
      try await run.execute(plan, of: grants, in: actual.catalog, by: runner, on: node.name)
    }
  }

  private mutating func inSession(
    of database: Database, _ body: (inout MariaDBApply, Session) async throws(AccessError) -> Void
  ) async throws(AccessError) {
    var failure: AccessError?
    var run = self
    defer { self = run }
    do {
      try await database.session("change the rights") { (session) async throws(DatabaseError) -> Void in
        do throws(AccessError) {
          try await body(&run, session)
        } catch {
          failure = error
        }
      }
    } catch {
      throw .database(error)
    }
    if let failure { throw failure }
  }

  /// Executes the steps. A signal that stops the command does not end it while accounts are locked.
  private mutating func execute(
    _ plan: AccessPlan, of grants: MariaDBGrants, in catalog: RightsCatalog, by steps: MariaDBStepRunner,
    on node: String? = nil
  ) async throws(AccessError) {
    let admissions = plan.steps(for: authority).flatMap(\.admissions)
    guard !admissions.isEmpty else {
      return try await executeAll(plan, of: grants, in: catalog, by: steps, on: node)
    }
    let duty =
      "let the accounts in again that are locked meanwhile (\(Set(admissions).sorted().joined(separator: "; ")))"
    var run = self
    let failure = await StatementWatch.keeping(duty: duty) { () async -> AccessError? in
      do throws(AccessError) {
        try await run.executeAll(plan, of: grants, in: catalog, by: steps, on: node)
        return nil
      } catch {
        return error
      }
    }
    self = run
    if let failure { throw failure }
  }

  /// Executes the steps one by one, because the engine commits each by itself. Where one fails and ends the run, the
  /// accounts that were open before are open again. A step that the server refuses to the
  /// administrator is reported as one for the superuser, and the others take effect. They do so too where the superuser is
  /// refused one, as the one of a provider is on some accounts, and where sessions of others hold what one needs: see
  /// ``check(beside:)``.
  private mutating func executeAll(
    _ plan: AccessPlan, of grants: MariaDBGrants, in catalog: RightsCatalog, by steps: MariaDBStepRunner,
    on node: String?
  ) async throws(AccessError) {
    // A file without a usable password must stop the run before its first change.
    let logins = try grants.logins(for: plan.steps(for: authority), in: catalog)
    var runner = steps
    var restrained: Set<String> = []
    // What lets the accounts in again that the run has locked.
    var undo: [String] = []
    func placed(_ step: PlannedStep) -> PlannedStep { node.map(step.on) ?? step }
    do throws(DatabaseError) {
      try await runner.limitWaits()
    } catch {
      throw .database(error)
    }
    for step in plan.steps {
      guard step.authority == authority else {
        remaining.append(placed(step))
        continue
      }
      if let account = step.widened, restrained.contains(account) { continue }
      do throws(DatabaseError) {
        notes += try await runner.run(step, login: logins[step])
        undo = step.credentialAccount == nil ? undo + step.undo : undo
        undo.removeAll { step.action == .statement($0) }
        done.append(placed(step))
        if let account = step.credentialAccount { withNewCredential.insert(account) }
      } catch {
        if error.kind == .lockTimeout {
          restrained.formUnion(step.restrained)
          waiting.append("\(placed(step).text): \(error.detail ?? error.description)")
          continue
        }
        guard error.isPermissionDenied || error.kind == .authenticationFailed else {
          let failure = await runner.reopened(undo, after: error)
          // What let the accounts in again has undone these.
          done.removeAll { step in step.undo.contains(where: undo.contains) }
          // It may follow from a refusal before it, which then is the reason.
          try check(beside: failure.detail ?? failure.description)
          throw .database(failure)
        }
        remaining.append(placed(step.needing(.superuser)))
        let refusal = "the server refused \(placed(step).text): \(error.detail ?? error.description)"
        if authority == .superuser { refused.append(refusal) } else { notes.append(refusal) }
      }
    }
    // A step that lets an account in again may have waited or been refused too.
    closed += await runner.reopen(undo)
    unmended += node.map { node in plan.unmended.map { $0.on(node) } } ?? plan.unmended
    leftOut.merge(plan.leftOut) { max($0, $1) }
  }

  /// Throws where the server refused steps to the superuser, whom no other authority follows, or other sessions held what
  /// steps needed. The others are done.
  func check(beside error: String? = nil) throws(AccessError) {
    let blocked = waiting.map { "other sessions hold what this needs: \($0)" }
    let advice =
      waiting.isEmpty
      ? []
      : [
        "the other steps are done, but for those that give these accounts more: end the sessions, or run again later"
      ]
    guard !(refused + blocked + closed).isEmpty else { return }
    throw .unsupported(
      (refused + blocked + advice + closed + (error.map { [$0] } ?? [])).joined(separator: "; "))
  }

  /// Adds what an operator must know.
  mutating func note(_ notes: [String]) { self.notes += notes }

  /// Leaves the steps of nodes that differ. What one node executes alone would never reach a node that is not seen.
  ///
  /// - Throws: where the superuser would execute some: a bootstrap reports only what it did.
  mutating func refuse(_ plan: AccessPlan, unseen: [String]) throws(AccessError) {
    if !plan.steps(for: authority).isEmpty {
      let reason =
        "the nodes differ in some rights, so each has to be mended by itself there, and these are not seen: "
        + unseen.joined(separator: ", ")
        + ". Only what all nodes need alike was changed. Start them, or correct DB_HOST, and run the command again"
      guard authority == .administrator else {
        try check(beside: reason)
        throw .unsupported(reason)
      }
      notes.append(reason)
    }
    remaining += plan.steps
    unmended += plan.unmended
    leftOut.merge(plan.leftOut) { max($0, $1) }
  }
}
