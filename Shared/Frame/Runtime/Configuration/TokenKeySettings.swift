/// The half of the token key that a service holds.
package enum TokenKeyHalf: Sendable, Hashable {
  /// The private key, which signs tokens: `TOKEN_KEY_FILE`.
  case signing
  /// The public keys, which verify tokens: `JWKS_FILE` or `JWKS_URL`.
  case verifying
}

/// The source of the token key.
package enum TokenKeySettings: Sendable, Hashable {
  /// `TOKEN_KEY_FILE`: the Ed25519 private key, which the first start creates.
  case privateKey(path: String)
  /// `JWKS_FILE`: the public key set.
  case keySetFile(path: String)
  /// `JWKS_URL`: the public key set, which backend-api serves.
  case keySetURL(String)
}

extension TokenKeySettings {
  /// Reads the variables of the half that the service holds.
  package init(reading environment: inout EnvironmentReader, half: TokenKeyHalf) {
    switch half {
    case .signing: self = Self.signing(&environment)
    case .verifying: self = Self.verifying(&environment)
    }
  }

  private static func signing(_ environment: inout EnvironmentReader) -> TokenKeySettings {
    let known = environment.problems.count
    guard let path = environment.optionalPath("TOKEN_KEY_FILE") else {
      if environment.problems.count == known { environment.report("TOKEN_KEY_FILE", "is not set") }
      return .privateKey(path: "")
    }
    environment.checkFolder(of: path, "TOKEN_KEY_FILE")
    return .privateKey(path: path)
  }

  private static func verifying(_ environment: inout EnvironmentReader) -> TokenKeySettings {
    let known = environment.problems.count
    let path = environment.optionalPath("JWKS_FILE")
    guard environment.problems.count == known else { return .keySetFile(path: "") }
    switch (path, environment.optionalPlain("JWKS_URL")) {
    case (let path?, nil): return .keySetFile(path: path)
    case (nil, let url?):
      if !url.hasPrefix("http://"), !url.hasPrefix("https://") {
        environment.report("JWKS_URL", "must begin with http:// or https://")
      }
      return .keySetURL(url)
    case (nil, nil): environment.report("JWKS_FILE", "is not set, and neither is JWKS_URL: set one of them")
    case (_?, _?): environment.report("JWKS_FILE", "is set, and so is JWKS_URL: set only one of them")
    }
    return .keySetFile(path: "")
  }
}
