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
  /// while a packet is under way.
  private func signIn(over channel: LoginChannel, _ connection: UnsafeMutablePointer<MYSQL>) -> Bool {
    guard let greeting = channel.read(), greeting.count == Self.nonceCount + 1 else { return false }
    let nonce = Array(greeting.prefix(Self.nonceCount))
    let password = connection.pointee.passwd.map { Array(String(cString: $0).utf8) } ?? []
    guard !password.isEmpty else { return channel.write([0]) }
    // The library begins TLS, if any, before it sends this.
    guard channel.write(Self.proof(of: password, nonce)) else { return false }
    Wire.keepFromWaiting(mysql_get_socket(connection))
    guard let answer = channel.read() else { return false }
    if answer == Self.isRemembered { return true }
    guard answer == Self.needsPassword else { return false }
    return deliver(password + [0], nonce, over: channel, isEncrypted: mysql_get_ssl_cipher(connection) != nil)
  }

  private func deliver(
    _ text: [UInt8], _ nonce: [UInt8], over channel: LoginChannel, isEncrypted: Bool
  ) -> Bool {
    if isEncrypted {
      guard isVerified else { return refuse("the server is not verified") }
      return channel.write(text)
    }
    guard let key else {
      return refuse("the connection is not encrypted, and no key of the server is pinned")
    }
    let mixed = text.indices.map { text[$0] ^ nonce[$0 % nonce.count] }
    do {
      usedKey = true
      return channel.write(try key.encrypt(mixed))
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

  func write(_ packet: [UInt8]) -> Bool {
    channel.pointee.write_packet(channel, packet, Int32(packet.count)) == 0
  }
}
