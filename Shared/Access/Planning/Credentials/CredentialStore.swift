import Cryptography
import Foundation
import Secrets

/// The accounts' passwords: one file each, named after the account, in one directory.
///
/// Docker and Kubernetes mount secrets in this form, so the same directory serves a laptop and a cluster. The store
/// refuses a file that others may read, because its content is no longer secret.
package struct CredentialStore: Sendable {
  /// Why a credential cannot be read or written.
  package enum Failure: Error, Sendable, Hashable {
    /// The account has no credential file.
    case missing(account: String, path: String)
    /// The file is readable or writable by accounts other than its owner.
    case readableByOthers(path: String, mode: String)
    /// The folder is writable by accounts other than its owner.
    case writableByOthers(path: String, mode: String)
    /// The file belongs to another account, which therefore may have written it.
    case foreignOwner(path: String, owner: UInt32)
    /// The file holds no password, for this reason.
    case malformed(path: String, reason: String)
    /// The system call `operation` failed with `code`.
    case system(path: String, operation: String, code: Int32)
    /// The name is not a plain file name, or would leave the directory.
    case invalidName(String)
  }

  /// The directory of the files.
  package let directory: String

  /// The length of the longest password.
  package static let maximumBytes = 1024

  /// The length of the longest file: two passwords, and the words of a rotation.
  private static let maximumFileBytes = 2 * maximumBytes + 64

  /// The random bytes of a generated password. 256 bits cannot be guessed, so one SCRAM round is enough, and so is a
  /// plain SHA-256, the only form that Redis stores.
  package static let randomByteCount = 32

  /// Creates a store for `directory`, which need not exist yet.
  package init(directory: String) {
    self.directory = directory
  }

  /// Reads the password of `account`; during a rotation, that of the file's first line.
  package func password(of account: String) throws(Failure) -> Secret {
    try content(of: account).current
  }

  /// Reads the file of `account`: its password, and during a rotation the other one.
  package func content(of account: String) throws(Failure) -> CredentialText {
    let path = try path(of: account)
    // O_NONBLOCK: opening a pipe must not block. The check below refuses it.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      let code = errno
      guard code == ENOENT else { throw .system(path: path, operation: "open", code: code) }
      var information = stat()
      guard lstat(path, &information) != 0 else {
        throw .malformed(path: path, reason: "it is a symbolic link to nothing")
      }
      throw .missing(account: account, path: path)
    }
    defer { close(descriptor) }
    return try Self.content(
      in: try bytes(of: descriptor, path: path, atMost: Self.maximumFileBytes + 1), path: path)
  }

  /// Reads an open file that only its owner may have written.
  func bytes(of descriptor: Int32, path: String, atMost limit: Int) throws(Failure) -> ArraySlice<UInt8> {
    try checkFolder()
    try checkMode(descriptor, path: path)
    var buffer = [UInt8](repeating: 0, count: limit)
    let count = read(descriptor, &buffer, buffer.count)
    guard count >= 0 else { throw .system(path: path, operation: "read", code: errno) }
    return buffer.prefix(count)
  }

  /// Creates a random password for every account that has none. Returns the accounts of the new files.
  ///
  /// A file appears complete or not at all, and an existing file never changes, even when two operators run this at
  /// the same time: the finished file is linked to its name, and link(2) fails where the name is taken.
  package func createMissing(for accounts: [String]) throws(Failure) -> [String] {
    try makeDirectory()
    let missing = accounts.filter { !contains($0) }
    // Before the files: a name without a file costs nothing, and a file without its name would never be removed.
    try record(missing)
    var created: [String] = []
    for account in missing {
      let path = try path(of: account)
      if try publish(SecureRandom.token(byteCount: Self.randomByteCount), at: path, replacing: false) {
        created.append(account)
      }
    }
    // Of a folder that an earlier release filled. A folder that is mounted read-only has nothing to remove.
    try? record(accounts.filter { isGenerated($0) })
    return created
  }

  /// Replaces a password atomically, for a rotation.
  package func replace(_ account: String, with password: Secret) throws(Failure) {
    try makeDirectory()
    _ = try publish(password.reveal(), at: path(of: account), replacing: true)
  }

  /// Whether `account` has a credential file.
  package func contains(_ account: String) -> Bool {
    guard let path = try? path(of: account) else { return false }
    return access(path, F_OK) == 0
  }

  /// The names of the files with a password such as ``createMissing(for:)`` makes, sorted. Those of `known` accounts are
  /// left out without reading them: a fleet has a file for each of its accounts. Others may have such files too; see
  /// ``createdNames(besides:)``.
  package func generatedNames(besides known: Set<String>) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
    return names.filter { !known.contains($0) && isGenerated($0) }.sorted()
  }

  private func isGenerated(_ name: String) -> Bool {
    guard let password = try? password(of: name).reveal() else { return false }
    return password.utf8.count == Self.generatedLength && password.utf8.allSatisfy(Self.isOfToken)
  }

  /// Deletes the file of `account`.
  package func remove(_ account: String) throws(Failure) {
    let path = try path(of: account)
    guard unlink(path) == 0 else { throw .system(path: path, operation: "remove", code: errno) }
    try forget(account)
  }

  /// The characters of a token of ``randomByteCount`` bytes in base64 without padding.
  private static let generatedLength = (randomByteCount * 8 + 5) / 6

  private static func isOfToken(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
      true
    default: false
    }
  }

  // MARK: Files

  func path(of account: String) throws(Failure) -> String {
    guard !account.isEmpty, !account.hasPrefix("."), !account.contains("/"), !account.contains("\0") else {
      throw .invalidName(account)
    }
    return "\(directory)/\(account)"
  }

  func makeDirectory() throws(Failure) {
    try checkFolder()
    do {
      try FileManager.default.createDirectory(
        atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw .system(path: directory, operation: "mkdir", code: errno)
    }
  }

  private static let draftBytes = 12

  /// Whether a file has the name of a draft.
  static func isDraft(_ name: String) -> Bool {
    name.hasPrefix(".") && name.utf8.count == 1 + draftBytes * 8 / 6
      && name.utf8.dropFirst().allSatisfy(isOfToken)
  }

  /// `modified` is the file's time of change, where it is not now.
  func publish(
    _ password: String, at path: String, replacing: Bool, modified: timespec? = nil
  ) throws(Failure) -> Bool {
    let draft = "\(directory)/.\(SecureRandom.token(byteCount: Self.draftBytes))"
    let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw .system(path: draft, operation: "create", code: errno) }
    defer { unlink(draft) }
    let bytes = Array(password.utf8)
    var isWritten = write(descriptor, bytes, bytes.count) == bytes.count
    if isWritten, let modified { isWritten = futimens(descriptor, [modified, modified]) == 0 }
    isWritten = isWritten && fsync(descriptor) == 0
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

  /// Checks the open descriptor, so that the file cannot be replaced between the check and the read.
  ///
  /// A file that root owns may be readable by its group: Kubernetes mounts it so (`fsGroup`, mode 0440).
  private func checkMode(_ descriptor: Int32, path: String) throws(Failure) {
    var information = stat()
    guard fstat(descriptor, &information) == 0 else {
      throw .system(path: path, operation: "stat", code: errno)
    }
    guard information.st_mode & S_IFMT == S_IFREG else {
      throw .malformed(path: path, reason: "\(PlainFileError.notRegular)")
    }
    try checkOwner(information.st_uid, path: path)
    let mode = information.st_mode & 0o777
    let isMount = information.st_uid == 0 && geteuid() != 0
    let forbidden: mode_t = isMount ? 0o037 : 0o077
    guard mode & forbidden == 0 else {
      throw .readableByOthers(path: path, mode: String(mode, radix: 8))
    }
  }

  private static func content(
    in bytes: ArraySlice<UInt8>, path: String
  ) throws(Failure) -> CredentialText {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw .malformed(path: path, reason: "\(PlainFileError.notText)")
    }
    do {
      return try CredentialText(ofFile: text, atMost: maximumBytes)
    } catch {
      throw .malformed(path: path, reason: "\(error)")
    }
  }
}

extension CredentialStore {
  /// What to do about a missing file. A new password takes the account from the programs that have the present one.
  fileprivate static let missingAdvice =
    "set CREDENTIALS_DIR to the folder that has it, or, for an account that no program uses yet, run `bulkhead access "
    + "credentials`"

  /// The report that an account has no file in the folder.
  package static func advice(onMissing account: String) -> String {
    "there is no credential for \(account): \(missingAdvice)"
  }
}

extension CredentialStore.Failure: CustomStringConvertible {
  /// The error and the next step, without the password.
  package var description: String {
    switch self {
    case .missing(let account, let path):
      "no credential for \(account) at \(path): \(CredentialStore.missingAdvice)"
    case .readableByOthers(let path, let mode):
      "\(path) has mode \(mode), so other accounts may read it: set mode 600 and a new password"
    case .writableByOthers(let path, let mode):
      "\(path) has mode \(mode), so other accounts may replace its files: set mode 700, and new passwords"
    case .foreignOwner(let path, let owner):
      "\(path) belongs to the account with the id \(owner), which may know the password: remove the file, then run "
        + "`bulkhead access credentials`"
    case .malformed(let path, let reason):
      "\(path) holds no password, because \(reason): write one line of text of at most "
        + "\(CredentialStore.maximumBytes) bytes to it"
    case .system(let path, let operation, let code):
      "cannot \(operation) \(path): \(String(cString: strerror(code)))"
    case .invalidName(let name): "'\(name)' cannot be the name of a credential file"
    }
  }
}
