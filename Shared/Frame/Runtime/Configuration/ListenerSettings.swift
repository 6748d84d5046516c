import EventLoop
import Transport

/// The address of a service's listener and the time of its requests: `HTTP_*`.
package struct ListenerSettings: Sendable {
  /// `HTTP_HOST`.
  package var host: String
  /// `HTTP_PORT`. 0 selects a free port, for tests.
  package var port: Int
  /// `HTTP_REQUEST_TIMEOUT`: seconds that the service may work on one request. It then cancels the request's statement
  /// and answers.
  package var requestTimeoutSeconds: Int

  /// `HTTP_MAX_CONNECTIONS`: open connections. The limit of descriptors may lower it.
  package var maximumConnections: Int
  /// `HTTP_MAX_CONNECTIONS_PER_ADDRESS`: open connections of one client address.
  package var maximumConnectionsPerAddress: Int

  /// `HTTP_TLS_*`; nil: the listener speaks plain HTTP.
  package var certificates: ServerCertificates?

  /// `PROBE_PORT`: the port of a listener for probes and `/metrics` alone; nil where the public port serves them.
  package var probePort: Int?
  /// `HTTP_TRUSTED_PROXIES`: ranges of the proxies whose `X-Forwarded-For` is trusted.
  package var trustedProxies: [AddressRange] = []
  /// `HTTP_CORS_ORIGINS`: the origins whose pages may read responses.
  package var crossOrigins: [String] = []
  /// `HTTP_MAX_REQUESTS`: requests that are in progress at a time.
  package var maximumRequests = ListenerSettings.defaultMaximumRequests
  /// `HTTP_QUEUE_MS`: the longest wait of requests for a loop or the database. While they wait longer, new ones get 503.
  package var queueMilliseconds = ListenerSettings.defaultQueueMilliseconds

  /// `HTTP_MAX_UNSENT_BYTES`: bytes of responses that wait for all clients.
  package var maximumUnsentBytes = ListenerSettings.defaultMaximumUnsentBytes
  /// `HTTP_MAX_UNSENT_BYTES_PER_CONNECTION`: bytes of responses that wait for one client.
  package var maximumUnsentBytesPerConnection = ListenerSettings.defaultMaximumUnsentBytesPerConnection
  /// `HTTP_MAX_INCOMPLETE_BYTES`: bytes of requests that have not arrived whole.
  package var maximumIncompleteBytes = ListenerSettings.defaultMaximumIncompleteBytes
  /// `HTTP_MIN_BYTES_PER_SECOND`: the slowest transfer of a body or a response that keeps its connection.
  package var minimumBytesPerSecond = ListenerSettings.defaultMinimumBytesPerSecond

  /// `HTTP_MAX_HEADER_BYTES`: all fields of a request.
  package var maximumHeaderBytes = ListenerSettings.defaultMaximumHeaderBytes
  /// `HTTP_MAX_BODY_BYTES`: the body of a request.
  package var maximumBodyBytes = ListenerSettings.defaultMaximumBodyBytes
  /// `HTTP_HEADER_TIMEOUT`: seconds for the head of a request, from its first byte.
  package var headerTimeoutSeconds = ListenerSettings.defaultHeaderTimeoutSeconds
  /// `HTTP_BODY_TIMEOUT`: seconds for the body of a request, after its head.
  package var bodyTimeoutSeconds = ListenerSettings.defaultBodyTimeoutSeconds
  /// `HTTP_IDLE_TIMEOUT`: seconds between two requests of a connection.
  package var idleTimeoutSeconds = ListenerSettings.defaultIdleTimeoutSeconds

  /// The default of `HTTP_MAX_HEADER_BYTES`: 16 KiB.
  package static let defaultMaximumHeaderBytes = 16 << 10
  /// The default of `HTTP_MAX_BODY_BYTES`: 1 MiB.
  package static let defaultMaximumBodyBytes = 1 << 20
  /// The default of `HTTP_HEADER_TIMEOUT`.
  package static let defaultHeaderTimeoutSeconds = 15
  /// The default of `HTTP_BODY_TIMEOUT`.
  package static let defaultBodyTimeoutSeconds = 60
  /// The default of `HTTP_IDLE_TIMEOUT`.
  package static let defaultIdleTimeoutSeconds = 75
  /// The default of `HTTP_MAX_UNSENT_BYTES`: 64 MiB.
  package static let defaultMaximumUnsentBytes = 64 << 20
  /// The default of `HTTP_MAX_UNSENT_BYTES_PER_CONNECTION`: 8 MiB.
  package static let defaultMaximumUnsentBytesPerConnection = 8 << 20
  /// The default of `HTTP_MAX_INCOMPLETE_BYTES`: 64 MiB.
  package static let defaultMaximumIncompleteBytes = 64 << 20
  /// The default of `HTTP_MIN_BYTES_PER_SECOND`.
  package static let defaultMinimumBytesPerSecond = 512
  /// The default of `HTTP_MAX_REQUESTS`.
  package static let defaultMaximumRequests = 2_048
  /// The default of `HTTP_QUEUE_MS`.
  package static let defaultQueueMilliseconds = LoopLoad.defaultTargetMilliseconds
  /// The default of `HTTP_MAX_CONNECTIONS`.
  package static let defaultMaximumConnections = 10_000
  /// The default of `HTTP_REQUEST_TIMEOUT`, which is that of `SHUTDOWN_TIMEOUT`: a stop then lets every request end.
  package static let defaultRequestTimeoutSeconds = ShutdownSettings.defaultTimeoutSeconds

  /// Creates settings.
  package init(
    host: String, port: Int, requestTimeoutSeconds: Int = ListenerSettings.defaultRequestTimeoutSeconds,
    maximumConnections: Int = ListenerSettings.defaultMaximumConnections,
    maximumConnectionsPerAddress: Int? = nil, certificates: ServerCertificates? = nil
  ) {
    self.certificates = certificates
    self.host = host
    self.port = port
    self.requestTimeoutSeconds = requestTimeoutSeconds
    self.maximumConnections = maximumConnections
    self.maximumConnectionsPerAddress =
      maximumConnectionsPerAddress ?? Self.defaultPerAddress(of: maximumConnections)
  }
}

extension ListenerSettings {
  /// Reads the variables and the files of certificates. Reports a time for requests that the shutdown would cut short.
  package init(reading environment: inout EnvironmentReader, defaultPort: Int, shutdown: ShutdownSettings) {
    host = environment.text("HTTP_HOST", default: "127.0.0.1")
    Self.check(host, &environment)
    port = environment.integer("HTTP_PORT", default: defaultPort, in: 0...65535)
    maximumConnections = environment.integer(
      "HTTP_MAX_CONNECTIONS", default: Self.defaultMaximumConnections, in: Self.connections)
    maximumConnectionsPerAddress = environment.integer(
      "HTTP_MAX_CONNECTIONS_PER_ADDRESS", default: Self.defaultPerAddress(of: maximumConnections),
      in: Self.connections)
    if maximumConnectionsPerAddress > maximumConnections {
      environment.report(
        "HTTP_MAX_CONNECTIONS_PER_ADDRESS", "must be at most HTTP_MAX_CONNECTIONS (\(maximumConnections))")
    }
    maximumRequests = environment.integer(
      "HTTP_MAX_REQUESTS", default: Self.defaultMaximumRequests, in: Self.connections)
    queueMilliseconds = environment.integer(
      "HTTP_QUEUE_MS", default: Self.defaultQueueMilliseconds, in: 10...60_000)
    let timeout = environment.optionalInteger(Self.timeoutVariable, in: 1...3600)
    requestTimeoutSeconds = timeout ?? Self.defaultRequestTimeoutSeconds
    readTransfer(&environment)
    readRequestLimits(&environment)
    readProxies(&environment)
    readOrigins(&environment)
    probePort = environment.optionalInteger("PROBE_PORT", in: 0...65535)
    if let probePort, probePort > 0, probePort == port {
      environment.report(
        "PROBE_PORT", "must differ from HTTP_PORT (\(port)): the probes' listener is one of its own")
    }
    if let timeout, timeout > shutdown.timeoutSeconds {
      environment.report(
        Self.timeoutVariable,
        "must be at most SHUTDOWN_TIMEOUT (\(shutdown.timeoutSeconds)): a stop would cut longer requests off")
    }
    certificates = Self.certificates(&environment)
  }

  private static func check(_ host: String, _ environment: inout EnvironmentReader) {
    let variable = "HTTP_HOST"
    guard let address = SocketAddress(host: host, port: 0).lookUp().first else {
      return environment.report(variable, "is neither an address nor a name that has one: \"\(host)\"")
    }
    guard !address.isLocal else { return }
    environment.report(
      variable,
      "is no address of this machine: \"\(host)\" (use 127.0.0.1 for this machine alone, 0.0.0.0 for every network)"
    )
  }

  private mutating func readProxies(_ environment: inout EnvironmentReader) {
    let variable = "HTTP_TRUSTED_PROXIES"
    let value = environment.optionalText(variable)
    let elements = value?.split(separator: ",") ?? []
    for element in elements {
      let text = element.filter { $0 != " " }
      if let range = AddressRange(text) {
        trustedProxies.append(range)
        if range.isVast { environment.warn(variable, Self.vastRange(text)) }
      } else {
        environment.report(
          variable,
          "\"\(text)\" is no address and no range such as 10.0.0.0/8 or fd00::/8 without further bits")
      }
    }
    if elements.isEmpty, value != nil {
      environment.report(variable, "has no address: leave it unset to trust no proxy")
    }
  }

  private static func vastRange(_ text: String) -> String {
    "\(text) trusts clients too: each of them names its own address, and none has a limit of connections of its own"
  }

  private mutating func readTransfer(_ environment: inout EnvironmentReader) {
    maximumUnsentBytes = environment.integer(
      "HTTP_MAX_UNSENT_BYTES", default: Self.defaultMaximumUnsentBytes, in: Self.bytes)
    maximumUnsentBytesPerConnection = environment.integer(
      "HTTP_MAX_UNSENT_BYTES_PER_CONNECTION",
      default: min(Self.defaultMaximumUnsentBytesPerConnection, maximumUnsentBytes), in: Self.bytes)
    maximumIncompleteBytes = environment.integer(
      "HTTP_MAX_INCOMPLETE_BYTES", default: Self.defaultMaximumIncompleteBytes, in: Self.bytes)
    minimumBytesPerSecond = environment.integer(
      "HTTP_MIN_BYTES_PER_SECOND", default: Self.defaultMinimumBytesPerSecond, in: 0...1_000_000)
  }

  private mutating func readRequestLimits(_ environment: inout EnvironmentReader) {
    maximumHeaderBytes = environment.integer(
      "HTTP_MAX_HEADER_BYTES", default: Self.defaultMaximumHeaderBytes, in: 1_024...(1 << 20))
    maximumBodyBytes = environment.integer(
      "HTTP_MAX_BODY_BYTES", default: Self.defaultMaximumBodyBytes, in: 1_024...(8 << 20))
    let seconds = 1...3600
    headerTimeoutSeconds = environment.integer(
      "HTTP_HEADER_TIMEOUT", default: Self.defaultHeaderTimeoutSeconds, in: seconds)
    bodyTimeoutSeconds = environment.integer(
      "HTTP_BODY_TIMEOUT", default: Self.defaultBodyTimeoutSeconds, in: seconds)
    idleTimeoutSeconds = environment.integer(
      "HTTP_IDLE_TIMEOUT", default: Self.defaultIdleTimeoutSeconds, in: seconds)
  }

  /// The limit of an address where the limit of connections is this one. A limit that would leave nothing to the others
  /// is replaced by the default.
  package func perAddress(of connections: Int) -> Int {
    guard connections < maximumConnections, maximumConnectionsPerAddress >= connections else {
      return maximumConnectionsPerAddress
    }
    return Self.defaultPerAddress(of: connections)
  }

  /// One client that takes all it can get leaves half to the others.
  private static func defaultPerAddress(of connections: Int) -> Int { max(1, connections / 2) }

  /// The largest answer that a route may give. A list that could be larger ends before: the rest is on its next page.
  package static let largestAnswerBytes = 4 << 20

  /// The bytes that may wait for one client: room for the largest answer, as ciphertext and behind a batch of gathered ones.
  package var unsentBytesPerConnection: Int {
    max(Self.largestAnswerBytes + (1 << 20), maximumUnsentBytesPerConnection)
  }

  /// The loop's part of ``maximumUnsentBytes``. It has room for the largest answer twice, however many loops share it.
  package func unsentBytes(perLoopOf loops: Int) -> Int {
    max(2 * Self.largestAnswerBytes, maximumUnsentBytes / max(1, loops))
  }

  /// The loop's part of ``maximumIncompleteBytes``. It has room for the largest request twice, however many loops share the
  /// bytes: the array of a body whose length is not announced may have room for twice the body.
  package func incompleteBytes(perLoopOf loops: Int) -> Int {
    max(2 * (maximumHeaderBytes + maximumBodyBytes), maximumIncompleteBytes / max(1, loops))
  }

  /// Warns of limits of bytes that are set and that the number of loops changes.
  func checkTransferBytes(loops: Int, _ environment: inout EnvironmentReader) {
    let (all, one) = ("HTTP_MAX_UNSENT_BYTES", "HTTP_MAX_UNSENT_BYTES_PER_CONNECTION")
    let share = unsentBytes(perLoopOf: loops)
    let incomplete = (name: "HTTP_MAX_INCOMPLETE_BYTES", share: incompleteBytes(perLoopOf: loops))
    if incomplete.share * loops > maximumIncompleteBytes, environment.isSet(incomplete.name) {
      environment.warn(
        incomplete.name,
        "counts as \(incomplete.share * loops): each of \(loops) loops has room for the largest request twice"
      )
    }
    if share * loops > maximumUnsentBytes, environment.isSet(all) {
      environment.warn(
        all,
        "counts as \(share * loops): each of \(loops) loops has \(share) bytes at least")
    }
    guard environment.isSet(one) else { return }
    if unsentBytesPerConnection > maximumUnsentBytesPerConnection {
      environment.warn(
        one, "counts as \(unsentBytesPerConnection): a connection has room for the largest answer")
    }
    guard maximumUnsentBytesPerConnection > share else { return }
    environment.warn(one, "has no effect above \(share), the part of \(all) of one of \(loops) loops")
  }

  private static let bytes = (1 << 20)...(1 << 40)
  private static let connections = 1...1_000_000
  private static let timeoutVariable = "HTTP_REQUEST_TIMEOUT"
}
