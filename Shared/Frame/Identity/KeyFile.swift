import Cryptography
import Encoding
import Glibc

/// The file that holds the fleet's signing key: PKCS#8 in PEM, readable by its owner alone.
package enum KeyFile {
  /// Reads the key.
  /// - Throws: `writableByOthers` for a file that other users can change. A file that others can read passes, because
  ///   the secret mounts of container platforms often are readable.
  package static func load(_ path: String) throws(KeyFileError) -> Ed25519.PrivateKey {
    // Without O_NONBLOCK, the opening of a pipe waits for a writer.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw failure("open", path) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure("examine", path) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .notRegular(path: path) }
    guard status.st_mode & (S_IWGRP | S_IWOTH) == 0 else { throw .writableByOthers(path: path) }
    guard let text = String(validating: try contents(of: descriptor, path), as: UTF8.self),
      let key = try? Ed25519.PrivateKey(pem: text)
    else { throw .notAKey(path: path) }
    return key
  }

  /// Reads the key, or creates one where the file does not exist.
  ///
  /// The file appears whole or not at all, with mode 0600 from the start. When two processes create it at once, one
  /// wins, and both read the winner's key.
  package static func loadOrCreate(_ path: String) throws(KeyFileError) -> Ed25519.PrivateKey {
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
  /// The file does not hold an Ed25519 key in PEM.
  case notAKey(path: String)
}

extension KeyFileError: CustomStringConvertible {
  /// One line that is safe to log.
  package var description: String {
    switch self {
    case .system(let operation, let path, let number): "cannot \(operation) \(path) (errno \(number))"
    case .writableByOthers(let path): "users other than its owner may write \(path) (run: chmod go-w)"
    case .notRegular(let path): "\(path) is not a regular file"
    case .notAKey(let path): "\(path) does not hold an Ed25519 private key in PEM"
    }
  }
}
