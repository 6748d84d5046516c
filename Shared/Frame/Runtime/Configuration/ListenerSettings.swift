/// The address of a service's listener: `HTTP_*`.
package struct ListenerSettings: Sendable, Hashable {
  /// `HTTP_HOST`.
  package var host: String
  /// `HTTP_PORT`. 0 selects a free port, for tests.
  package var port: Int

  /// Creates settings.
  package init(host: String, port: Int) {
    self.host = host
    self.port = port
  }
}

extension ListenerSettings {
  /// Reads `HTTP_HOST` and `HTTP_PORT`. Reports TLS files as an error, because the listener would serve without TLS.
  package init(reading environment: inout EnvironmentReader, defaultPort: Int) {
    host = environment.text("HTTP_HOST", default: "127.0.0.1")
    port = environment.integer("HTTP_PORT", default: defaultPort, in: 0...65535)
    for variable in ["HTTP_TLS_CERT_FILE", "HTTP_TLS_KEY_FILE"]
    where environment.optionalPath(variable) != nil {
      environment.report(variable, "this version has no TLS listener: unset the variable")
    }
  }
}
