/// How one thing that a service stands on is doing.
public enum ComponentHealth: Sendable, Hashable {
  case available
  /// Gone, or not as it should be. Without an essential component the service cannot answer; without another one it is
  /// slower, not wrong. The reason is safe to show.
  case unavailable(reason: String, isEssential: Bool)
}

/// The answer to "may traffic come here?": each component by name, and what follows from them together.
public struct HealthReport: Sendable, Hashable {
  /// What follows for the whole.
  public enum Verdict: String, Sendable, Hashable {
    case ready
    /// Something is gone, and requests are answered all the same.
    case degraded
    case unavailable
  }

  /// One thing that a service stands on.
  public struct Component: Sendable, Hashable {
    /// For example `database`.
    public let name: String
    /// How it is doing.
    public let health: ComponentHealth
    /// What there is to know of it: why it is unavailable, or what was found although it is well. Safe to show.
    public let detail: String?

    /// Names a component; where it is unavailable, the reason is the detail.
    public init(_ name: String, _ health: ComponentHealth, detail: String? = nil) {
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
  public let components: [Component]

  /// Collects what was found.
  public init(_ components: [Component]) {
    self.components = components
  }

  /// The worst of the components.
  public var verdict: Verdict {
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
