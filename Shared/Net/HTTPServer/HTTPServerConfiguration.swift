import EventLoop
import HTTP
import Transport

/// A server's address and its limits for clients.
package struct HTTPServerConfiguration: Sendable, Hashable {
  /// An address or a host name of this machine.
  package var host: String
  /// The port; 0 lets the system choose a free one.
  package var port: UInt16
  /// The limits of one request.
  package var requestLimits: RequestLimits
  /// The most open connections. Beyond it a connection that waits for its client gives way. Without one the server
  /// responds 503 to the new connection and closes it.
  package var maximumConnections: Int
  /// The most open connections of one ``ClientSource``. The server responds 503 to further ones and closes them. A site has
  /// this and half of what it leaves to others.
  package var maximumConnectionsPerAddress: Int
  /// The proxies whose clients' addresses are trusted. A proxy has no limit of connections for its address.
  package var trustedProxies: TrustedProxies
  /// How long a connection must have waited for its client before it gives way. A new one has time to send its request.
  package var idleBeforeGivingWayMilliseconds: Int
  /// Whether a connection gives way to a new one in any state, unless its client has shown that it may use the listener.
  package var strangersGiveWay: Bool
  /// The targets of GET that a refused connection gets an answer to all the same: probes.
  package var reservedTargets: [String]
  /// The targets of GET of which, like of the reserved ones, a few are not refused for lack of time: measurements.
  package var operatorTargets: [String]
  /// The most requests of one loop that wait for their responder. Further ones get 503.
  package var maximumRequestsPerLoop: Int
  /// The longest wait for the loop or the data path. While requests wait longer, new ones get 503 before they are parsed.
  package var queueMilliseconds: Int
  /// How long a connection may be idle between two requests before the server closes it.
  package var idleTimeoutSeconds: Int
  /// How long the handshake of an encrypted connection may take before the server closes it.
  package var handshakeTimeoutSeconds: Int
  /// How long the head of a request may take from its first byte. The server then responds 408.
  package var headerTimeoutSeconds: Int
  /// How long the body of a request may take after its head. The server then responds 408.
  package var bodyTimeoutSeconds: Int
  /// How long a client may take for each ``minimumBytesPerSecond`` times these seconds of a response, before the server
  /// closes the connection.
  package var writeTimeoutSeconds: Int
  /// How long a client may take for each ``minimumBytesPerSecond`` times these seconds of a body, or for the rest of it.
  /// The server then responds 408.
  package var bodyRateSeconds: Int
  /// The slowest transfer that keeps its connection, in both directions; 0 for any byte in time.
  package var minimumBytesPerSecond: Int
  /// The most bytes of responses that wait for one client. Beyond it the server closes the connection.
  package var maximumUnsentBytesPerConnection: Int
  /// The most bytes of responses that wait for the clients of one loop. Beyond it the server closes connections of the sources
  /// with most of these bytes (``FairCut``): those that have accepted nothing for longest.
  package var maximumUnsentBytesPerLoop: Int
  /// The most bytes of requests that have not arrived whole on one loop, or that wait behind another one. Beyond it
  /// the oldest large ones of the sources with most of these bytes get 503 (``FairCut``).
  package var maximumIncompleteBytesPerLoop: Int
  /// How long a responder may work on a request. The server then cancels its task, and the statement that the task
  /// waits for; the responder still answers.
  package var responseTimeoutSeconds: Int

  /// A default stands here for what no setting decides. The settings have the defaults of the others.
  package init(
    host: String, port: UInt16, requestLimits: RequestLimits,
    maximumConnections: Int, maximumConnectionsPerAddress: Int, trustedProxies: TrustedProxies,
    idleBeforeGivingWayMilliseconds: Int = 1_000, strangersGiveWay: Bool = false,
    reservedTargets: [String], operatorTargets: [String],
    maximumRequestsPerLoop: Int, queueMilliseconds: Int,
    idleTimeoutSeconds: Int, handshakeTimeoutSeconds: Int = 10, headerTimeoutSeconds: Int,
    bodyTimeoutSeconds: Int, writeTimeoutSeconds: Int = 30,
    bodyRateSeconds: Int = 10, minimumBytesPerSecond: Int,
    maximumUnsentBytesPerConnection: Int, maximumUnsentBytesPerLoop: Int,
    maximumIncompleteBytesPerLoop: Int, responseTimeoutSeconds: Int
  ) {
    self.host = host
    self.port = port
    self.requestLimits = requestLimits
    self.maximumConnections = maximumConnections
    self.maximumConnectionsPerAddress = maximumConnectionsPerAddress
    self.trustedProxies = trustedProxies
    self.idleBeforeGivingWayMilliseconds = idleBeforeGivingWayMilliseconds
    self.strangersGiveWay = strangersGiveWay
    self.reservedTargets = reservedTargets
    self.operatorTargets = operatorTargets
    self.maximumRequestsPerLoop = maximumRequestsPerLoop
    self.queueMilliseconds = queueMilliseconds
    self.idleTimeoutSeconds = idleTimeoutSeconds
    self.handshakeTimeoutSeconds = handshakeTimeoutSeconds
    self.headerTimeoutSeconds = headerTimeoutSeconds
    self.bodyTimeoutSeconds = bodyTimeoutSeconds
    self.writeTimeoutSeconds = writeTimeoutSeconds
    self.bodyRateSeconds = bodyRateSeconds
    self.minimumBytesPerSecond = minimumBytesPerSecond
    self.maximumUnsentBytesPerConnection = maximumUnsentBytesPerConnection
    self.maximumUnsentBytesPerLoop = maximumUnsentBytesPerLoop
    self.maximumIncompleteBytesPerLoop = maximumIncompleteBytesPerLoop
    self.responseTimeoutSeconds = responseTimeoutSeconds
  }

  /// The address to listen on.
  package var address: SocketAddress { SocketAddress(host: host, port: port) }
}

/// Limits that are not configurable.
enum ServerLimit {
  /// The most bytes of pipelined requests that wait for the request in progress. The connection then stops reading.
  static let waitingInputBytes = 65_536
  /// The size of gathered responses at which a connection writes them, even with further requests available.
  static let gatheredOutputBytes = 262_144
  /// The largest output buffer that a loop reuses. It releases a larger one after the write.
  static let keptOutputBytes = 1_048_576
  /// How long the server reads from a connection that it ends. Closing a socket with unread input resets the
  /// connection, and the client could lose the last response.
  static let lingerMilliseconds = 1_000
  /// How long an idle connection may still send a request while the server drains.
  static let drainGraceMilliseconds = 500
  /// How long a client may hold up a stop with an incomplete request or a response that it does not read.
  static let drainPatienceNanoseconds: UInt64 = 2_000_000_000
  /// How long a body may take while the server stops, from the begin of the stop, and a client for the next part of its
  /// response, of so many bytes for each second.
  static let drainTransferSeconds = 6
  static let drainBytesPerSecond = 16_384
  /// How many connections beyond the limit a loop refuses with 503 at one time. It closes others without a response.
  static let refusalsPerLoop = 64
  /// How long a refused connection may take to send a probe, before it gets its 503.
  static let refusalMilliseconds = 250
  /// How long the handshake of a refused connection may take.
  static let refusalHandshakeMilliseconds = 1_000
  /// The bytes that show whether a request reads or changes: `HEAD` and a space.
  static let methodBytes = 5
  /// The most bytes of one read that a decision on a request looks at.
  static let decidingBytes = 64
  /// The requests for one reserved or operator target in progress that a loop does not refuse while it refuses others, and
  /// those of one IPv4 address or IPv6 /48 network.
  static let exemptRequests = 16
  static let exemptRequestsOfSite = 4
  /// The fewest requests of one kind in progress on a loop that are a queue, however long they take.
  static let requestsOfAQueue = 16
  /// The requests that a client without a history may have in progress on a loop, and the fewest that any client may.
  static let firstShare = 16
  static let leastShare = 4
  /// How many clients with another share than a new one a loop remembers.
  static let rememberedClients = 1_024
  /// How many tokens a loop remembers with their users.
  static let rememberedTokens = 4_096
  /// The pause between two reductions of a share: the requests in progress began under the former one.
  static let shareReductionPauseNanoseconds: UInt64 = 100_000_000
  /// How long a connection is not read after a refusal for lack of time, and the seconds of `Retry-After`.
  static let pauseSeconds = 1...5
  /// How many refusals for lack of time a loop makes in a second, as far as the longest pause allows.
  static let refusalsPerSecond = 1_000
  /// How far these times differ, and by how much each differs from the one before.
  static let pauseSpreadMilliseconds = 500
  static let pauseStepMilliseconds = 37
  /// How much longer than another client one that reads a response may stall before it gives way, and how long one may take
  /// for its body that never stalls.
  static let transferPatienceNanoseconds: UInt64 = 4_000_000_000
  /// How many idle connections of a loop end at once, so that a flood does not search all connections for each new one.
  static let idlePerTurn = 16
  /// The pause after a search that found no idle connection to end.
  static let idleSearchMilliseconds = 50
  /// How long a client that has ended its sending side waits before the server finds out whether it still reads.
  static let peerCheckMilliseconds = 250
  /// The memory of waiting bytes from which a loop returns free memory to the system, once they are gone.
  static let trimmedBytes = 4 << 20
  /// The time that a loop gives to handshakes before it looks at other connections again.
  static let handshakeNanoseconds: UInt64 = 2_000_000
  /// The interval of the checks for expired deadlines.
  static let sweepMilliseconds = 100
}
