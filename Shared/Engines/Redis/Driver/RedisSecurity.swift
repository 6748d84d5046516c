import Cache
import Cryptography
import Transport

/// What a link needs to encrypt its connections; nil in a link that does not. Confined to the link's loop.
final class RedisSecurity {
  private let context: TLSContext
  private let host: String

  /// Reads the authorities once, for all connections of the link; nil where the configuration wants no encryption.
  /// - Throws: `encryptionFailed` when the file cannot be read, or when no certificate could be made out to the host.
  init?(_ configuration: CacheConfiguration) throws(CacheError) {
    guard let verification = TLSVerification(configuration.tls) else { return nil }
    host = configuration.endpoint.host
    do throws(TLSError) {
      context = try .client(verification)
      _ = try TLSSession(client: context, host: host)
    } catch {
      throw CacheError(error)
    }
  }

  /// The encryption of a new connection.
  func makeEncryption() throws(CacheError) -> RedisEncryption {
    do throws(TLSError) {
      return RedisEncryption(try TLSSession(client: context, host: host))
    } catch {
      throw CacheError(error)
    }
  }
}

extension TLSVerification {
  fileprivate init?(_ mode: TLSMode) {
    switch mode {
    case .disable: return nil
    case .require: self = .none
    case .verifyFull(let authorityFile): self = .full(authorityFile: authorityFile)
    }
  }
}

extension CacheError {
  init(_ error: TLSError) {
    switch error {
    case .untrustedCertificate(let reason): self = .untrustedServer(reason)
    case .broken: self = .connectionLost("\(error)")
    case .handshakeFailed, .unusableFile, .invalidHost, .notEstablished, .libraryFailure:
      self = .encryptionFailed("\(error)")
    }
  }
}
