/// Where a service listens: `HTTP_*`.
package struct ListenerSettings: Sendable, Hashable {
  /// `HTTP_HOST`.
  package var host: String
  /// `HTTP_PORT`; 0 takes a free one, for tests.
  package var port: Int

  /// Takes both as they are.
  package init(host: String, port: Int) {
    self.host = host
    self.port = port
  }
}

extension ListenerSettings {
  /// Reads `HTTP_HOST` and `HTTP_PORT`, and refuses the TLS files: better not to start than to speak in the clear.
  package init(reading environment: inout EnvironmentReader, defaultPort: Int) {
    host = environment.text("HTTP_HOST", default: "127.0.0.1")
    port = environment.integer("HTTP_PORT", default: defaultPort, in: 0...65535)
    for variable in ["HTTP_TLS_CERT_FILE", "HTTP_TLS_KEY_FILE"]
    where environment.optionalPath(variable) != nil {
      environment.report(variable, "the TLS listener is not available in this version")
    }
  }
}
