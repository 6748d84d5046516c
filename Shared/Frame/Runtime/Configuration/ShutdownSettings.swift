/// How a service goes: `SHUTDOWN_DELAY` and `SHUTDOWN_TIMEOUT`.
package struct ShutdownSettings: Sendable, Hashable {
  /// Seconds between readiness going off and the listener closing, so that load balancers notice first.
  package var delaySeconds: Int
  /// Seconds that requests in flight are given.
  package var timeoutSeconds: Int

  /// Takes both as they are.
  package init(delaySeconds: Int = 0, timeoutSeconds: Int = 20) {
    self.delaySeconds = delaySeconds
    self.timeoutSeconds = timeoutSeconds
  }

  /// Reads both variables.
  package init(reading environment: inout EnvironmentReader) {
    delaySeconds = environment.integer("SHUTDOWN_DELAY", default: 0, in: 0...3600)
    timeoutSeconds = environment.integer("SHUTDOWN_TIMEOUT", default: 20, in: 0...3600)
  }
}
