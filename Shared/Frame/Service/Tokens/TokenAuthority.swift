import Clock
import Cryptography
import Glibc
import HTTP
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
      let file = following(path, startingWith: try keySet(path), logger: logger) {
        Result { () throws(KeySetRefusal) in try JWKS(file: path) }
      }
      return TokenAuthority(keys: .fetched(file))
    case .keySetURL(let url):
      let keySet = FetchedKeySet(of: shown(url), logger: logger) { await fetch(url) }
      await keySet.refresh()
      return TokenAuthority(keys: .fetched(keySet))
    }
  }

  /// The key set of a file. A read that hangs occupies one thread for files, and requests go on with the keys of before.
  static func following(
    _ path: String, startingWith first: JWKS, logger: Logger, reading: BoundedReading = BoundedReading(),
    _ read: @escaping @Sendable () -> Result<JWKS, KeySetRefusal>
  ) -> FetchedKeySet {
    FetchedKeySet(
      of: path, startingWith: first, maximumAgeNanoseconds: FetchedKeySet.maximumAgeOfFileNanoseconds,
      logger: logger
    ) {
      switch await reading.run(read) {
      case .done(let result): result
      case .late: .failure(KeySetRefusal(reason: "the file was not read in time"))
      case .notBegun: .failure(KeySetRefusal(reason: "an earlier read of the file has not ended"))
      }
    }
  }

  /// The URL without what may be secret in it: userinfo, query and fragment.
  static func shown(_ url: String) -> String {
    let plain = url.prefix { $0 != "?" && $0 != "#" }
    guard let scheme = plain.firstRange(of: "://") else { return String(plain) }
    let rest = plain[scheme.upperBound...]
    let authority = rest.prefix { $0 != "/" }
    guard let at = authority.lastIndex(of: "@") else { return String(plain) }
    return String(plain[..<scheme.upperBound] + rest[rest.index(after: at)...])
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
    do throws(KeySetRefusal) {
      return try JWKS(file: path)
    } catch {
      throw .configuration("JWKS_FILE: \(error.reason)")
    }
  }

  /// Reports a file of keys that the start could not use. That of the signing keys may be missing: the first start creates
  /// it.
  static func check(_ settings: TokenKeySettings, _ environment: inout EnvironmentReader) {
    switch settings {
    case .privateKey(let path):
      guard access(path, F_OK) == 0 || errno != ENOENT else { return }
      do throws(KeyFileError) {
        _ = try KeyFile.load(path)
      } catch {
        environment.report("TOKEN_KEY_FILE", "\(error)")
      }
    case .keySetFile(let path):
      do throws(KeySetRefusal) {
        _ = try JWKS(file: path)
      } catch {
        environment.report("JWKS_FILE", error.reason)
      }
    case .keySetURL: break
    }
  }

  static func fetch(_ url: String) async -> Result<JWKS, KeySetRefusal> {
    let response: Response
    do throws(HTTPClientError) {
      response = try await HTTPClient.send(
        .get, url, timeoutMilliseconds: FetchedKeySet.timeoutMilliseconds,
        maximumResponseBytes: JWKS.maximumBytes)
    } catch {
      return .failure(KeySetRefusal(reason: "\(error)"))
    }
    guard response.status == .ok else {
      let redirection = (300..<400).contains(response.status.code) ? "; redirects are not followed" : ""
      return .failure(
        KeySetRefusal(
          reason: "the answer has the status \(response.status.code) in place of 200\(redirection)"))
    }
    do throws(JWKSError) {
      return .success(try JWKS(parsing: response.body))
    } catch {
      return .failure(KeySetRefusal(reason: "the answer is no usable key set: \(error)"))
    }
  }
}

extension JWKS {
  /// Reads the set of a file.
  fileprivate init(file path: String) throws(KeySetRefusal) {
    let document: [UInt8]
    do throws(PlainFileError) {
      document = try PlainFile.bytes(of: path, atMost: Self.maximumBytes)
    } catch {
      throw KeySetRefusal(reason: "the file is not readable: \(error)")
    }
    do throws(JWKSError) {
      self = try JWKS(parsing: document)
    } catch {
      throw KeySetRefusal(reason: "the file contains no usable key set: \(error)")
    }
  }
}
