/// How one thing that a service stands on is doing.
public enum ComponentHealth: Sendable, Hashable {
  case available
  /// Gone, but the service answers without it: slower, not wrong.
  case degraded(String)
  /// Gone, and the service cannot answer without it.
  case unavailable(String)
}

/// The answer to "may traffic come here?": each component by name, and what follows from them together.
public struct HealthReport: Sendable, Hashable {
  /// What follows for the whole.
  public enum Verdict: String, Sendable, Hashable {
    case ready, degraded, unavailable
  }

  /// In the order in which they are shown.
  public let components: [(name: String, health: ComponentHealth)]

  /// Collects what was found.
  public init(_ components: [(name: String, health: ComponentHealth)]) {
    self.components = components
  }

  /// The worst of the components.
  public var verdict: Verdict {
    components.reduce(.ready) { worst, component in
      switch (component.health, worst) {
      case (.unavailable, _), (_, .unavailable): .unavailable
      case (.degraded, _), (_, .degraded): .degraded
      case (.available, .ready): .ready
      }
    }
  }

  /// By names and values, in order.
  public static func == (one: Self, other: Self) -> Bool {
    one.components.elementsEqual(other.components) { $0.name == $1.name && $0.health == $1.health }
  }

  /// Feeds names and values.
  public func hash(into hasher: inout Hasher) {
    for component in components {
      hasher.combine(component.name)
      hasher.combine(component.health)
    }
  }
}
