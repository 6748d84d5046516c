import Foundation

/// A folder of a test's own that vanishes with its last holder.
public final class TemporaryFolder: Sendable {
  /// Where it lies. Other users may pass through it, because test servers run as another user.
  public let path: String

  /// Makes an empty folder under a random name.
  public init() throws {
    path = NSTemporaryDirectory() + "bulkhead-test-" + UUID().uuidString.lowercased()
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o711])
  }

  /// The path of a file in the folder.
  public func file(_ name: String) -> String { path + "/" + name }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }
}
