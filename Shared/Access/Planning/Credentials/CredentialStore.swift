import Cryptography
import Foundation
import Secrets

/// The accounts' passwords: one file each, named after the account, in one directory.
///
/// A Docker or Kubernetes secret mount has this shape, so that the same directory serves a laptop and a cluster. A
/// file that others may read is refused rather than used, because its content is no secret any more.
package struct CredentialStore: Sendable {
  /// Why a credential cannot be had.
  package enum Failure: Error, Sendable, Hashable {
    /// There is no file of that name.
    case missing(account: String, path: String)
    /// The file is readable or writable by others than its owner.
    case readableByOthers(path: String, mode: String)
    /// The file is empty, too long, or not one line of text.
    case malformed(path: String)
    /// The operating system refused; `operation` says what.
    case system(path: String, operation: String, code: Int32)
    /// The name would leave the directory.
    case invalidName(String)
  }

  /// Where the files are.
  package let directory: String

  /// The longest password that is read.
  package static let maximumBytes = 1024

  /// The random bytes in a password that is made here: 256 bits cannot be guessed, so that one SCRAM round and a bare
  /// SHA-256 (all that Redis has) are enough for it.
  package static let randomByteCount = 32

  /// The credentials in `directory`, which need not exist yet.
  package init(directory: String) {
    self.directory = directory
  }

  /// The password of `account`.
  package func password(of account: String) throws(Failure) -> Secret {
    let path = try path(of: account)
    // A pipe would be waited for; it is refused with everything else that is no file.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      if errno == ENOENT { throw .missing(account: account, path: path) }
      throw .system(path: path, operation: "open", code: errno)
    }
    defer { close(descriptor) }
    try Self.refuseOpenFile(descriptor, path: path)
    var buffer = [UInt8](repeating: 0, count: Self.maximumBytes + 1)
    let count = read(descriptor, &buffer, buffer.count)
    guard count >= 0 else { throw .system(path: path, operation: "read", code: errno) }
    guard let password = Self.password(in: buffer.prefix(count)) else { throw .malformed(path: path) }
    return Secret(password)
  }

  /// Makes a random password for every account that has none, and says for which it did.
  ///
  /// A file appears whole or not at all, and one that is there is never touched, also when two operators do this at
  /// the same time: the finished file is linked to its name, which fails if the name is taken.
  package func createMissing(for accounts: [String]) throws(Failure) -> [String] {
    try makeDirectory()
    var created: [String] = []
    for account in accounts {
      let path = try path(of: account)
      if access(path, F_OK) == 0 { continue }
      if try publish(SecureRandom.token(byteCount: Self.randomByteCount), at: path, replacing: false) {
        created.append(account)
      }
    }
    return created
  }

  /// Puts a new password in the place of the old one, in one step, for a rotation.
  package func replace(_ account: String, with password: Secret) throws(Failure) {
    try makeDirectory()
    _ = try publish(password.reveal(), at: path(of: account), replacing: true)
  }

  /// Whether there is a file for `account`.
  package func contains(_ account: String) -> Bool {
    guard let path = try? path(of: account) else { return false }
    return access(path, F_OK) == 0
  }

  // MARK: Files

  private func path(of account: String) throws(Failure) -> String {
    guard !account.isEmpty, !account.hasPrefix("."), !account.contains("/"), !account.contains("\0") else {
      throw .invalidName(account)
    }
    return "\(directory)/\(account)"
  }

  private func makeDirectory() throws(Failure) {
    do {
      try FileManager.default.createDirectory(
        atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw .system(path: directory, operation: "mkdir", code: errno)
    }
  }

  private func publish(_ password: String, at path: String, replacing: Bool) throws(Failure) -> Bool {
    let draft = "\(directory)/.\(SecureRandom.token(byteCount: 12))"
    let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw .system(path: draft, operation: "create", code: errno) }
    defer { unlink(draft) }
    let bytes = Array(password.utf8)
    let isWritten = write(descriptor, bytes, bytes.count) == bytes.count && fsync(descriptor) == 0
    let code = errno
    close(descriptor)
    guard isWritten else { throw .system(path: draft, operation: "write", code: code) }
    if replacing {
      guard rename(draft, path) == 0 else { throw .system(path: path, operation: "rename", code: errno) }
      return true
    }
    if link(draft, path) == 0 { return true }
    if errno == EEXIST { return false }
    throw .system(path: path, operation: "link", code: errno)
  }

  /// Looks at the file that was opened, so that nothing can be put in its place in between.
  ///
  /// A mount that root owns and a group of its own may read (Kubernetes' `fsGroup`, mode 0440) is as it should be.
  private static func refuseOpenFile(_ descriptor: Int32, path: String) throws(Failure) {
    var information = stat()
    guard fstat(descriptor, &information) == 0 else {
      throw .system(path: path, operation: "stat", code: errno)
    }
    guard information.st_mode & S_IFMT == S_IFREG else { throw .malformed(path: path) }
    let mode = information.st_mode & 0o777
    let isMount = information.st_uid == 0 && geteuid() != 0
    let forbidden: mode_t = isMount ? 0o037 : 0o077
    guard mode & forbidden == 0 else {
      throw .readableByOthers(path: path, mode: String(mode, radix: 8))
    }
  }

  /// One line; the newline that an editor or `echo` leaves at its end is no part of it.
  private static func password(in bytes: ArraySlice<UInt8>) -> String? {
    var bytes = bytes
    if bytes.last == 0x0A { bytes.removeLast() }
    guard (1...maximumBytes).contains(bytes.count), !bytes.contains(0x0A), !bytes.contains(0) else {
      return nil
    }
    return String(validating: bytes, as: UTF8.self)
  }
}

extension CredentialStore.Failure: CustomStringConvertible {
  /// What is wrong and what to do, without the password.
  package var description: String {
    switch self {
    case .missing(let account, let path):
      "there is no credential for \(account) (\(path)): run `bulkhead access credentials`"
    case .readableByOthers(let path, let mode):
      "\(path) has mode \(mode): others may read it, so it is no secret. Set mode 600 and a new password"
    case .malformed(let path):
      "\(path) is not a file with one line of text of at most \(CredentialStore.maximumBytes) bytes"
    case .system(let path, let operation, let code):
      "\(operation) \(path): \(String(cString: strerror(code)))"
    case .invalidName(let name): "'\(name)' cannot be the name of a credential file"
    }
  }
}
