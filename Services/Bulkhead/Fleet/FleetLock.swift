import Foundation

/// The lock of a running `up` on its folder, where its logs, keys and settings are. A second fleet would overwrite them.
///
/// The system gives the lock up when the process ends, also by SIGKILL. No member inherits it.
final class FleetLock: Sendable {
  private let descriptor: Int32

  /// Takes the lock, or names the process that has it.
  init(folder: URL) throws {
    try FileManager.default.createDirectory(
      at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    let path = folder.appendingPathComponent("up.lock")
    let opened = open(path.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard opened >= 0 else { throw Self.failure(path) }
    guard flock(opened, LOCK_EX | LOCK_NB) == 0 else {
      let holder = (try? String(contentsOf: path, encoding: .utf8)).flatMap { Int32($0) }
      close(opened)
      throw ToolError(
        "another bulkhead up\(holder.map { " (process \($0))" } ?? "") uses the folder \(folder.relativePath): "
          + "stop it, or set CREDENTIALS_DIR to a folder elsewhere for this fleet")
    }
    let text = Array("\(getpid())".utf8)
    guard ftruncate(opened, 0) == 0, pwrite(opened, text, text.count, 0) == text.count else {
      close(opened)
      throw Self.failure(path)
    }
    descriptor = opened
  }

  private static func failure(_ path: URL) -> ToolError {
    ToolError("cannot write \(path.relativePath): \(String(cString: strerror(errno)))")
  }

  deinit { close(descriptor) }
}
