import AccessPlanning
import Cryptography
import Encoding
import Schema

/// The deviations of each engine.
struct DriftAnswer: Encodable {
  struct Engine: Encodable {
    let engine: String
    let deviations: [Deviation]
    /// Why the engine could not be compared; nil where it was.
    let error: String?
  }

  let time: Timestamp
  let seconds: Double
  /// Whether every engine was compared and matches the manifest.
  let clean: Bool
  let engines: [Engine]
  /// Whether the manifest's file differs from what the console compares with.
  let stale: Bool

  init(_ outcome: SharedCheck<WebConsoleRoutes.Answers<[Deviation]>>.Outcome, isManifestChanged: Bool) {
    time = outcome.time
    seconds = outcome.seconds
    stale = isManifestChanged
    engines = outcome.value.map { answer in
      switch answer.value {
      case .success(let found):
        Engine(engine: answer.target, deviations: found.filter { !$0.isNote }, error: nil)
      case .failure(let error): Engine(engine: answer.target, deviations: [], error: "\(error)")
      }
    }
    clean = engines.allSatisfy { $0.error == nil && $0.deviations.isEmpty }
  }
}

/// The steps that would make the engines match the manifest.
struct PlanAnswer: Encodable {
  struct Step: Encodable {
    let line: String
    let reason: String
    let authority: PlannedStep.Authority
  }

  struct Engine: Encodable {
    let engine: String
    let steps: [Step]
    let unmended: [Deviation]
    let error: String?
  }

  let time: Timestamp
  let engines: [Engine]
  /// What a request to apply repeats: it is refused where the plan is another one by then.
  let digest: String

  var stepCount: Int { engines.reduce(0) { $0 + $1.steps.count } }

  init(_ outcome: SharedCheck<WebConsoleRoutes.Answers<AccessPlan>>.Outcome) {
    time = outcome.time
    engines = outcome.value.map { answer in
      switch answer.value {
      case .success(let plan):
        Engine(
          engine: answer.target,
          steps: plan.steps.map { Step(line: $0.line, reason: $0.reason, authority: $0.authority) },
          unmended: plan.unmended, error: nil)
      case .failure(let error):
        Engine(engine: answer.target, steps: [], unmended: [], error: "\(error)")
      }
    }
    // The deviations that the steps end. An engine may write the same statement in another order.
    let lines = engines.flatMap { engine in
      [engine.engine] + engine.steps.map { "\($0.authority.rawValue): \($0.reason)" }
    }
    digest = Hex.encode(SHA256.hash(Array(lines.joined(separator: "\n").utf8)))
  }
}

/// The plan that a person saw and wants applied.
struct PlanChoice: Decodable {
  let plan: String
}

/// What an applied plan did.
struct ApplyAnswer: Encodable {
  struct Engine: Encodable {
    let engine: String
    let outcome: AccessOutcome?
    let error: String?
  }

  let engines: [Engine]

  init(_ answers: WebConsoleRoutes.Answers<AccessOutcome>) {
    engines = answers.map { answer in
      switch answer.value {
      case .success(let outcome): Engine(engine: answer.target, outcome: outcome, error: nil)
      case .failure(let error): Engine(engine: answer.target, outcome: nil, error: "\(error)")
      }
    }
  }
}
