import Clock
import Cryptography
import HTTPClient
import Identity
import Logging
import Routing
import Runtime
import Schema
import Secrets

/// The half of the token key that a service holds.
package struct TokenAuthority: Sendable {
  /// Where the public keys come from.
  enum PublicKeys: Sendable {
    case fixed(JWKS)
    /// Fetched from backend-api or read from a file, and again when a token names an unknown key.
    case fetched(FetchedKeySet)
  }

  /// Mints tokens; nil in a service that holds only the public keys.
  package let issuer: TokenIssuer?
  /// The public key set (RFC 7517) of the private key; empty in a service without one.
  package let keySetDocument: [UInt8]
  private let keys: PublicKeys

  init(issuer: TokenIssuer? = nil, keySetDocument: [UInt8] = [], keys: PublicKeys) {
    self.issuer = issuer
    self.keySetDocument = keySetDocument
    self.keys = keys
  }

  /// The middleware that authenticates requests; one for each loop.
  func authentication(
    now: @escaping @Sendable () -> Int64 = { Timestamp.now().secondsSinceEpoch },
    revocation: any RevocationCheck
  ) -> any Middleware {
    let verifiers: any TokenVerifierSource =
      switch keys {
      case .fixed(let keySet): TokenVerifier(keySet: keySet)
      case .fetched(let keySet): keySet
      }
    return AuthenticationMiddleware(verifiers: verifiers, now: now, revocation: revocation)
  }
}

extension TokenAuthority {
  /// Loads the key half that the settings name.
  ///
  /// A key set behind a URL may be unavailable at start, because services start in any order: the first token fetches
  /// it again.
  static func load(_ settings: TokenKeySettings, logger: Logger) async throws(StartFailure) -> TokenAuthority
  {
    switch settings {
    case .privateKey(let path): return try signing(path)
    case .keySetFile(let path):
      let file = following(startingWith: try keySet(path), logger: logger) { try? keySet(path) }
      return TokenAuthority(keys: .fetched(file))
    case .keySetURL(let url):
      let keySet = FetchedKeySet(logger: logger) { await fetch(url) }
      await keySet.refresh()
      return TokenAuthority(keys: .fetched(keySet))
    }
  }

  /// The key set of a file. A read that hangs occupies one thread for files, and requests go on with the keys of before.
  static func following(
    startingWith first: JWKS, logger: Logger, reading: BoundedReading = BoundedReading(),
    _ read: @escaping @Sendable () -> JWKS?
  ) -> FetchedKeySet {
    FetchedKeySet(
      startingWith: first, maximumAgeNanoseconds: FetchedKeySet.maximumAgeOfFileNanoseconds, logger: logger
    ) {
      switch await reading.run(read) {
      case .done(let keySet): keySet
      case .late, .notBegun: nil
      }
    }
  }

  private static func signing(_ path: String) throws(StartFailure) -> TokenAuthority {
    do {
      let keys = try KeyFile.loadOrCreate(path)
      let keySet = JWKS(keys: keys.publicKeys)
      return TokenAuthority(
        issuer: TokenIssuer(privateKey: keys.signing), keySetDocument: keySet.document(), keys: .fixed(keySet)
      )
    } catch {
      throw .configuration("TOKEN_KEY_FILE: \(error)")
    }
  }

  private static func keySet(_ path: String) throws(StartFailure) -> JWKS {
    let document: [UInt8]
    do {
      document = try PlainFile.bytes(of: path, atMost: JWKS.maximumBytes)
    } catch {
      throw .configuration("JWKS_FILE: the file is not readable: \(error)")
    }
    do {
      return try JWKS(parsing: document)
    } catch {
      throw .configuration("JWKS_FILE: the file contains no usable key set (\(error))")
    }
  }

  private static func fetch(_ url: String) async -> JWKS? {
    let response = try? await HTTPClient.send(
      .get, url, timeoutMilliseconds: FetchedKeySet.timeoutMilliseconds,
      maximumResponseBytes: JWKS.maximumBytes)
    guard let response, response.status == .ok else { return nil }
    return try? JWKS(parsing: response.body)
  }
}
