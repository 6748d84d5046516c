import AccessManifest
import Foundation

/// The files that deploy the fleet, written from both manifests and the templates beside them.
///
/// A form's templates lie in a folder of its name, at the path that the file has in the checkout. A folder
/// `each-service` stands for one folder for each service.
struct FleetRendering: Sendable {
  /// What to write.
  enum Form: String, CaseIterable {
    case compose, kubernetes, programs, diagram
  }

  private static let ending = ".template"
  private static let eachService = "each-service"

  let context: RenderingContext
  /// The folder of the templates.
  let templates: URL

  /// The text of every file of a form, by its path in the checkout.
  func files(_ form: Form) throws -> [String: String] {
    let folder = templates.appendingPathComponent(form.rawValue)
    guard let names = try? FileManager.default.subpathsOfDirectory(atPath: folder.path) else {
      throw ToolError("cannot read the templates in \(folder.relativePath): they lie beside the manifests")
    }
    let versions = try PinnedVersions.context(beside: templates)
    var files: [String: String] = [:]
    for name in names.sorted() where name.hasSuffix(Self.ending) {
      let source = folder.appendingPathComponent(name)
      let template = try Template(
        String(contentsOf: source, encoding: .utf8), file: source.relativePath)
      let target = String(name.dropLast(Self.ending.count))
      for (path, values) in targets(target) {
        let text = try template.text(values.merging(versions) { value, _ in value })
        files[path] = Self.head(of: target, form) + text
      }
    }
    return files
  }

  /// The files of a form that differ from those in the checkout, and those that the form no longer has.
  func differences(_ form: Form, in checkout: URL) throws -> (written: [String: String], stale: [String]) {
    let files = try files(form)
    let written = files.filter { path, text in
      (try? String(contentsOf: checkout.appendingPathComponent(path), encoding: .utf8)) != text
    }
    return (written, stale(form, in: checkout, beside: Set(files.keys)))
  }

  private func targets(_ path: String) -> [(String, Template.Context)] {
    guard path.contains(Self.eachService) else { return [(path, context.fleet)] }
    return context.services.map { name, values in
      (path.replacingOccurrences(of: Self.eachService, with: name), context.fleet.merging(values) { $1 })
    }
  }

  /// Files in a folder `each-service` of a service that no longer exists: they begin with the head of this form.
  private func stale(_ form: Form, in checkout: URL, beside files: Set<String>) -> [String] {
    let roots = Set(files.compactMap { Self.root(of: $0, services: context.services.map(\.0)) })
    return roots.flatMap { root in
      let names = try? FileManager.default.subpathsOfDirectory(
        atPath: checkout.appendingPathComponent(root).path)
      return (names ?? []).map { "\(root)/\($0)" }.filter { path in
        let text = try? String(contentsOf: checkout.appendingPathComponent(path), encoding: .utf8)
        return !files.contains(path) && text?.hasPrefix(Self.mark("#")) == true
      }
    }.sorted()
  }

  /// The folder that has a folder for each service.
  private static func root(of path: String, services: [String]) -> String? {
    let parts = path.split(separator: "/").map(String.init)
    guard let index = parts.firstIndex(where: services.contains), index > 0, index < parts.count - 1 else {
      return nil
    }
    return parts[..<index].joined(separator: "/")
  }

  private static func mark(_ comment: String) -> String { "\(comment) Rendered by make render: edit " }

  /// The first line of each file.
  private static func head(of path: String, _ form: Form) -> String {
    let sources = "deploy/fleet.yaml, deploy/access.yaml or deploy/templates/\(form.rawValue)."
    if path.hasSuffix(".md") { return "\(mark("<!--"))\(sources) -->\n\n" }
    return mark(path.hasSuffix(".swift") ? "//" : "#") + "\(sources)\n"
  }
}
