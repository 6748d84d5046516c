import AccessManifest

extension AccessManifest {
  /// The variables by which each service finds its accounts; a file holds each credential, and no line shows a value.
  package func environment(credentialsDirectory: String) -> String {
    services.map { service in
      var lines = [
        "# \(service.name)", "DB_USER=\(service.databaseAccount)",
        "DB_PASS_FILE=\(credentialsDirectory)/\(service.databaseAccount)",
      ]
      if let cacheAccount = service.cacheAccount {
        lines += ["CACHE_USER=\(cacheAccount)", "CACHE_PASS_FILE=\(credentialsDirectory)/\(cacheAccount)"]
      }
      return lines.joined(separator: "\n") + "\n"
    }.joined(separator: "\n")
  }
}
