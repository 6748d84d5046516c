import EventLoop
import HTTP

extension HTTPServerConfiguration {
  /// The places of a listener for few clients.
  package static let fewConnections = 64

  /// A listener beside the public one: for probes, a person, or a peer on this machine.
  ///
  /// It has few places, and its work must stay possible while others want them. So a new connection always has one: at the
  /// limit the oldest connection of the site with the most of them ends, in any state. One address has half of the
  /// places. On loopback, where every user of the machine has the same address, only a client that has shown that it may use
  /// the listener (``HTTP/ClientPresence/noteKnown()``) keeps its place. Its limits are its own: no setting of the public
  /// listener changes them.
  package static func fewClients(
    host: String = "127.0.0.1", port: UInt16 = 0, reservedTargets: [String],
    requestLimits: RequestLimits = RequestLimits(),
    queueMilliseconds: Int = LoopLoad.defaultTargetMilliseconds,
    responseTimeoutSeconds: Int = 30
  ) -> HTTPServerConfiguration {
    HTTPServerConfiguration(
      host: host, port: port, requestLimits: requestLimits, maximumConnections: fewConnections,
      maximumConnectionsPerAddress: fewConnections / 2, trustedProxies: TrustedProxies(),
      idleBeforeGivingWayMilliseconds: 0, strangersGiveWay: true, reservedTargets: reservedTargets,
      operatorTargets: [], maximumRequestsPerLoop: 1_024, queueMilliseconds: queueMilliseconds,
      idleTimeoutSeconds: 75, headerTimeoutSeconds: 15, bodyTimeoutSeconds: 60, minimumBytesPerSecond: 512,
      maximumUnsentBytesPerConnection: 8 << 20, maximumUnsentBytesPerLoop: 32 << 20,
      maximumIncompleteBytesPerLoop: 32 << 20, responseTimeoutSeconds: responseTimeoutSeconds)
  }
}
