import COpenSSL

/// Whether two byte strings are equal, in a time that depends on their lengths only.
///
/// For tags, tokens and password hashes: `==` stops at the first difference and tells an attacker where it is.
package func constantTimeEquals(_ left: [UInt8], _ right: [UInt8]) -> Bool {
  guard left.count == right.count else { return false }
  return CRYPTO_memcmp(left, right, left.count) == 0
}
