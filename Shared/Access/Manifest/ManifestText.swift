import Foundation
import Yams

extension AccessManifest {
  /// The largest manifest that is read.
  package static let maximumBytes = 256 * 1024

  /// Reads and checks the file at `path`.
  ///
  /// - Throws: every problem at once, each with its line; a file that cannot be read is one problem without a line.
  package static func load(path: String) throws(ManifestErrors) -> AccessManifest {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw ManifestErrors(file: path, line: nil, "cannot be read")
    }
    guard data.count <= maximumBytes else {
      throw ManifestErrors(file: path, line: nil, "is larger than \(maximumBytes) bytes")
    }
    guard let text = String(validating: data, as: UTF8.self) else {
      throw ManifestErrors(file: path, line: nil, "is not UTF-8")
    }
    return try parse(text, file: path)
  }

  /// The YAML tree, or the one problem that YAML itself has with the text.
  static func compose(_ text: String, file: String) throws(ManifestErrors) -> Node {
    do {
      let parser = try Yams.Parser(yaml: text)
      guard let node = try parser.singleRoot() else {
        throw ManifestErrors(file: file, line: nil, "is empty")
      }
      try withExtendedLifetime(parser) { try refuseAnchors(in: node, file: file) }
      return node
    } catch let errors as ManifestErrors {
      throw errors
    } catch let error as YamlError {
      throw ManifestErrors(yaml: error, file: file, text: text)
    } catch {
      throw ManifestErrors(file: file, line: nil, "is not YAML")
    }
  }

  /// An anchor lets a change in one place alter rights in another, out of sight of whoever reads the difference.
  ///
  /// A node holds its anchor weakly, so the parser must still be alive here.
  private static func refuseAnchors(in root: Node, file: String) throws {
    var lines: Set<Int> = []
    var rest = [root]
    while let node = rest.popLast() {
      // What lies beneath is not looked at: each alias is a copy of all of it, and aliases of aliases are endless.
      if node.anchor != nil {
        lines.insert(node.mark?.line ?? 1)
        continue
      }
      switch node {
      case .mapping(let mapping): rest += mapping.flatMap { [$0.key, $0.value] }
      case .sequence(let sequence): rest += sequence
      case .scalar, .alias: break
      }
    }
    guard !lines.isEmpty else { return }
    throw ManifestErrors(
      problems: lines.sorted().map { line in
        ManifestProblem(
          file: file, line: line, message: "anchors and aliases are not allowed: say it where it applies")
      })
  }
}

extension ManifestErrors {
  init(file: String, line: Int?, _ message: String) {
    self.init(problems: [ManifestProblem(file: file, line: line, message: message)])
  }

  /// What the YAML parser found, with its line.
  fileprivate init(yaml error: YamlError, file: String, text: String) {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      self.init(file: file, line: mark.line, "is not YAML: \(problem)")
    case .duplicatedKeysInMapping(let duplicates, let context):
      self.init(
        problems: duplicates.sorted().map { key in
          let line = Self.line(ofSecond: key, from: context.mark.line, in: text)
          return ManifestProblem(file: file, line: line, message: "'\(key)' stands twice in the same mapping")
        })
    case .no, .memory, .reader, .writer, .emitter, .representer, .dataCouldNotBeDecoded:
      self.init(file: file, line: nil, "is not YAML")
    }
  }

  /// YAML tells where the mapping begins; the reader wants the line of the repetition.
  private static func line(ofSecond key: String, from first: Int, in text: String) -> Int {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let hits = lines.indices.filter { index in
      index + 1 >= first && lines[index].drop { $0 == " " }.hasPrefix("\(key):")
    }
    return hits.count > 1 ? hits[1] + 1 : first
  }
}
