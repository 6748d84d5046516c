import EventLoop
import HTTP
import HTTPServer
import Transport

extension HTTPServerConfiguration {
  /// Loopback on a free port, with limits that a test reaches only where it names them.
  package static func forTests(
    port: UInt16 = 0, maximumConnections: Int = 10_000, maximumConnectionsPerAddress: Int = .max,
    trustedProxies: TrustedProxies = TrustedProxies(), idleBeforeGivingWayMilliseconds: Int = 1_000,
    reservedTargets: [String] = [], operatorTargets: [String] = [],
    maximumRequestsPerLoop: Int = 1_024, queueMilliseconds: Int = LoopLoad.defaultTargetMilliseconds,
    idleTimeoutSeconds: Int = 75, handshakeTimeoutSeconds: Int = 10, headerTimeoutSeconds: Int = 15,
    bodyTimeoutSeconds: Int = 60, writeTimeoutSeconds: Int = 30,
    bodyRateSeconds: Int = 10, minimumBytesPerSecond: Int = 512,
    maximumUnsentBytesPerConnection: Int = 8 << 20, maximumUnsentBytesPerLoop: Int = 32 << 20,
    maximumIncompleteBytesPerLoop: Int = 32 << 20, responseTimeoutSeconds: Int = 30
  ) -> HTTPServerConfiguration {
    HTTPServerConfiguration(
      host: "127.0.0.1", port: port, requestLimits: RequestLimits(), maximumConnections: maximumConnections,
      maximumConnectionsPerAddress: maximumConnectionsPerAddress, trustedProxies: trustedProxies,
      idleBeforeGivingWayMilliseconds: idleBeforeGivingWayMilliseconds, reservedTargets: reservedTargets,
      operatorTargets: operatorTargets, maximumRequestsPerLoop: maximumRequestsPerLoop,
      queueMilliseconds: queueMilliseconds, idleTimeoutSeconds: idleTimeoutSeconds,
      handshakeTimeoutSeconds: handshakeTimeoutSeconds, headerTimeoutSeconds: headerTimeoutSeconds,
      bodyTimeoutSeconds: bodyTimeoutSeconds, writeTimeoutSeconds: writeTimeoutSeconds,
      bodyRateSeconds: bodyRateSeconds, minimumBytesPerSecond: minimumBytesPerSecond,
      maximumUnsentBytesPerConnection: maximumUnsentBytesPerConnection,
      maximumUnsentBytesPerLoop: maximumUnsentBytesPerLoop,
      maximumIncompleteBytesPerLoop: maximumIncompleteBytesPerLoop,
      responseTimeoutSeconds: responseTimeoutSeconds)
  }
}
