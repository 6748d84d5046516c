import Foundation

/// A test's own folder, which `deinit` removes.
package final class TemporaryFolder: Sendable {
  /// Its path. Other users may enter it, because test servers run as another user.
  package let path: String

  /// Makes an empty folder under a random name.
  package init() throws {
    path = NSTemporaryDirectory() + "bulkhead-test-" + UUID().uuidString.lowercased()
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o711])
  }

  /// The path of a file in the folder.
  package func file(_ name: String) -> String { path + "/" + name }

  /// Attempts at removing the folder, and the microseconds between them: an engine that is closing its files may
  /// remove some of them at the same time, which makes an attempt fail.
  private static let removalAttempts = 50
  private static let removalPauseMicroseconds: UInt32 = 10_000

  deinit {
    for _ in 0..<Self.removalAttempts {
      try? FileManager.default.removeItem(atPath: path)
      if !FileManager.default.fileExists(atPath: path) { return }
      usleep(Self.removalPauseMicroseconds)
    }
  }
}
