import Foundation

/// The images that others build, by `deploy/versions.list`: the one place that names their versions.
enum PinnedVersions {
  /// The values for templates: `NAME` is the image with its version, and `compose_NAME` the same for compose, where the
  /// variable of that name takes another one.
  static func context(beside templates: URL) throws -> Template.Context {
    let file = templates.deletingLastPathComponent().appendingPathComponent("versions.list")
    guard let text = try? String(contentsOf: file, encoding: .utf8) else {
      throw ToolError("cannot read \(file.relativePath): it lies beside the manifests")
    }
    return try context(of: text, file: file.relativePath)
  }

  static func context(of text: String, file: String) throws -> Template.Context {
    var context: Template.Context = [:]
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let words = line.split(separator: " ")
      if words.isEmpty || line.hasPrefix("#") { continue }
      guard words.count == 3, context[String(words[0])] == nil else {
        throw TemplateError(file, index + 1, "a line is VARIABLE IMAGE VERSION, and each variable has one")
      }
      let image = "\(words[1]):\(words[2])"
      context[String(words[0])] = .text(image)
      // Written here, because it would end in the template like a tag.
      context["compose_\(words[0])"] = .text("${\(words[0]):-\(image)}")
    }
    return context
  }
}
