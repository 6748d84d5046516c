import Cryptography
import Foundation
import Secrets

/// The files while passwords rotate. A file holds the whole state of its rotation, and each change replaces it at once.
extension CredentialStore {
  /// The source from which a driver reads the password of `account` for each attempt, so that it finds both passwords
  /// of a rotation.
  package func source(of account: String) throws(Failure) -> CredentialSource {
    .file(try path(of: account), initial: try password(of: account))
  }

  /// Adds a random password to the file of `account`, as the next one, and returns the content. The file keeps its time
  /// of change, because the password in use is not newer.
  package func addNext(to account: String, at seconds: Int64) throws(Failure) -> CredentialText {
    let next = Secret(SecureRandom.token(byteCount: Self.randomByteCount))
    let content = CredentialText(try password(of: account), .next(next, since: seconds))
    try write(content, of: account, modified: try issued(account))
    return content
  }

  /// Makes the next password of `account` the present one. `moment` is the engine's mark of the change.
  package func promoteNext(of account: String, moment: Int64) throws(Failure) -> CredentialText {
    let content = try content(of: account)
    guard case .next(let next, _) = content.other else { return content }
    let promoted = CredentialText(next, .former(content.current, since: moment))
    try write(promoted, of: account)
    return promoted
  }

  /// Removes the former password of `account` from its file, which keeps its time of change.
  package func forgetFormer(of account: String) throws(Failure) {
    try write(CredentialText(try password(of: account)), of: account, modified: try issued(account))
  }

  /// When the password of `account` was made: its file's time of change. A copy of the file may be younger.
  package func issued(_ account: String) throws(Failure) -> timespec {
    let path = try path(of: account)
    var information = stat()
    guard stat(path, &information) == 0 else {
      if errno == ENOENT { throw .missing(account: account, path: path) }
      throw .system(path: path, operation: "stat", code: errno)
    }
    return information.st_mtim
  }

  /// Locks the folder against another rotation until the returned value is released or the process ends.
  package func lockForRotation() throws(Failure) -> RotationLock {
    try makeDirectory()
    let path = "\(directory)/.rotation"
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw .system(path: path, operation: "open", code: errno) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let code = errno
      close(descriptor)
      throw .system(path: path, operation: "lock", code: code)
    }
    removeDrafts()
    return RotationLock(descriptor)
  }

  /// Removes the drafts of calls that were killed: each holds a password that may be in use. A young one may belong to a
  /// call that makes missing files.
  private func removeDrafts() {
    // A folder that cannot be read fails the rotation at its first file, with the reason.
    let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
    for name in names where Self.isDraft(name) {
      let path = "\(directory)/\(name)"
      var information = stat()
      guard lstat(path, &information) == 0, information.st_mode & S_IFMT == S_IFREG,
        time(nil) - information.st_ctim.tv_sec > Self.draftSeconds
      else { continue }
      unlink(path)
    }
  }

  private static let draftSeconds = 60

  private func write(
    _ content: CredentialText, of account: String, modified: timespec? = nil
  ) throws(Failure) {
    _ = try publish(content.text, at: path(of: account), replacing: true, modified: modified)
  }
}

/// The lock that keeps two rotations of one folder apart. The system releases it when the process ends.
package final class RotationLock: Sendable {
  private let descriptor: Int32

  fileprivate init(_ descriptor: Int32) {
    self.descriptor = descriptor
  }

  deinit {
    close(descriptor)
  }
}
