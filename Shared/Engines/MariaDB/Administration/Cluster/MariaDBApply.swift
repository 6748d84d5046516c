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
  /// The steps that the server refused to the superuser.
  private var refused: [String] = []

  init(as authority: PlannedStep.Authority, notes: [String]) {
    self.authority = authority
    self.notes = notes
  }

  var outcome: AccessOutcome {
    AccessOutcome(done: done, remaining: remaining, unmended: unmended, notes: notes, leftOut: leftOut)
  }

  /// Executes the steps one by one, because the engine commits each by itself. A step that the server refuses to the
  /// administrator is reported as one for the superuser, and the others take effect. They do so too where the superuser is
  /// refused one, as the one of a provider is on some accounts: see ``check(beside:)``.
  ///
  /// `catalog` is that of the server behind `runner`. `others` are the nodes that the runner's statements about sessions do
  /// not reach.
  mutating func execute(
    _ plan: AccessPlan, of grants: MariaDBGrants, using runner: any StatementRunner,
    in catalog: RightsCatalog,
    killingOn others: [MariaDBNodes.Node] = [], on node: String? = nil
  ) async throws(AccessError) {
    func placed(_ step: PlannedStep) -> PlannedStep { node.map(step.on) ?? step }
    for step in plan.steps {
      guard step.authority == authority else {
        remaining.append(placed(step))
        continue
      }
      do throws(DatabaseError) {
        try await grants.run(step, using: runner, in: catalog, killingOn: others)
        done.append(placed(step))
      } catch {
        guard error.isPermissionDenied || error.kind == .authenticationFailed else {
          // It may follow from a refusal before it, which then is the reason.
          try check(beside: error.detail ?? error.description)
          throw .database(error)
        }
        remaining.append(placed(step.needing(.superuser)))
        let refusal = "the server refused \(placed(step).text): \(error.detail ?? error.description)"
        if authority == .superuser { refused.append(refusal) } else { notes.append(refusal) }
      }
    }
    unmended += node.map { node in plan.unmended.map { $0.on(node) } } ?? plan.unmended
    leftOut.merge(plan.leftOut) { max($0, $1) }
  }

  /// Throws where the server refused steps to the superuser, whom no other authority follows. The others are done.
  func check(beside error: String? = nil) throws(AccessError) {
    guard !refused.isEmpty else { return }
    throw .unsupported((refused + (error.map { [$0] } ?? [])).joined(separator: "; "))
  }

  /// Leaves the steps of nodes that differ. What one node executes alone would never reach a node that is not seen.
  ///
  /// - Throws: where the superuser would execute some: a bootstrap reports only what it did.
  mutating func refuse(_ plan: AccessPlan, unseen: [String]) throws(AccessError) {
    if !plan.steps(for: authority).isEmpty {
      let reason =
        "the nodes differ, so each has to be mended by itself, and these are not seen: "
        + unseen.joined(separator: ", ")
        + ". Nothing was changed. Start them, or correct DB_HOST, and run the command again"
      guard authority == .administrator else { throw .unsupported(reason) }
      notes.append(reason)
    }
    remaining += plan.steps
    unmended += plan.unmended
    leftOut.merge(plan.leftOut) { max($0, $1) }
  }

  /// Executes the plan of one node, on it alone.
  mutating func execute(
    _ grants: MariaDBGrants, onlyOn node: MariaDBNodes.Node
  ) async throws(AccessError) {
    let actual = try await grants.state(using: node.database)
    let plan = grants.planner(for: actual).plan
    var failure: AccessError?
    do {
      try await MariaDBNodes.alone(on: node) { (session) async throws(DatabaseError) -> Void in
        do throws(AccessError) {
          try await execute(plan, of: grants, using: session, in: actual.catalog, on: node.name)
        } catch {
          failure = error
        }
      }
    } catch {
      throw .database(error)
    }
    if let failure { throw failure }
  }
}
