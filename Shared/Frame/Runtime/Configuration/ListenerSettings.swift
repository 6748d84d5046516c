/// The address of a service's listener and the time of its requests: `HTTP_*`.
package struct ListenerSettings: Sendable, Hashable {
  /// `HTTP_HOST`.
  package var host: String
  /// `HTTP_PORT`. 0 selects a free port, for tests.
  package var port: Int
  /// `HTTP_REQUEST_TIMEOUT`: seconds that the service may work on one request. It then cancels the request's statement
  /// and answers.
  package var requestTimeoutSeconds: Int

  /// The default of `HTTP_REQUEST_TIMEOUT`, which is that of `SHUTDOWN_TIMEOUT`: a stop then lets every request end.
  package static let defaultRequestTimeoutSeconds = ShutdownSettings.defaultTimeoutSeconds

  /// Creates settings.
  package init(
    host: String, port: Int, requestTimeoutSeconds: Int = ListenerSettings.defaultRequestTimeoutSeconds
  ) {
    self.host = host
    self.port = port
    self.requestTimeoutSeconds = requestTimeoutSeconds
  }
}

extension ListenerSettings {
  /// Reads `HTTP_HOST`, `HTTP_PORT` and `HTTP_REQUEST_TIMEOUT`. Reports TLS files as an error, because the listener would
  /// serve without TLS; and a time for requests that the shutdown would cut short.
  package init(reading environment: inout EnvironmentReader, defaultPort: Int, shutdown: ShutdownSettings) {
    host = environment.text("HTTP_HOST", default: "127.0.0.1")
    port = environment.integer("HTTP_PORT", default: defaultPort, in: 0...65535)
    let timeout = environment.optionalInteger(Self.timeoutVariable, in: 1...3600)
    requestTimeoutSeconds = timeout ?? Self.defaultRequestTimeoutSeconds
    if let timeout, timeout > shutdown.timeoutSeconds {
      environment.report(
        Self.timeoutVariable,
        "must be at most SHUTDOWN_TIMEOUT (\(shutdown.timeoutSeconds)): a stop would cut longer requests off")
    }
    for variable in ["HTTP_TLS_CERT_FILE", "HTTP_TLS_KEY_FILE"]
    where environment.optionalPath(variable) != nil {
      environment.report(variable, "this version has no TLS listener: unset the variable")
    }
  }

  private static let timeoutVariable = "HTTP_REQUEST_TIMEOUT"
}
