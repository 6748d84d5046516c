import FoundationEssentials
import HTTPClient
import Identity
import Logging
import Runtime

extension TokenAuthority {
  /// Loads the half of the key that the settings name.
  ///
  /// A key set behind a URL need not be there yet: services start in any order, and the first token asks again.
  static func load(_ settings: TokenKeySettings, logger: Logger) async throws(StartFailure) -> TokenAuthority
  {
    switch settings {
    case .privateKey(let path): return try signing(path)
    case .keySetFile(let path): return TokenAuthority(keys: .fixed(try keySet(path)))
    case .keySetURL(let url):
      let keySet = FetchedKeySet(logger: logger) { await fetch(url) }
      await keySet.refresh()
      return TokenAuthority(keys: .fetched(keySet))
    }
  }

  private static func signing(_ path: String) throws(StartFailure) -> TokenAuthority {
    do {
      let key = try KeyFile.loadOrCreate(path)
      let keySet = JWKS(keys: [key.publicKey])
      return TokenAuthority(
        issuer: TokenIssuer(privateKey: key), keySetDocument: keySet.document(), keys: .fixed(keySet))
    } catch {
      throw .configuration("TOKEN_KEY_FILE: \(error)")
    }
  }

  private static func keySet(_ path: String) throws(StartFailure) -> JWKS {
    guard let document = try? Data(contentsOf: URL(filePath: path)) else {
      throw .configuration("JWKS_FILE: the file cannot be read")
    }
    do {
      return try JWKS(parsing: [UInt8](document))
    } catch {
      throw .configuration("JWKS_FILE: the file holds no usable key set (\(error))")
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
