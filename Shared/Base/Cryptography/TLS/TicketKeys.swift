import COpenSSL
import Glibc
import Synchronization

/// The keys under which a listener seals its sessions as tickets (RFC 5077, RFC 8446 section 4.6.1). They exist only in
/// memory and change every hour, so that a stolen key opens no traffic of other hours.
///
/// The server keeps no sessions: a client returns its ticket and continues without a new key agreement. Several contexts
/// may share the keys, so that a new certificate ends no sessions.
package final class TicketKeys: Sendable {
  /// How long a key seals new tickets.
  package static let rotationSeconds: UInt64 = 3_600
  /// How long a client may continue a session.
  package static let sessionSeconds: UInt64 = 7_200

  private struct Key: Sendable {
    let name = SecureRandom.bytes(16)
    let cipherKey = SecureRandom.bytes(32)
    let codeKey = SecureRandom.bytes(32)
    let creation: UInt64
  }

  private let keys = Mutex<[Key]>([])
  private let now: @Sendable () -> UInt64

  /// `now` is a clock in seconds that never goes back.
  package init(now: @escaping @Sendable () -> UInt64 = TicketKeys.monotonicSeconds) {
    self.now = now
  }

  /// The seconds since the machine's start.
  package static func monotonicSeconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec)
  }

  /// The key for new tickets. The first call of an hour makes a new one, and drops those whose tickets have all expired.
  private func current() -> Key {
    let now = now()
    return keys.withLock { keys in
      if let newest = keys.first, now < newest.creation + Self.rotationSeconds { return newest }
      let made = Key(creation: now)
      keys = [made] + keys.filter { now < $0.creation + Self.rotationSeconds + Self.sessionSeconds }
      return made
    }
  }

  private func key(named name: UnsafeBufferPointer<UInt8>) -> Key? {
    let now = now()
    return keys.withLock { keys in
      keys.first {
        $0.name.elementsEqual(name) && now < $0.creation + Self.rotationSeconds + Self.sessionSeconds
      }
    }
  }
}

extension TicketKeys {
  /// Makes a context seal and open its tickets with these keys. The context retains them.
  func attach(to context: OpaquePointer) throws(TLSError) {
    let isSet =
      SSL_CTX_set_ex_data(context, 0, Unmanaged.passUnretained(self).toOpaque()) == 1
      && SSL_CTX_set_tlsext_ticket_key_evp_cb(context, Self.prepare) == 1
    guard isSet else { throw .fromLibrary("SSL_CTX_set_tlsext_ticket_key_evp_cb") }
  }

  /// OpenSSL calls it for each ticket: to seal one (`sealing` is 1), or to open one. Results of the manual,
  /// `SSL_CTX_set_tlsext_ticket_key_evp_cb(3)`: 1 the key is known, 2 it is and the client gets a new ticket, 0 it is
  /// not known and the handshake is a full one, -1 an error.
  private static let prepare:
    @convention(c) (
      OpaquePointer?, UnsafeMutablePointer<UInt8>?, UnsafeMutablePointer<UInt8>?, OpaquePointer?,
      OpaquePointer?, Int32
    ) -> Int32 = { session, name, vector, cipher, code, sealing in
      guard let name, let vector, let pointer = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(session), 0) else {
        return -1
      }
      let keys = Unmanaged<TicketKeys>.fromOpaque(pointer).takeUnretainedValue()
      let current = keys.current()
      guard sealing == 1 else {
        let names = UnsafeBufferPointer(start: name, count: current.name.count)
        guard let key = keys.key(named: names) else { return 0 }
        guard start(key, vector, cipher, code, sealing: false) else { return -1 }
        return key.creation == current.creation ? 1 : 2
      }
      let bytes = SecureRandom.bytes(Int(EVP_MAX_IV_LENGTH))
      for (place, byte) in bytes.enumerated() { vector[place] = byte }
      for (place, byte) in current.name.enumerated() { name[place] = byte }
      return start(current, vector, cipher, code, sealing: true) ? 1 : -1
    }

  private static func start(
    _ key: Key, _ vector: UnsafeMutablePointer<UInt8>, _ cipher: OpaquePointer?, _ code: OpaquePointer?,
    sealing: Bool
  ) -> Bool {
    var codeKey = key.codeKey
    return bulkhead_ssl_prepare_ticket(
      cipher, code, key.cipherKey, &codeKey, codeKey.count, vector, sealing ? 1 : 0) == 1
  }
}
