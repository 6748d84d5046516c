import Transport

extension EnvironmentReader {
  /// A comma-separated list of hosts, tried in order; hosts without a port get the default.
  mutating func endpoints(_ name: String, default fallback: String, defaultPort: Int) -> [Endpoint] {
    let parts = text(name, default: fallback).split(separator: ",", omittingEmptySubsequences: false)
    let endpoints = parts.compactMap { Endpoint($0, defaultPort: defaultPort) }
    if endpoints.count == parts.count { return endpoints }
    report(name, "must be a host, or a list host:port,host:port")
    return [Endpoint(host: fallback, port: defaultPort)]
  }
}
