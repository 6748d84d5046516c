import CMariaDB
import Cryptography
import Glibc

/// How one attempt signs in with `caching_sha2_password`, in place of libmariadb's own code.
///
/// The server remembers a digest of the password, and needs the password itself where it remembers none. libmariadb
/// encrypts it for any key that the server sends, also where it cannot read the file of the pinned key. This code never
/// asks a server for its key: the password goes to a server with a verified certificate, or encrypted for the pinned key,
/// or not at all.
/// https://dev.mysql.com/doc/dev/mysql-server/latest/page_caching_sha2_authentication_exchanges.html
final class PasswordDelivery {
  /// The name of the authentication method.
  static let method = "caching_sha2_password"

  private let key: RSAPublicKey?
  private let isVerified: Bool
  /// Why the password was not sent.
  private(set) var refusal: String?
  /// Whether it was sent, encrypted for the pinned key.
  private(set) var usedKey = false

  /// `key` is the pinned key; `isVerified` says whether TLS has verified the server before.
  init(key: RSAPublicKey?, isVerified: Bool) {
    self.key = key
    self.isVerified = isVerified
  }

  private static let nonceCount = 20
  private static let isRemembered: [UInt8] = [3]
  private static let needsPassword: [UInt8] = [4]
  private static let binding = "bulkhead-password-delivery"

  /// Registers this code with the library, once for the process. The name stays in memory: the library keeps its address.
  static func register(_ connection: UnsafeMutablePointer<MYSQL>) -> Bool {
    guard let name = strdup(method) else { return false }
    return bulkhead_register_sign_in(connection, name) { channel, connection in
      guard let channel, let connection,
        let bound = bulkhead_bound_pointer(connection, PasswordDelivery.binding)
      else { return CR_ERROR }
      let delivery = Unmanaged<PasswordDelivery>.fromOpaque(bound).takeUnretainedValue()
      return delivery.signIn(over: LoginChannel(channel), connection) ? CR_OK : CR_ERROR
    } != 0
  }

  /// Makes the connection's login use this delivery, which must outlive the login.
  func bind(to connection: UnsafeMutablePointer<MYSQL>) {
    mysql_options4(connection, MARIADB_OPT_USERDATA, Self.binding, Unmanaged.passUnretained(self).toOpaque())
  }

  /// The library calls it on a stack of its own, and each packet may suspend that. So nothing stays locked or borrowed
  /// while a packet is under way. A login that is late never goes on, and what its stack refers to stays in memory: so
  /// there is no copy of the password meanwhile.
  private func signIn(over channel: LoginChannel, _ connection: UnsafeMutablePointer<MYSQL>) -> Bool {
    guard let greeting = channel.read(), greeting.count == Self.nonceCount + 1 else { return false }
    let nonce = Array(greeting.prefix(Self.nonceCount))
    guard let password = KeptPassword(of: connection) else { return channel.write([0]) }
    // The library begins TLS, if any, before it sends this.
    guard channel.write(password.proof(nonce)) else { return false }
    Wire.keepFromWaiting(mysql_get_socket(connection))
    guard let answer = channel.read() else { return false }
    if answer == Self.isRemembered { return true }
    guard answer == Self.needsPassword else { return false }
    return deliver(password, nonce, over: channel, isEncrypted: mysql_get_ssl_cipher(connection) != nil)
  }

  private func deliver(
    _ password: KeptPassword, _ nonce: [UInt8], over channel: LoginChannel, isEncrypted: Bool
  ) -> Bool {
    if isEncrypted {
      guard isVerified else { return refuse("the server is not verified") }
      return channel.write(password.text)
    }
    guard let key else {
      return refuse("the connection is not encrypted, and no key of the server is pinned")
    }
    do {
      usedKey = true
      return channel.write(try password.encrypted(for: key, nonce))
    } catch {
      return refuse("the password cannot be encrypted for the server's key: \(error)")
    }
  }

  private func refuse(_ reason: String) -> Bool {
    refusal = reason
    return false
  }

  /// `SHA256(password) XOR SHA256(SHA256(SHA256(password)) nonce)`.
  static func proof(of password: [UInt8], _ nonce: [UInt8]) -> [UInt8] {
    let once = SHA256.hash(password)
    let mask = SHA256.hash(SHA256.hash(once) + nonce)
    return zip(once, mask).map { $0 ^ $1 }
  }
}

/// The password in the library's memory, which it keeps until the connection is closed.
private struct KeptPassword {
  /// With the zero at its end.
  let text: UnsafeRawBufferPointer

  /// Nil for an empty password.
  init?(of connection: UnsafeMutablePointer<MYSQL>) {
    guard let start = connection.pointee.passwd, start.pointee != 0 else { return nil }
    text = UnsafeRawBufferPointer(start: start, count: strlen(start) + 1)
  }

  func proof(_ nonce: [UInt8]) -> [UInt8] {
    var password = Array(text.dropLast())
    defer { password.erase() }
    return PasswordDelivery.proof(of: password, nonce)
  }

  func encrypted(for key: RSAPublicKey, _ nonce: [UInt8]) throws(CryptographyError) -> [UInt8] {
    var mixed = text.indices.map { text[$0] ^ nonce[$0 % nonce.count] }
    defer { mixed.erase() }
    return try key.encrypt(mixed)
  }
}

extension [UInt8] {
  fileprivate mutating func erase() {
    withUnsafeMutableBytes { if let start = $0.baseAddress { explicit_bzero(start, $0.count) } }
  }
}

/// The packets of a login.
private struct LoginChannel {
  private let channel: UnsafeMutablePointer<MYSQL_PLUGIN_VIO>

  init(_ channel: UnsafeMutablePointer<MYSQL_PLUGIN_VIO>) {
    self.channel = channel
  }

  /// The next packet; nil where the login has failed.
  func read() -> [UInt8]? {
    var start: UnsafeMutablePointer<UInt8>?
    let count = channel.pointee.read_packet(channel, &start)
    guard count >= 0, let start else { return nil }
    return Array(UnsafeBufferPointer(start: start, count: Int(count)))
  }

  func write(_ packet: [UInt8]) -> Bool { packet.withUnsafeBytes(write) }

  func write(_ packet: UnsafeRawBufferPointer) -> Bool {
    let bytes = packet.assumingMemoryBound(to: UInt8.self)
    return channel.pointee.write_packet(channel, bytes.baseAddress, Int32(bytes.count)) == 0
  }
}
