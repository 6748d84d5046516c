import Cryptography

/// The verifier of `caching_sha2_password`: SHA-crypt with SHA-256 and a salt of 20 bytes, as `$A$`, the thousands of
/// rounds in three hexadecimal digits, `$`, the salt and the digest.
///
/// https://www.akkadia.org/drepper/SHA-crypt.txt has the algorithm. The server makes the same in
/// `sql/auth/sha2_password.cc`.
enum MySQLPasswordHash {
  static let plugin = "caching_sha2_password"
  /// The verifier with which the server makes accounts that never sign in.
  static let unusable = "$A$005$THISISACOMBINATIONOFINVALIDSALTANDPASSWORDTHATMUSTNEVERBRBEUSED"

  private static let saltCount = 20
  private static let digestCount = 43
  private static let headCount = 7
  private static let roundsOfNew = 5_000
  private static let digits = Array("./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

  /// A verifier with a new salt.
  static func text(for password: String) -> String {
    let salt = SecureRandom.bytes(saltCount).map { digits[Int($0) % digits.count] }
    return "$A$005$" + String(decoding: salt, as: UTF8.self) + digest(password, salt, rounds: roundsOfNew)
  }

  /// Whether a stored verifier is that of the password.
  static func accepts(_ verifier: String, _ password: String) -> Bool {
    let bytes = Array(verifier.utf8)
    guard bytes.count == headCount + saltCount + digestCount, verifier.hasPrefix("$A$"),
      let thousands = Int(String(decoding: bytes[3..<6], as: UTF8.self), radix: 16), thousands > 0
    else { return false }
    let salt = Array(bytes[headCount..<headCount + saltCount])
    return Array(digest(password, salt, rounds: thousands * 1_000).utf8)
      == Array(bytes[(headCount + saltCount)...])
  }

  private static func digest(_ password: String, _ salt: [UInt8], rounds: Int) -> String {
    let password = Array(password.utf8)
    var digest = SHA256.hash(start(password, salt))
    let repeated = (
      password: fill(SHA256.hash(password.flatMap { _ in password }), to: password.count),
      salt: fill(SHA256.hash((0..<16 + Int(digest[0])).flatMap { _ in salt }), to: salt.count)
    )
    for round in 0..<rounds {
      let isOdd = round % 2 == 1
      var input = isOdd ? repeated.password : digest
      if round % 3 != 0 { input += repeated.salt }
      if round % 7 != 0 { input += repeated.password }
      input += isOdd ? digest : repeated.password
      digest = SHA256.hash(input)
    }
    return encode(digest)
  }

  /// Steps 1 to 12 of the algorithm: what the first digest is made of.
  private static func start(_ password: [UInt8], _ salt: [UInt8]) -> [UInt8] {
    let other = SHA256.hash(password + salt + password)
    var input = password + salt + fill(other, to: password.count)
    var count = password.count
    while count > 0 {
      input += count % 2 == 1 ? other : password
      count /= 2
    }
    return input
  }

  private static func fill(_ digest: [UInt8], to count: Int) -> [UInt8] {
    (0..<count).map { digest[$0 % digest.count] }
  }

  /// The bytes in the order of the algorithm, three in four digits, the least significant ones first.
  private static func encode(_ digest: [UInt8]) -> String {
    var text: [UInt8] = []
    func append(_ number: Int, _ count: Int) {
      for place in 0..<count { text.append(digits[number >> (6 * place) & 63]) }
    }
    var order = (0, 10, 20)
    for _ in 0..<10 {
      append(Int(digest[order.0]) << 16 | Int(digest[order.1]) << 8 | Int(digest[order.2]), 4)
      order = ((order.1 + 11) % 30, (order.2 + 11) % 30, (order.0 + 11) % 30)
    }
    append(Int(digest[31]) << 8 | Int(digest[30]), 3)
    return String(decoding: text, as: UTF8.self)
  }
}
