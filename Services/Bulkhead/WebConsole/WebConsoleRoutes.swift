import AccessPlanning
import AccessProof
import Clock
import DataAccess
import HTTP
import Routing
import Schema
import Service

/// The page's own answers, all JSON. A GET changes nothing; the proof and a single attempt are rolled back, and only
/// `--allow-changes` lets the page apply a plan. No answer has a password, a row of a table or a token.
struct WebConsoleRoutes: Sendable {
  typealias Answers<Value: Sendable> = EngineReport<Value>.Answers

  /// The pauses between two checks. A drift is on an open page after the pause and the time of two checks.
  private static let driftPause = Duration.seconds(3)
  private static let otherPause = Duration.seconds(2)

  let context: FleetContext
  let allowsChanges: Bool
  let proof: ProofRun
  let fleet: SharedCheck<[FleetAnswer.Member]>
  let drift: SharedCheck<Answers<[Deviation]>>
  let plan: SharedCheck<Answers<AccessPlan>>
  let events: SharedCheck<EventsAnswer>
  private let manifest: ManifestWatch
  private let attempts = Turn()
  private let changes = Turn()

  init(context: FleetContext, members: [FleetMember], allowsChanges: Bool) {
    self.context = context
    self.allowsChanges = allowsChanges
    var engines = context.engines
    engines.waitsForServer = false
    let access = engines.access
    proof = ProofRun(Proof(engines: context.engines))
    manifest = ManifestWatch(path: context.tool.settings.manifestPath)
    let probe = FleetProbe(members: members, manifest: context.manifest)
    fleet = SharedCheck(pause: Self.otherPause) { await probe.answers() }
    drift = SharedCheck(pause: Self.driftPause) {
      await access.each { (target) throws(AccessError) in try await target.verify() }
    }
    let reader = EventReader(context: context.database)
    events = SharedCheck(pause: Self.otherPause) { await reader.newest() }
    plan = SharedCheck(pause: Self.otherPause) {
      await access.each { (target) throws(AccessError) in try await target.plan() }
    }
  }

  func add(to router: inout Router) {
    router.get("/api/overview", summary: "What the page is about", access: .anyone) { _, _ in
      try .json(OverviewAnswer(context, allowsChanges: allowsChanges))
    }
    router.get("/api/rights", summary: "The manifest in words", access: .anyone) { _, _ in
      try .json(RightsAnswer(context))
    }
    router.get("/api/fleet", summary: "Health and measurements of each member", access: .anyone) { _, _ in
      try .json(FleetAnswer(await fleet.latest()))
    }
    router.get("/api/drift", summary: "The deviations from the manifest", access: .anyone) { _, _ in
      try .json(DriftAnswer(await drift.latest(), isManifestChanged: manifest.isChanged))
    }
    router.get("/api/plan", summary: "The steps that would mend them", access: .anyone) { _, _ in
      try .json(PlanAnswer(await plan.latest()))
    }
    router.get("/api/events", summary: "The newest events", access: .anyone) { _, _ in
      try .json(await events.latest().value)
    }
    addMatrix(to: &router)
    router.post("/api/attempts", summary: "Tries one cell and rolls it back", access: .anyone) { request, _ in
      try .json(try await attempt(try await request.decode(ChosenCell.self)))
    }
    router.post("/api/plan", summary: "Applies the plan", access: .anyone) { request, _ in
      try .json(try await apply(try await request.decode(PlanChoice.self)))
    }
  }

  private func addMatrix(to router: inout Router) {
    router.get("/api/matrix", summary: "The matrix", access: .anyone) { _, _ in
      try .json(MatrixAnswer(context.manifest, await proof.state))
    }
    router.get(
      "/api/cells", summary: "The cells of one account and one object", access: .anyone,
      query: [.init("side"), .init("account"), .init("object")]
    ) { request, _ in
      let query = Dictionary(try request.queryItems().map { ($0.name, $0.value) }) { first, _ in first }
      guard let account = query["account"], let object = query["object"],
        let side = query["side"].flatMap(ProofCell.Side.init(rawValue:))
      else { throw Problem.badRequest("The query must name side, account and object.") }
      return try .json(CellsAnswer(context.manifest, await proof.state, side, account, object))
    }
    router.post("/api/proof", summary: "Starts a proof, which is rolled back", access: .anyone) {
      request, _ in
      guard request.headers["Content-Type"] == "application/json" else {
        throw Problem.unsupportedMediaType("The body must be application/json.")
      }
      guard await proof.start() else { throw Problem.conflict("A proof runs already.") }
      return Response(status: .accepted)
    }
  }

  // MARK: Work

  private func attempt(_ chosen: ChosenCell) async throws -> AttemptAnswer {
    let done = try await attempts.run { () async throws -> ProofResult? in
      do {
        return try await Proof(engines: context.engines).attempt(chosen)
      } catch {
        throw Self.problem(error)
      }
    }
    guard let done else { throw Problem.conflict("Another attempt runs; they take turns.") }
    guard let result = done else {
      throw Problem.unprocessable("The matrix has no such cell, or its table runs code of others.")
    }
    return AttemptAnswer(result, at: .now())
  }

  /// Applies a plan where it is still the one that the page has shown.
  private func apply(_ choice: PlanChoice) async throws -> ApplyAnswer {
    guard allowsChanges else {
      throw Problem.forbidden(
        "This console changes nothing. Start it with --allow-changes, or run: bulkhead access apply")
    }
    let engines = context.engines
    let done = try await changes.run { () async throws -> Answers<AccessOutcome> in
      await plan.forget()
      let present = PlanAnswer(await plan.latest())
      guard present.digest == choice.plan else {
        throw Problem.conflict("The plan has changed since the page showed it. Look at it again.")
      }
      context.console.progress("the console applies the plan of \(present.stepCount.counted("step"))")
      let outcomes = await engines.apply(sparingNewer: true, replacingPasswords: false)
      await drift.forget()
      await plan.forget()
      return outcomes
    }
    guard let done else { throw Problem.conflict("A change runs already.") }
    return ApplyAnswer(done)
  }

  /// The engine's own reason, which names no value.
  private static func problem(_ error: any Error) -> Problem {
    let lost = (error as? DatabaseError).flatMap { $0.isUnavailability ? $0.connectionReport : nil }
    return Problem(.badGateway, detail: lost ?? "\(error)")
  }
}
