/// The health of one component that a service depends on.
package enum ComponentHealth: Sendable, Hashable {
  case available
  /// Lost, or in a wrong state. Without an essential component the service cannot serve requests; without another one
  /// it is slower, but correct. The reason is safe to show.
  case unavailable(reason: String, isEssential: Bool)
}

/// The readiness of a service: the health of each component, and the verdict over all of them.
package struct HealthReport: Sendable, Hashable {
  /// The readiness that follows from all components.
  package enum Verdict: String, Sendable, Hashable {
    case ready
    /// A component is unavailable, but the service still serves requests.
    case degraded
    case unavailable
  }

  /// One component that a service depends on.
  package struct Component: Sendable, Hashable {
    /// The component's name, for example `database`.
    package let name: String
    /// The component's health.
    package let health: ComponentHealth
    /// Why the component is unavailable, or a finding about an available one. Safe to show.
    package let detail: String?

    /// Creates a component. Where it is unavailable, the reason is the detail.
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

  /// The components, in the order of the report.
  package let components: [Component]

  /// Creates a report.
  package init(_ components: [Component]) {
    self.components = components
  }

  /// The verdict of the worst component.
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
