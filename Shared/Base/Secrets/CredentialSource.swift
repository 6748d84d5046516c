/// Where a program gets a password from: a fixed value, or a file that is read again for each use.
///
/// A mounted secret changes under a running program: a file is renamed over another, or a link is moved to another
/// folder, as Kubernetes does. Opening the path for each use follows both.
package struct CredentialSource: Sendable, Hashable {
  /// The most bytes of a credential file.
  package static let maximumBytes = CredentialText.maximumBytes

  /// The value from the start of the program.
  package let initial: Secret
  /// The file, or nil for a fixed value.
  package let path: String?

  private init(initial: Secret, path: String?) {
    self.initial = initial
    self.path = path
  }

  /// A value that does not change.
  package static func fixed(_ secret: Secret) -> CredentialSource {
    CredentialSource(initial: secret, path: nil)
  }

  /// The content of a file, which held `initial` when the program read its settings.
  package static func file(_ path: String, initial: Secret) -> CredentialSource {
    CredentialSource(initial: initial, path: path)
  }

  /// The credential now; nil while the file cannot be read or holds no password, as one that is being replaced in place
  /// may do for a moment. It reads the file, and a mount that hangs blocks the caller: use ``PasswordGate``, which bounds
  /// the wait.
  package func read() -> CredentialText? {
    guard let path else { return CredentialText(initial) }
    guard let text = try? PlainFile.text(of: path, atMost: Self.maximumBytes) else { return nil }
    return try? CredentialText(ofFile: text)
  }
}
