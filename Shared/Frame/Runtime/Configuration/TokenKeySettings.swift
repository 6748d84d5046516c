/// Which half of the token key a service holds.
package enum TokenKeyHalf: Sendable, Hashable {
  /// It mints tokens: `TOKEN_KEY_FILE`.
  case signing
  /// It can only check them: `JWKS_FILE` or `JWKS_URL`.
  case verifying
}

/// Where the token key is.
package enum TokenKeySettings: Sendable, Hashable {
  /// `TOKEN_KEY_FILE`: the Ed25519 private key, made there on the first start.
  case privateKey(path: String)
  /// `JWKS_FILE`: the public key set.
  case keySetFile(path: String)
  /// `JWKS_URL`: the public key set, asked of backend-api.
  case keySetURL(String)
}

extension TokenKeySettings {
  /// Reads the variables of the half that the service is meant to hold.
  package init(reading environment: inout EnvironmentReader, half: TokenKeyHalf) {
    switch half {
    case .signing: self = Self.signing(&environment)
    case .verifying: self = Self.verifying(&environment)
    }
  }

  private static func signing(_ environment: inout EnvironmentReader) -> TokenKeySettings {
    if let path = environment.optionalPath("TOKEN_KEY_FILE") { return .privateKey(path: path) }
    environment.report("TOKEN_KEY_FILE", "is not set")
    return .privateKey(path: "")
  }

  private static func verifying(_ environment: inout EnvironmentReader) -> TokenKeySettings {
    switch (environment.optionalPath("JWKS_FILE"), environment.optionalPath("JWKS_URL")) {
    case (let path?, nil): return .keySetFile(path: path)
    case (nil, let url?):
      if !url.hasPrefix("http://") { environment.report("JWKS_URL", "must begin with http://") }
      return .keySetURL(url)
    case (nil, nil): environment.report("JWKS_FILE", "is not set, and neither is JWKS_URL")
    case (_?, _?): environment.report("JWKS_FILE", "is given, and JWKS_URL too; give one of them")
    }
    return .keySetFile(path: "")
  }
}
