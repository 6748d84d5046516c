import Foundation
import Yams

extension AccessManifest {
  /// The size of the largest manifest that can be read: 300 accounts with each verb on each of 300 tables need 6 MB.
  package static let maximumBytes = 16 * 1024 * 1024

  /// Reads and checks the file at `path`.
  ///
  /// - Throws: all errors of the file, each with its line. A file that cannot be read is one error without a line.
  package static func load(path: String) throws(ManifestErrors) -> AccessManifest {
    try ManifestDocument(path: path).manifest()
  }

  /// The text of a manifest, within its limit.
  static func text(at path: String) throws(ManifestErrors) -> String {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw ManifestErrors(file: path, line: nil, "cannot be read")
    }
    guard data.count <= maximumBytes else {
      throw ManifestErrors(file: path, line: nil, "is larger than \(maximumBytes) bytes")
    }
    guard let text = String(validating: data, as: UTF8.self) else {
      throw ManifestErrors(file: path, line: nil, "is not UTF-8")
    }
    return text
  }

  /// Parses the text to a YAML tree.
  ///
  /// The tree has texts alone: the usual rules of YAML would compare each key as a number, a time and so on, which takes
  /// longer than all else, and would let `1` and `"1"` be two keys of one name.
  ///
  /// - Throws: the error of the YAML parser, or the lines of anchors.
  static func compose(_ text: String, file: String) throws(ManifestErrors) -> Node {
    do {
      let parser = try Yams.Parser(yaml: text, resolver: .basic)
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

  /// Refuses anchors: with one, a change in one place alters rights in another, and a reviewer of the diff misses it.
  ///
  /// A node references its anchor weakly, so the caller keeps the parser alive.
  private static func refuseAnchors(in root: Node, file: String) throws {
    var lines: Set<Int> = []
    var rest = [root]
    while let node = rest.popLast() {
      // The search stops here: each alias is a copy of the whole subtree, and nested aliases grow exponentially.
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
          file: file, line: line,
          message: "anchors and aliases are not allowed: repeat the text where it applies")
      })
  }
}

extension ManifestErrors {
  init(file: String, line: Int?, _ message: String) {
    self.init(problems: [ManifestProblem(file: file, line: line, message: message)])
  }

  /// The error of the YAML parser, with its line.
  fileprivate init(yaml error: YamlError, file: String, text: String) {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      self.init(file: file, line: mark.line, "is not YAML: \(problem)")
    case .duplicatedKeysInMapping(let duplicates, let context):
      self.init(
        problems: duplicates.sorted().map { key in
          let line = Self.line(ofSecond: key, from: context.mark.line, in: text)
          return ManifestProblem(file: file, line: line, message: "'\(key)' occurs twice in the same mapping")
        })
    case .no, .memory, .reader, .writer, .emitter, .representer, .dataCouldNotBeDecoded:
      self.init(file: file, line: nil, "is not YAML")
    }
  }

  /// The line of the repeated key. The YAML parser reports only the first line of the mapping.
  private static func line(ofSecond key: String, from first: Int, in text: String) -> Int {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let hits = lines.indices.filter { index in
      index + 1 >= first && lines[index].drop { $0 == " " }.hasPrefix("\(key):")
    }
    return hits.count > 1 ? hits[1] + 1 : first
  }
}
