import Foundation

/// One text file of the checkout, with its path from the root.
struct SourceFile {
  let path: String
  let text: String
  /// The text without comments and strings; empty unless the file is Swift.
  let code: String
  /// The interpolations of its strings; empty unless the file is Swift.
  let interpolations: String

  init(path: String, text: String) {
    self.path = path
    self.text = text
    (code, interpolations) = path.hasSuffix(".swift") ? CodeText.parts(of: text) : ("", "")
  }

  var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }
  /// The number of lines. The newline at the end begins no further line.
  var lineCount: Int { text.hasSuffix("\n") ? lines.count - 1 : lines.count }
  var isSwift: Bool { path.hasSuffix(".swift") }

  /// Whether a program has the file. Tests, benchmarks and fuzzers have the others.
  var isShipped: Bool { isSwift && isIn("Shared", "Services") }

  func isIn(_ folders: String...) -> Bool { folders.contains { path.hasPrefix($0 + "/") } }
}

/// The checkout that contains this test's source.
struct Checkout {
  let root: URL
  let files: [SourceFile]

  static let here = Checkout()

  private init() {
    var folder = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
    while !FileManager.default.fileExists(atPath: folder.appending(path: "Package.swift").path),
      folder.path != "/"
    {
      folder.deleteLastPathComponent()
    }
    root = folder
    files = Self.paths(under: folder).sorted().compactMap { path in
      // A picture is a path that pages name, without a text.
      if path.hasSuffix(".png") { return SourceFile(path: path, text: "") }
      guard let text = try? String(contentsOf: folder.appending(path: path), encoding: .utf8) else {
        return nil
      }
      return SourceFile(path: path, text: text)
    }
  }

  var swift: [SourceFile] { files.filter(\.isSwift) }
  /// The shipped sources, without the tests.
  var shipped: [SourceFile] { files.filter(\.isShipped) }

  func file(_ path: String) -> SourceFile? { files.first { $0.path == path } }

  private static let folders = [
    "Shared", "Services", "Tests", "Benchmarks", "Fuzz", "scripts", "deploy", "docs", ".ci",
  ]
  private static let extensions: Set = [
    "swift", "h", "c", "modulemap", "md", "sh", "py", "yaml", "yml", "toml", "txt", "json", "conf", "cfg",
    "mk", "template", "list", "html", "css", "js", "svg", "png",
    "Dockerfile", "",
  ]

  private static func paths(under root: URL) -> [String] {
    let top = (try? FileManager.default.contentsOfDirectory(atPath: root.path)) ?? []
    let topFiles = top.filter { !isFolder(root.appending(path: $0)) && !$0.hasPrefix(".") }
    let nested = folders.flatMap { folder in
      let walk = FileManager.default.enumerator(atPath: root.appending(path: folder).path)
      return (walk?.compactMap { $0 as? String } ?? []).map { "\(folder)/\($0)" }
    }
    return (topFiles + nested).filter {
      extensions.contains(URL(filePath: $0).pathExtension) && !$0.contains("__pycache__")
        && !isFolder(root.appending(path: $0))
    }
  }

  private static func isFolder(_ url: URL) -> Bool {
    (try? url.resourceValues(forKeys: [.isDirectoryKey]).isDirectory) ?? false
  }
}
