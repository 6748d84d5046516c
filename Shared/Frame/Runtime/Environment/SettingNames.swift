/// The names of all settings of all programs, which share their environment files. docs/settings.md documents each.
package enum SettingNames {
  /// The names without `NAME_FILE`, except where only that exists.
  package static let all = Set(
    """
    DB_TYPE DB_HOST DB_PORT DB_NAME DB_USER DB_PASS DB_POOL_SIZE DB_MAX_RETRIES DB_RETRY_DELAY
    DB_PREPARED_STATEMENTS DB_TLS DB_CA_FILE DB_SERVER_PUBLIC_KEY_FILE DATABASE_URL
    CACHE_TYPE CACHE_HOST CACHE_PORT CACHE_USER CACHE_PASS CACHE_TLS CACHE_CA_FILE
    HTTP_HOST HTTP_PORT PROBE_PORT HTTP_REQUEST_TIMEOUT HTTP_MAX_CONNECTIONS HTTP_MAX_CONNECTIONS_PER_ADDRESS
    HTTP_TLS_CERT_FILE HTTP_TLS_KEY_FILE HTTP_TLS_CLIENT_CA_FILE HTTP_MAX_REQUESTS HTTP_QUEUE_MS
    HTTP_MAX_UNSENT_BYTES HTTP_MAX_UNSENT_BYTES_PER_CONNECTION HTTP_MIN_BYTES_PER_SECOND HTTP_TRUSTED_PROXIES
    HTTP_CORS_ORIGINS HTTP_MAX_INCOMPLETE_BYTES HTTP_MAX_HEADER_BYTES HTTP_MAX_BODY_BYTES HTTP_HEADER_TIMEOUT HTTP_BODY_TIMEOUT
    HTTP_IDLE_TIMEOUT
    SIGN_IN_FAILURES SIGN_UPS HASH_QUEUE_MS ACCESS_TOKEN_SECONDS SESSION_IDLE_SECONDS SESSION_SECONDS MAIL_OUTBOX
    USER_CHANGES TOKEN_KEY_FILE JWKS_FILE JWKS_URL PLATFORM PLATFORM_SECRET
    WEBHOOK_KEY WEBHOOK_ALLOWED_HOSTS WEBHOOK_TIMEOUT ROLE ROLLUP_INTERVAL ACCESS_MANIFEST CREDENTIALS_DIR FIRST_PORT
    LOG_LEVEL LOG_FORMAT LOG_SLOW_MS LOG_SLOW_PLAN SHUTDOWN_DELAY SHUTDOWN_TIMEOUT
    """.split { $0 == " " || $0 == "\n" }.map(String.init))

  /// The settings of the database and the cache, with the names of their files, in order. One that is left over from another
  /// fleet can win over all others of its engine.
  package static let ofEngines = all.filter {
    ["DB_", "CACHE_", "DATABASE_"].contains(where: $0.hasPrefix)
  }.flatMap { $0.hasSuffix("_FILE") ? [$0] : [$0, "\($0)_FILE"] }.sorted()

  /// The beginnings that only settings of the fleet have.
  private static let prefixes = ["DB_", "CACHE_", "HTTP_", "PROBE_", "JWKS_", "LOG_", "SHUTDOWN_", "ROLLUP_"]
  /// Names of others with such a beginning: the variable of HTTP clients, and those that Kubernetes sets for a service.
  private static let foreign = "HTTP_PROXY HTTP_PROXY_REQUEST_FULLURI".split(separator: " ").map(String.init)
  private static let foreignEndings = [
    "_SERVICE_HOST", "_SERVICE_PORT", "_TCP", "_UDP", "_TCP_ADDR", "_TCP_PORT", "_TCP_PROTO",
  ]
  /// A shorter name is too easily like one of another program.
  private static let leastCharacters = 8
  /// How many letters of a misspelt name may differ.
  private static let mostDifferences = 2

  /// Why a variable seems to be a misspelt setting; nil where it is a setting, or one of another program.
  static func objection(to variable: String) -> String? {
    guard !isKnown(variable), !foreign.contains(variable),
      !foreignEndings.contains(where: variable.hasSuffix),
      !variable.contains("_SERVICE_PORT_")
    else { return nil }
    let isOurs = prefixes.contains(where: variable.hasPrefix)
    guard isOurs || variable.utf8.count >= leastCharacters else { return nil }
    let most = isOurs ? variable.utf8.count / 3 : mostDifferences
    let nearest = nearest(to: variable, atMost: most)
    guard isOurs || nearest != nil else { return nil }
    let name = nearest.map { "; the nearest one is \($0)" } ?? ""
    return "is no setting of the fleet, and has no effect\(name)"
  }

  private static func isKnown(_ variable: String) -> Bool {
    let suffix = "_FILE"
    return all.contains(variable)
      || (variable.hasSuffix(suffix) && all.contains(String(variable.dropLast(suffix.count))))
  }

  private static func nearest(to variable: String, atMost most: Int) -> String? {
    let letters = Array(variable.utf8)
    let candidates = all.flatMap { $0.hasSuffix("_FILE") ? [$0] : [$0, "\($0)_FILE"] }
    return candidates.compactMap { name in
      differences(Array(name.utf8), letters, atMost: most).map { ($0, name) }
    }.min { $0 < $1 }?.1
  }

  /// The letters to insert, to remove or to replace (Levenshtein's distance); nil where they are more than `most`.
  ///
  /// Each program compares all variables of its environment at its start, so it ends early with most of them.
  private static func differences(_ one: [UInt8], _ other: [UInt8], atMost most: Int) -> Int? {
    guard abs(one.count - other.count) <= most else { return nil }
    var row = Array(0...other.count)
    for (index, letter) in one.enumerated() {
      var diagonal = row[0]
      row[0] = index + 1
      var least = row[0]
      for column in other.indices {
        let replaced = diagonal + (other[column] == letter ? 0 : 1)
        diagonal = row[column + 1]
        row[column + 1] = min(replaced, diagonal + 1, row[column] + 1)
        least = min(least, row[column + 1])
      }
      if least > most { return nil }
    }
    return row[other.count] <= most ? row[other.count] : nil
  }
}

extension EnvironmentReader {
  /// Warns of variables that seem to be misspelt settings. The message has no value.
  package mutating func warnOfUnknownNames() {
    for name in variables.keys.sorted() where variables[name]?.isEmpty == false {
      if let objection = SettingNames.objection(to: name) { warn(name, objection) }
    }
  }
}
