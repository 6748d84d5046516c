import Cryptography
import Encoding

/// The state of a user's account, as tokens and events carry it.
///
/// It begins with a number that grows with each state. A service that has not heard of the newest one yet therefore accepts
/// its tokens, and refuses those of the states before the one that it knows.
package enum TokenEpoch {
  /// In hexadecimal digits.
  private static let numberLength = 16
  /// Far in the future. A greater number is none of ours.
  private static let maximumNumber: Int64 = 1 << 60
  private static let randomBytes = 23
  private static let digestBytes = 16

  /// A new value of `users.fs_uniquifier`: microseconds since 1970, and a random text. Its number is greater than that of
  /// the value before, also where a clock was set back.
  package static func uniquifier(atMicroseconds now: Int64, after old: String? = nil) -> String {
    let next = max(now, old.map { number(of: $0) + 1 } ?? 0)
    return digits(of: next) + "-" + Hex.encode(SecureRandom.bytes(randomBytes))
  }

  /// The epoch of an account with this uniquifier. It does not reveal the random text.
  package static func of(uniquifier: String) -> String {
    digits(of: number(of: uniquifier)) + "."
      + Base64URL.encode(Array(SHA256.hash(uniquifier).prefix(digestBytes)))
  }

  /// Whether the account has left the state `epoch` where it has reached `known`.
  package static func isOver(_ epoch: String, from known: String) -> Bool {
    epoch != known
      && !known.utf8.prefix(numberLength).lexicographicallyPrecedes(epoch.utf8.prefix(numberLength))
  }

  private static func digits(of number: Int64) -> String {
    let text = String(number, radix: 16)
    return String(repeating: "0", count: max(0, numberLength - text.utf8.count)) + text
  }

  /// Zero for a value from before there were numbers.
  private static func number(of uniquifier: String) -> Int64 {
    let parts = uniquifier.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0].count == numberLength,
      let number = Int64(String(Substring(parts[0])), radix: 16), (0..<maximumNumber).contains(number)
    else { return 0 }
    return number
  }
}
