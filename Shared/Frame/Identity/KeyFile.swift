import Cryptography
import Encoding
import Glibc

/// The fleet's signing key, and the keys before it, whose tokens are still valid.
package struct SigningKeys: Sendable {
  /// Signs new tokens.
  package let signing: Ed25519.PrivateKey
  private let others: [Ed25519.PrivateKey]

  fileprivate init?(_ keys: [Ed25519.PrivateKey]) {
    guard let first = keys.first else { return nil }
    signing = first
    others = Array(keys.dropFirst())
  }

  /// The public halves of all keys; that of the signing key comes first.
  package var publicKeys: [Ed25519.PublicKey] { [signing.publicKey] + others.map(\.publicKey) }
}

/// The file that holds the fleet's signing keys: each in PKCS#8 as PEM, one below the other, readable by its owner alone.
/// The first one signs.
package enum KeyFile {
  /// The most keys in a file.
  package static let maximumKeys = 8

  private static let end = "-----END PRIVATE KEY-----"

  /// Reads the keys.
  /// - Throws: `writableByOthers` for a file that other users can change. A file that others can read passes, because
  ///   the secret mounts of container platforms often are readable.
  package static func load(_ path: String) throws(KeyFileError) -> SigningKeys {
    // Without O_NONBLOCK, the opening of a pipe waits for a writer.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw failure("open", path) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure("examine", path) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .notRegular(path: path) }
    guard status.st_mode & (S_IWGRP | S_IWOTH) == 0 else { throw .writableByOthers(path: path) }
    guard let text = String(validating: try contents(of: descriptor, path), as: UTF8.self),
      let keys = keys(in: text)
    else { throw .notAKey(path: path) }
    return keys
  }

  /// Nil unless every part of the text is a key: a key that was cut must not go missing in silence.
  private static func keys(in text: String) -> SigningKeys? {
    var keys: [Ed25519.PrivateKey] = []
    var rest = text[...]
    while let range = rest.firstRange(of: end), keys.count < maximumKeys {
      guard let key = try? Ed25519.PrivateKey(pem: String(rest[..<range.upperBound]) + "\n") else {
        return nil
      }
      keys.append(key)
      rest = rest[range.upperBound...]
    }
    return rest.allSatisfy(\.isWhitespace) ? SigningKeys(keys) : nil
  }

  /// Reads the keys, or creates one where the file does not exist.
  ///
  /// The file appears whole or not at all, with mode 0600 from the start. When two processes create it at once, one
  /// wins, and both read the winner's key.
  package static func loadOrCreate(_ path: String) throws(KeyFileError) -> SigningKeys {
    if access(path, F_OK) == 0 { return try load(path) }
    guard errno == ENOENT else { throw failure("find", path) }
    guard let pem = try? Ed25519.PrivateKey.generate().pem() else { throw .notAKey(path: path) }
    let temporary = path + ".new-" + Hex.encode(SecureRandom.bytes(8))
    defer { unlink(temporary) }
    try write(Array(pem.utf8), to: temporary)
    // Unlike rename, link does not replace a file that another process created meanwhile.
    guard link(temporary, path) == 0 || errno == EEXIST else { throw failure("create", path) }
    return try load(path)
  }

  private static func write(_ bytes: [UInt8], to path: String) throws(KeyFileError) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failure("create", path) }
    defer { close(descriptor) }
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress.map { $0 + written }, $0.count - written)
      }
      guard count > 0 else { throw failure("write", path) }
      written += count
    }
    guard fsync(descriptor) == 0 else { throw failure("write", path) }
  }

  private static func contents(of descriptor: Int32, _ path: String) throws(KeyFileError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Ed25519.PrivateKey.maximumPEMBytes + 1)
    var filled = 0
    while filled < bytes.count {
      let count = bytes.withUnsafeMutableBytes {
        read(descriptor, $0.baseAddress.map { $0 + filled }, $0.count - filled)
      }
      guard count >= 0 else { throw failure("read", path) }
      if count == 0 { return Array(bytes[..<filled]) }
      filled += count
    }
    throw .notAKey(path: path)
  }

  private static func failure(_ operation: String, _ path: String) -> KeyFileError {
    .system(operation: operation, path: path, errorNumber: errno)
  }
}

/// Why a key file is unusable.
package enum KeyFileError: Error, Sendable, Hashable {
  /// A system call failed; the number is `errno(3)`.
  case system(operation: String, path: String, errorNumber: Int32)
  /// Users other than the owner may write the file, and could replace the key.
  case writableByOthers(path: String)
  /// A folder, a pipe or a device.
  case notRegular(path: String)
  /// The file does not hold Ed25519 keys in PEM, or more than ``KeyFile/maximumKeys``, or anything else beside them.
  case notAKey(path: String)
}

extension KeyFileError: CustomStringConvertible {
  /// One line that is safe to log.
  package var description: String {
    switch self {
    case .system(let operation, let path, let number):
      "cannot \(operation) \(path): \(String(cString: strerror(number)))"
    case .writableByOthers(let path): "users other than its owner may write \(path) (run: chmod go-w)"
    case .notRegular(let path): "\(path) is not a regular file"
    case .notAKey(let path):
      "\(path) does not hold 1 to \(KeyFile.maximumKeys) Ed25519 private keys in PEM, and nothing else"
    }
  }
}
