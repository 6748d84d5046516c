import AccessPlanning

/// What a bootstrap did to one engine.
package struct BootstrapOutcome: Sendable, Hashable {
  /// The engine's name in reports.
  package let engine: String
  /// The steps that were carried out; none where everything was there.
  package let done: [PlannedStep]
  /// Why there was nothing to do, where the engine needs no bootstrap at all.
  package let remark: String?

  /// An outcome by its parts.
  package init(engine: String, done: [PlannedStep] = [], remark: String? = nil) {
    self.engine = engine
    self.done = done
    self.remark = remark
  }
}
