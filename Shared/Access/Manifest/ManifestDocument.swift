import Schema
import Synchronization
import Yams

/// A manifest's text, read once.
///
/// A manifest over a live database is checked twice: before the database is known, and then against its tables. The text of
/// one with many grants takes longer to read than to check.
package final class ManifestDocument: Sendable {
  private let file: String
  private let root: Mutex<Node?>

  /// Reads the file at `path`.
  ///
  /// - Throws: an error without a line where the file cannot be read, or the lines of what is no YAML.
  package convenience init(path: String) throws(ManifestErrors) {
    try self.init(text: try AccessManifest.text(at: path), file: path)
  }

  /// Reads a text. `file` is for messages.
  init(text: String, file: String) throws(ManifestErrors) {
    self.file = file
    root = Mutex(try AccessManifest.compose(text, file: file))
  }

  /// Checks the document against the tables of the schema.
  ///
  /// One with `schema: live` is checked against `catalog`, the tables of its database. Without one, its names stay
  /// unchecked: that is enough for what needs no database. The check against a catalog is the last one, and the text is
  /// dropped with it: it may take more memory than the manifest. A further check reads the file again.
  ///
  /// - Throws: all errors of the document, each with its line.
  package func manifest(
    tables: [TableDefinition] = Schema.tables, over catalog: [TableDefinition]? = nil
  ) throws(ManifestErrors) -> AccessManifest {
    let (manifest, found) = try checked(tables, catalog)
    // The grants of a profile are read for each of its accounts.
    var seen: Set<ManifestProblem> = []
    let problems = found.filter { seen.insert($0).inserted }.sorted { ($0.line ?? 0) < ($1.line ?? 0) }
    guard problems.isEmpty, let manifest else { throw ManifestErrors(problems: problems) }
    return manifest
  }

  private func checked(
    _ tables: [TableDefinition], _ catalog: [TableDefinition]?
  ) throws(ManifestErrors) -> (AccessManifest?, [ManifestProblem]) {
    let result = root.withLock { root -> Result<(AccessManifest?, [ManifestProblem]), ManifestErrors> in
      do throws(ManifestErrors) {
        let node: Node
        if let kept = root {
          node = kept
        } else {
          node = try AccessManifest.compose(try AccessManifest.text(at: file), file: file)
        }
        root = catalog == nil ? node : nil
        var parser = ManifestParser(file: file, tables: tables, catalog: catalog)
        return .success((parser.manifest(node), parser.reader.problems))
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }
}
