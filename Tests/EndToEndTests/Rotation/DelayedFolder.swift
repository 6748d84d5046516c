import Foundation

/// A folder that follows another one with a delay, as a mounted Secret follows the cluster.
struct DelayedFolder: Sendable {
  let source: URL
  let target: URL
  let delayMilliseconds: Int

  private static let lookMilliseconds = 100

  /// Follows until the task is cancelled. Each change arrives `delayMilliseconds` after it was made.
  func follow() async throws {
    var seen: [String: Data] = contents()
    try await withThrowingTaskGroup(of: Void.self) { group in
      while !Task.isCancelled {
        for (name, data) in contents() where seen[name] != data {
          seen[name] = data
          group.addTask {
            try await Task.sleep(for: .milliseconds(delayMilliseconds))
            try replace(target.appendingPathComponent(name), with: data)
          }
        }
        try await Task.sleep(for: .milliseconds(Self.lookMilliseconds))
      }
    }
  }

  private func replace(_ file: URL, with data: Data) throws {
    let draft = target.appendingPathComponent(".\(UUID().uuidString)")
    let made = FileManager.default.createFile(
      atPath: draft.path, contents: data, attributes: [.posixPermissions: 0o600])
    guard made, rename(draft.path, file.path) == 0 else { throw Program.Failure("cannot write \(file.path)") }
  }

  private func contents() -> [String: Data] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: source.path)) ?? []
    return names.filter { !$0.hasPrefix(".") }.reduce(into: [:]) { found, name in
      found[name] = try? Data(contentsOf: source.appendingPathComponent(name))
    }
  }
}
