import Foundation

/// Which files of the folder are passwords of accounts, and may be removed with them.
///
/// The folder may have secrets of other programs too, and a token of one looks like a password of ours. So a file beside the
/// passwords lists the accounts for which ``createMissing(for:)`` was called, one on a line.
extension CredentialStore {
  private static let recordName = ".created"
  /// More than ten thousand names.
  private static let maximumRecordBytes = 1 << 20

  private var recordPath: String { "\(directory)/\(Self.recordName)" }

  /// The names of ``generatedNames(besides:)`` that are recorded as those of accounts.
  package func createdNames(besides known: Set<String>) -> [String] {
    let recorded = recordedNames()
    return generatedNames(besides: known).filter(recorded.contains)
  }

  /// None where the record is missing, or may be of others: then no file is ours to remove.
  private func recordedNames() -> Set<String> { Set(recordText().split(separator: "\n").map(String.init)) }

  private func recordText() -> String {
    let descriptor = open(recordPath, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return "" }
    defer { close(descriptor) }
    let bytes = try? bytes(of: descriptor, path: recordPath, atMost: Self.maximumRecordBytes)
    return bytes.flatMap { String(validating: $0, as: UTF8.self) } ?? ""
  }

  /// Adds names. Two operators may do so at the same time: each appends its names with one call.
  func record(_ accounts: [String]) throws(Failure) {
    let text = recordText()
    let known = Set(text.split(separator: "\n").map(String.init))
    let added = accounts.filter { !known.contains($0) }
    guard !added.isEmpty else { return }
    for account in added { _ = try path(of: account) }
    // A full disk may have cut the last line of an earlier call.
    let start = text.isEmpty || text.hasSuffix("\n") ? "" : "\n"
    let bytes = Array((start + added.map { $0 + "\n" }.joined()).utf8)
    let descriptor = open(recordPath, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw .system(path: recordPath, operation: "open", code: errno) }
    defer { close(descriptor) }
    guard write(descriptor, bytes, bytes.count) == bytes.count else {
      throw .system(path: recordPath, operation: "write", code: errno)
    }
  }

  /// Removes a name: a later file of that name is another program's.
  func forget(_ account: String) throws(Failure) {
    let names = recordedNames()
    guard names.contains(account) else { return }
    let text = names.subtracting([account]).sorted().map { $0 + "\n" }.joined()
    _ = try publish(text, at: recordPath, replacing: true)
  }
}
