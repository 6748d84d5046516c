import COpenSSL
import Encoding

/// Unpredictable bytes from libcrypto's generator, which the kernel seeds.
package enum SecureRandom {
  /// `count` random bytes.
  ///
  /// There is no fallback: the process stops when the operating system provides no randomness.
  package static func bytes(_ count: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      let status = RAND_bytes(buffer.baseAddress, Int32(count))
      precondition(status == 1, "the operating system provides no randomness")
      initialized = count
    }
  }

  /// A token for URLs, headers and file names: `byteCount` random bytes as Base64URL.
  package static func token(byteCount: Int = 32) -> String { Base64URL.encode(bytes(byteCount)) }
}
