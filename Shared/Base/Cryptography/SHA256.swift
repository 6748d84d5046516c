import COpenSSL
import Encoding

/// SHA-256 (FIPS 180-4).
package enum SHA256 {
  /// The length of a digest in bytes.
  package static let byteCount = 32

  /// The digest of the bytes: 32 bytes.
  package static func hash(_ bytes: [UInt8]) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: byteCount) { digest, count in
      let status = bulkhead_sha256(bytes, bytes.count, digest.baseAddress)
      precondition(status == 1, "libcrypto could not compute SHA-256: out of memory")
      count = byteCount
    }
  }

  /// The digest of the text's UTF-8 bytes.
  package static func hash(_ text: String) -> [UInt8] { hash(Array(text.utf8)) }

  /// The digest as 64 lower-case hexadecimal digits.
  package static func hex(_ bytes: [UInt8]) -> String { Hex.encode(hash(bytes)) }

  /// The digest of the text's UTF-8 bytes as 64 lower-case hexadecimal digits.
  package static func hex(_ text: String) -> String { Hex.encode(hash(text)) }
}
