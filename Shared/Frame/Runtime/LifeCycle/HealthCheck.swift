/// How one thing that a service stands on is doing.
package enum ComponentHealth: Sendable, Hashable {
  case available
  /// Gone, or not as it should be. Without an essential component the service cannot answer; without another one it is
  /// slower, not wrong. The reason is safe to show.
  case unavailable(reason: String, isEssential: Bool)
}

/// The answer to "may traffic come here?": each component by name, and what follows from them together.
package struct HealthReport: Sendable, Hashable {
  /// What follows for the whole.
  package enum Verdict: String, Sendable, Hashable {
    case ready
    /// Something is gone, and requests are answered all the same.
    case degraded
    case unavailable
  }

  /// One thing that a service stands on.
  package struct Component: Sendable, Hashable {
    /// For example `database`.
    package let name: String
    /// How it is doing.
    package let health: ComponentHealth
    /// What there is to know of it: why it is unavailable, or what was found although it is well. Safe to show.
    package let detail: String?

    /// Names a component; where it is unavailable, the reason is the detail.
    package init(_ name: String, _ health: ComponentHealth, detail: String? = nil) {
      self.name = name
      self.health = health
      self.detail =
        switch health {
        case .available: detail
        case .unavailable(let reason, _): reason
        }
    }
  }

  /// In the order in which they are shown.
  package let components: [Component]

  /// Collects what was found.
  package init(_ components: [Component]) {
    self.components = components
  }

  /// The worst of the components.
  package var verdict: Verdict {
    components.reduce(.ready) { worst, component in
      switch (component.health, worst) {
      case (.available, _): worst
      case (.unavailable(_, isEssential: true), _), (_, .unavailable): .unavailable
      case (.unavailable(_, isEssential: false), .ready), (.unavailable(_, isEssential: false), .degraded):
        .degraded
      }
    }
  }
}
