import Transport

/// The address of a service's listener and the time of its requests: `HTTP_*`.
package struct ListenerSettings: Sendable, Equatable {
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
    if SocketAddress(host: host, port: 0).lookUp().isEmpty {
      environment.report("HTTP_HOST", "is neither an address nor a name that has one: \"\(host)\"")
    }
    port = environment.integer("HTTP_PORT", default: defaultPort, in: 0...65535)
    maximumConnections = environment.integer(
      "HTTP_MAX_CONNECTIONS", default: Self.defaultMaximumConnections, in: Self.connections)
    maximumConnectionsPerAddress = environment.integer(
      "HTTP_MAX_CONNECTIONS_PER_ADDRESS", default: Self.defaultPerAddress(of: maximumConnections),
      in: Self.connections)
    let timeout = environment.optionalInteger(Self.timeoutVariable, in: 1...3600)
    requestTimeoutSeconds = timeout ?? Self.defaultRequestTimeoutSeconds
    if let timeout, timeout > shutdown.timeoutSeconds {
      environment.report(
        Self.timeoutVariable,
        "must be at most SHUTDOWN_TIMEOUT (\(shutdown.timeoutSeconds)): a stop would cut longer requests off")
    }
    certificates = Self.certificates(&environment)
  }

  /// Settings are equal when every variable is.
  package static func == (one: ListenerSettings, other: ListenerSettings) -> Bool {
    one.host == other.host && one.port == other.port
      && one.requestTimeoutSeconds == other.requestTimeoutSeconds
      && one.maximumConnections == other.maximumConnections
      && one.maximumConnectionsPerAddress == other.maximumConnectionsPerAddress
      && one.certificates?.files == other.certificates?.files
  }

  /// One client that takes all it can get leaves half to the others.
  private static func defaultPerAddress(of connections: Int) -> Int { max(1, connections / 2) }

  private static let connections = 1...1_000_000
  private static let timeoutVariable = "HTTP_REQUEST_TIMEOUT"
}
