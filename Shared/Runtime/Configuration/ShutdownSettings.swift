/// How a service goes: `SHUTDOWN_DELAY` and `SHUTDOWN_TIMEOUT`.
public struct ShutdownSettings: Sendable, Hashable {
  /// Seconds between readiness going off and the listener closing, so that load balancers notice first.
  public var delaySeconds: Int
  /// Seconds that requests in flight are given.
  public var timeoutSeconds: Int

  /// Takes both as they are.
  public init(delaySeconds: Int = 0, timeoutSeconds: Int = 20) {
    self.delaySeconds = delaySeconds
    self.timeoutSeconds = timeoutSeconds
  }

  /// Reads both variables.
  public init(reading environment: inout EnvironmentReader) {
    delaySeconds = environment.integer("SHUTDOWN_DELAY", default: 0, in: 0...3600)
    timeoutSeconds = environment.integer("SHUTDOWN_TIMEOUT", default: 20, in: 0...3600)
  }
}
