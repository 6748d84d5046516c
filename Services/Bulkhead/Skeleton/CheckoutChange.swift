import Foundation

/// Texts of files that come or go together: all of them, or none where one cannot be written.
struct CheckoutChange {
  let checkout: URL

  /// Writes each text in the order of the paths, and deletes the file of a path without text.
  func apply(_ texts: [String: String?]) throws {
    var former: [(path: String, data: Data?)] = []
    var made: [URL] = []
    for (path, text) in texts.sorted(by: { $0.key < $1.key }) {
      let file = checkout.appendingPathComponent(path)
      do {
        former.append((path, try data(at: file)))
        guard let text else {
          if exists(file) { try FileManager.default.removeItem(at: file) }
          continue
        }
        try makeFolder(file.deletingLastPathComponent(), made: &made)
        try OutputFile(file.path).write(text)
      } catch {
        let left = former.reversed().filter { !restore($0.path, $0.data) }.map(\.path)
        // An empty folder that stays is no part of the checkout: git does not see it.
        for folder in made.reversed() { try? FileManager.default.removeItem(at: folder) }
        let end =
          left.isEmpty
          ? "the other files are as they were"
          : "these files could not be put back: \(left.joined(separator: ", "))"
        let reason = (error as? OutputFile.Failure)?.reason ?? error.localizedDescription
        throw ToolError("cannot write \(path): \(reason); \(end)")
      }
    }
  }

  private func exists(_ file: URL) -> Bool { FileManager.default.fileExists(atPath: file.path) }

  private func data(at file: URL) throws -> Data? { exists(file) ? try Data(contentsOf: file) : nil }

  /// Creates a folder and those above it, and names what it has created.
  private func makeFolder(_ folder: URL, made: inout [URL]) throws {
    guard !exists(folder) else { return }
    try makeFolder(folder.deletingLastPathComponent(), made: &made)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    made.append(folder)
  }

  private func restore(_ path: String, _ data: Data?) -> Bool {
    let file = checkout.appendingPathComponent(path)
    do {
      if let data {
        try OutputFile(file.path).write(Array(data))
      } else if exists(file) {
        try FileManager.default.removeItem(at: file)
      }
      return true
    } catch {
      return false
    }
  }
}
