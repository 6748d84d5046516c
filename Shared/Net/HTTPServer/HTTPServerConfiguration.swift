import HTTP
import Transport

/// Where a server listens, and every limit it holds its clients to.
package struct HTTPServerConfiguration: Sendable, Hashable {
  /// An address or a name of this machine.
  package var host: String
  /// 0 asks the system for a free port.
  package var port: UInt16
  /// How large a request may be.
  package var requestLimits: RequestLimits
  /// Open connections; one more is answered 503 and closed.
  package var maximumConnections: Int
  /// How long a connection may rest between two requests before it is closed.
  package var idleTimeoutSeconds: Int
  /// How long the head of a request may take from its first byte; then 408.
  package var headerTimeoutSeconds: Int
  /// How long the body of a request may take after its head; then 408.
  package var bodyTimeoutSeconds: Int
  /// How long a client may take nothing of an answer before it is cut off.
  package var writeTimeoutSeconds: Int

  /// Loopback on a free port, with limits that suit a service behind a proxy as well as one in the open.
  package init(
    host: String = "127.0.0.1", port: UInt16 = 0, requestLimits: RequestLimits = RequestLimits(),
    maximumConnections: Int = 10_000, idleTimeoutSeconds: Int = 75, headerTimeoutSeconds: Int = 15,
    bodyTimeoutSeconds: Int = 60, writeTimeoutSeconds: Int = 30
  ) {
    self.host = host
    self.port = port
    self.requestLimits = requestLimits
    self.maximumConnections = maximumConnections
    self.idleTimeoutSeconds = idleTimeoutSeconds
    self.headerTimeoutSeconds = headerTimeoutSeconds
    self.bodyTimeoutSeconds = bodyTimeoutSeconds
    self.writeTimeoutSeconds = writeTimeoutSeconds
  }

  /// What the server listens on.
  package var address: SocketAddress { SocketAddress(host: host, port: port) }
}

/// Limits that are the server's own affair.
enum ServerLimit {
  /// Bytes of pipelined requests that wait while one is answered; with more the connection is not read.
  static let waitingInputBytes = 65_536
  /// Bytes of answers gathered before they are written, although more requests lie ready.
  static let gatheredOutputBytes = 262_144
  /// A loop's output buffer is given back when an answer has made it larger than this.
  static let keptOutputBytes = 1_048_576
  /// How long a connection that the server ends is still read, so that the client gets to read the last answer:
  /// closing with unread input would reset it.
  static let lingerMilliseconds = 1_000
  /// How long a connection that has sent nothing yet may still send its request while the server is stopping.
  static let drainGraceMilliseconds = 250
  /// Connections beyond the limit that a loop answers at one time; further ones are closed without a word.
  static let refusalsPerLoop = 64
  /// How often deadlines are looked at. Between two looks they cost nothing.
  static let sweepMilliseconds = 100
}
