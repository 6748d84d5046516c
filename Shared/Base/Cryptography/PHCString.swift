import Encoding

/// A stored password hash in the PHC string format: `$scrypt$ln=15,r=8,p=1$SALT$KEY`, Base64 without padding.
///
/// Source: github.com/P-H-C/phc-string-format, with passlib's parameter names.
struct PHCString: Hashable {
  let cost: ScryptCost
  let salt: [UInt8]
  let key: [UInt8]

  /// The length of the column `users.password`.
  static let maximumLength = 255
  private static let saltLengths = 8...64
  private static let keyLengths = 16...64

  init(cost: ScryptCost, salt: [UInt8], key: [UInt8]) {
    self.cost = cost
    self.salt = salt
    self.key = key
  }

  /// Reads the form that ``text`` writes; nil for any other text.
  init?(_ text: String) {
    guard text.utf8.count <= Self.maximumLength else { return nil }
    let fields = text.split(separator: "$", omittingEmptySubsequences: false)
    guard fields.count == 5, fields[0].isEmpty, fields[1] == "scrypt",
      let cost = Self.cost(fields[2]),
      let salt = Base64.decodeUnpadded(fields[3]), Self.saltLengths.contains(salt.count),
      let key = Base64.decodeUnpadded(fields[4]), Self.keyLengths.contains(key.count)
    else { return nil }
    self.init(cost: cost, salt: salt, key: key)
  }

  var text: String {
    "$scrypt$\(Self.text(cost))$\(Base64.encodeUnpadded(salt))$\(Base64.encodeUnpadded(key))"
  }

  private static func text(_ cost: ScryptCost) -> String {
    "ln=\(cost.logarithmOfN),r=\(cost.blockSize),p=\(cost.parallelism)"
  }

  private static func cost(_ text: Substring) -> ScryptCost? {
    let parameters = text.split(separator: ",", omittingEmptySubsequences: false)
    guard parameters.count == 3,
      let logarithmOfN = number(parameters[0], after: "ln="),
      let blockSize = number(parameters[1], after: "r="),
      let parallelism = number(parameters[2], after: "p="),
      let cost = ScryptCost(logarithmOfN: logarithmOfN, blockSize: blockSize, parallelism: parallelism)
    else { return nil }
    // Each cost has one accepted spelling, without signs and leading zeros.
    return Self.text(cost) == text ? cost : nil
  }

  private static func number(_ text: Substring, after prefix: String) -> Int? {
    text.hasPrefix(prefix) ? Int(text.dropFirst(prefix.count)) : nil
  }
}
